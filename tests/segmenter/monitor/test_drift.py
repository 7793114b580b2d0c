"""Drift: nothing where nothing changed, even with values that repeat; and the right advice where something did."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.model.model import AxisModel, Model, SegmentModel
from fanwise.segmenter.model.scaling import apply, fit_feature
from fanwise.segmenter.monitor.drift import Drift, drift
from tests.segmenter.planted import model_of, write_features

RATES = np.array([0.2, 3.0])


def customers(n: int, seed: int, *, share: float = 0.4, factor: float = 1.0) -> dict[str, Any]:
    """Return features: counts, half of them 0 in one segment, and amounts."""
    rng = np.random.default_rng(seed)
    frequent = (rng.random(n) < share).astype(int)
    return {
        "purchase_frequency.orders": pl.Series(rng.poisson(RATES[frequent]).astype(float) * factor),
        "purchase_frequency.rate": pl.Series(rng.gamma(4, 1 + 9 * frequent) * factor),
    }


def learned(columns: dict[str, Any]) -> Model:
    """Return a model of two segments as these customers have them, like a fit of everybody."""
    features = tuple(
        fit_feature(name, Scale.LOG, values.to_numpy(), np.ones(len(values))) for name, values in columns.items()
    )
    points = apply(np.column_stack([values.to_numpy() for values in columns.values()]), features)
    centres = np.array([points[points[:, 1] < 0].mean(axis=0), points[points[:, 1] >= 0].mean(axis=0)])
    for _ in range(50):
        labels = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.array([points[labels == code].mean(axis=0) for code in (0, 1)])
    spread = float(((points - centres[labels]) ** 2).mean())
    segments = tuple(
        SegmentModel(i, "AB"[i], float((labels == i).mean()), tuple(c)) for i, c in enumerate(centres.tolist())
    )
    axis = AxisModel("purchase_frequency", "full", "clusters", features, segments, spread=spread, eligible=1.0)
    model = model_of(axis)
    return replace(model, sample=replace(model.sample, effective=float(len(points))))


MODEL = learned(customers(4000, 1))


def found(tmp_path: Path, columns: dict[str, Any], model: Model = MODEL) -> Drift:
    n = len(next(iter(columns.values()))) if columns else 50
    return drift(model, write_features(tmp_path / "f.parquet", model, n, columns=columns), batch_size=999)


@pytest.mark.parametrize("seed", range(2, 7))
def test_customers_of_the_same_kind_have_not_drifted(seed: int, tmp_path: Path) -> None:
    result = found(tmp_path, customers(3000, seed))

    assert result.advice == "keep"
    for feature in result.axes[0].features:
        assert feature.psi is not None
        assert feature.critical is not None
        assert feature.psi < feature.critical < 0.02
    counts, amounts = result.axes[0].features
    # Deciles of counts repeat, so there are fewer bins, and less to exceed by chance.
    assert counts.critical is not None
    assert amounts.critical is not None
    assert counts.critical < 0.8 * amounts.critical
    assert result.axes[0].distance_ratio == pytest.approx(1, abs=0.08)
    assert result.reason == "no large changes"


def test_a_small_number_of_customers_is_no_drift_by_chance(tmp_path: Path) -> None:
    """With 40 customers the index is above 0.1 by chance; the critical value knows."""
    result = found(tmp_path, customers(40, 3))

    assert max(feature.psi or 0 for feature in result.axes[0].features) > 0.1
    assert [feature.level for feature in result.axes[0].features] == ["ok", "ok"]
    assert result.advice == "keep"


def test_changed_shares_ask_for_a_refresh(tmp_path: Path) -> None:
    result = found(tmp_path, customers(3000, 5, share=0.8))
    axis = result.axes[0]

    assert result.advice == axis.advice == "refresh"
    assert axis.share_level == "alarm"
    assert axis.share_psi is not None
    assert axis.share_psi > 0.25
    assert axis.share_js is not None
    assert 0.05 < axis.share_js < 0.3
    assert "the shares of the segments changed" in axis.reasons
    assert "purchase_frequency.rate" in result.text()


def test_customers_far_from_the_centroids_ask_for_new_segments(tmp_path: Path) -> None:
    columns = customers(3000, 5)
    shifted = {name: pl.Series(np.where(np.arange(3000) % 2, 3000.0, 0.001)) for name in columns}
    result = found(tmp_path, shifted)

    assert result.axes[0].distance_ratio is not None
    assert result.axes[0].distance_ratio > 1.5
    assert result.advice == "rediscover"
    assert "the segments no longer fit on 1 of 1 axes (purchase_frequency)" in result.reason


def test_missing_features_ask_for_new_segments(tmp_path: Path) -> None:
    columns = customers(100, 5)
    del columns["purchase_frequency.rate"]
    result = found(tmp_path, columns)

    assert result.axes[0].unassigned == 1
    assert result.axes[0].distance_ratio is None
    assert (result.axes[0].features[1].psi, result.axes[0].features[1].level) == (None, "ok")
    assert result.advice == "rediscover"
    assert "100.0 % cannot be assigned, because features are missing" in result.axes[0].reasons


def test_customers_without_history_ask_for_a_refresh(tmp_path: Path) -> None:
    columns = customers(1000, 6)
    few = pl.Series(np.arange(1000) % 3 == 0)
    result = found(tmp_path, {name: values.set(few, None) for name, values in columns.items()})

    assert result.axes[0].insufficient == pytest.approx(0.334)
    assert result.axes[0].reasons == ("33.4 % have too little history; 0.0 % had when the model was fitted",)
    assert result.advice == "refresh"


def test_text_and_dict(tmp_path: Path) -> None:
    result = found(tmp_path, customers(500, 5, share=0.9, factor=3))

    assert max(map(len, result.text().splitlines())) <= 80
    assert result.text().startswith("Re")
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["advice"] == result.advice
    nobody = found(tmp_path, {name: values[:0] for name, values in customers(5, 1).items()})
    assert (nobody.advice, nobody.reason) == ("keep", "there are no customers")
    assert "nan" not in nobody.text()
    json.dumps(nobody.to_dict(), allow_nan=False)


def test_any_batches_give_the_same(tmp_path: Path) -> None:
    table = write_features(tmp_path / "f.parquet", MODEL, 700, columns=customers(700, 9))

    assert drift(MODEL, table, batch_size=13, threads=3) == drift(MODEL, table)
