"""Discovery on real orders, where they are at hand: CDNOW (Fader and Hardie), and a sample of Complete Journey (CC0)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.assignment.population import assign
from fanwise.segmenter.axes import AxisState, FeatureTable
from fanwise.segmenter.clustering import fit as fitting
from fanwise.segmenter.clustering.fit import fit
from fanwise.segmenter.clustering.sampling import Sample
from fanwise.segmenter.clustering.select_k import Choice
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
from fanwise.segmenter.model.validation import INSUFFICIENT
from fanwise.segmenter.monitor.compare import compare

# Read before the fixture of all tests takes such variables away.
FOLDER = Path(os.environ.get("FANWISE_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
CDNOW = FOLDER / "cdnow_master.csv"
JOURNEY = FOLDER / "completejourney_sample.parquet"
SEEDS = 3
K = 4
# Those that no sample takes for copies of one another.
FEATURES = {
    "purchase_frequency": tuple(f"purchase_frequency.{name}" for name in ("rate", "recency_days", "recent_orders")),
    "purchase_value": tuple(f"purchase_value.{name}" for name in ("mean", "total", "largest")),
}

STATES = {
    "purchase_frequency": "full",
    "purchase_value": "full",
    "category_exploration": "full",
    "price_sensitivity": "off",
    "purchase_cadence": "full",
    "customer_maturity": "partial",  # nothing says when accounts were created
    "repurchase_behavior": "full",
    "return_behavior": "off",
    "communication_preference": "off",
    "problem_complexity_profile": "off",
    "loyalty_trajectory": "full",
    "product_knowledge": "full",
    "value_sophistication": "full",
}
MAPPING = """
tables:
  order:
    table: completejourney_sample
    id: basket_id
    customer: household_id
    at: transaction_timestamp
  order_item:
    table: completejourney_sample
    product: product_id
    category: product_category
    quantity: quantity
    amount: sales_value
    discount: retail_disc
"""

needs_cdnow = pytest.mark.skipif(not CDNOW.exists(), reason=f"{CDNOW.name} is not in FANWISE_REAL_DATA")
needs_journey = pytest.mark.skipif(not JOURNEY.exists(), reason=f"{JOURNEY.name} is not in FANWISE_REAL_DATA")


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> FeatureTable:
    folder = tmp_path_factory.mktemp("cdnow")
    with open_source(CDNOW, folder=folder, threads=2) as source:
        return build_features(source, path=folder / "kept.parquet")


@needs_cdnow
def test_nobody_of_cdnow_is_lost(cdnow: FeatureTable) -> None:
    model = fit(cdnow)
    told, features = assign(model, cdnow), pl.read_parquet(cdnow.path)
    live = [axis for axis in model.axes if axis.segments]

    assert told["customer_id"].to_list() == features["customer_id"].to_list()
    assert (told.height, (features["orders"] == 1).sum() / told.height) == (23_570, pytest.approx(0.511, abs=0.001))
    assert {"purchase_frequency", "purchase_value", "loyalty_trajectory"} <= {axis.axis for axis in live}
    for axis in live:
        without = told[axis.axis] == INSUFFICIENT
        margin = told[f"{axis.axis}.margin"]
        assert margin.null_count() == without.sum()
        assert not margin.is_nan().any()
        assert margin.drop_nulls().is_between(0, 1).all()
        assert np.isfinite([segment.centroid for segment in axis.segments]).all()
        needs = 3 if axis.axis in ("loyalty_trajectory", "value_sophistication") else 1
        assert without.to_list() == (features["orders"] < needs).to_list()


@needs_cdnow
def test_a_weighted_sample_is_as_good_as_everybody(cdnow: FeatureTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 1 % of excess inertia and 2 points of share, with the same features and k; without weights far beyond."""
    monkeypatch.setattr(fitting, "choose_k", lambda *_: Choice(K, (), 0.0))
    table = replace(cdnow, states={axis: AxisState("full", features) for axis, features in FEATURES.items()})
    full = fit(table, full=True)
    found: dict[str, list[tuple[float, float]]] = {}
    for how in ("weighted", "unweighted"):
        if how == "unweighted":
            monkeypatch.setattr(fitting, "_sample", _without_weights(fitting._sample))
        judged = [compare(fit(table, seed=seed), full, table).axes for seed in range(SEEDS)]
        assert {(axis.k_sample, axis.k_full, axis.other_features) for axes in judged for axis in axes} == {(K, K, ())}
        measured = [[(axis.excess_inertia, axis.share_difference) for axis in axes] for axes in judged]
        found[how] = [tuple(pair) for pair in np.mean(np.array(measured, dtype=float), axis=0)]
        print(
            how, {axis: f"{excess:+.2%}, {off:.1%}" for axis, (excess, off) in zip(FEATURES, found[how], strict=True)}
        )

    assert all(excess <= 0.01 and off <= 0.02 for excess, off in found["weighted"])
    assert all(excess > 0.02 and off > 0.04 for excess, off in found["unweighted"])


def _without_weights(drawn):
    def draw(*arguments: object) -> Sample:
        sample = drawn(*arguments)
        return replace(sample, weights=np.ones_like(sample.weights))

    return draw


@needs_journey
@pytest.mark.parametrize("mapped", [False, True])
def test_complete_journey_has_the_axes_that_its_columns_allow(tmp_path: Path, mapped: bool) -> None:
    """Without a word everything but the discounts, which are in a column of an uncommon name, is known by its name."""
    mapping = tmp_path / "journey.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    with open_source(JOURNEY, mapping if mapped else None, folder=tmp_path, threads=2) as source:
        table = build_features(source)
    model = fit(table)
    told = assign(model, table)
    off = {axis.axis: axis.reason for axis in model.axes if axis.status == "off"}

    assert {axis: state.status for axis, state in table.states.items()} == STATES | (
        {"price_sensitivity": "full"} if mapped else {}
    )
    assert set(off) == {axis for axis, state in table.states.items() if state.status == "off"}
    assert all(off.values())
    assert told["customer_id"].to_list() == sorted(pl.read_parquet(JOURNEY)["household_id"].unique())
    assert all(told[axis.axis].null_count() == 0 for axis in model.axes if axis.segments)
