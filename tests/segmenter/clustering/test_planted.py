"""Segments that our own generator planted are found, and only where they were planted."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fanwise.segmenter.assignment.population import assign
from fanwise.segmenter.axes import AXES, FeatureTable
from fanwise.segmenter.clustering.fit import fit
from fanwise.segmenter.clustering.rand_index import adjusted_rand_index, contingency
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
from fanwise.segmenter.model.model import Model
from tests.segmenter.generated import TWO_SEGMENTS, frames_of, written

pytestmark = pytest.mark.system


def agreements(model: Model, table: FeatureTable, planted: pl.DataFrame) -> dict[str, float]:
    """Return the adjusted Rand index per axis with segments, over all customers with enough history.

    planted: of (customer_id, label).
    """
    label = planted.columns[1]
    known = planted.with_columns(pl.col("customer_id").cast(pl.String))
    joined = assign(model, table).join(known, on="customer_id", validate="1:1")
    assert joined.height == planted.height
    found = {}
    for axis in model.axes:
        if axis.segments:
            told = joined.filter(~pl.col(axis.axis).is_in(["insufficient history", "unassigned"]))
            codes = [told[name].cast(pl.Categorical).to_physical().to_numpy() for name in (label, axis.axis)]
            found[axis.axis] = adjusted_rand_index(contingency(*codes))
    return found


def fitted(source: Path, folder: Path, seed: int = 0) -> tuple[Model, FeatureTable]:
    with open_source(source, folder=folder, threads=1) as opened:
        table = build_features(opened)
        return fit(table, seed=seed), table


def habits(folder: Path, customers: int, seed: int) -> tuple[Path, pl.DataFrame]:
    """Return a folder without the answer, and the answer."""
    frames = frames_of("habits", rows={"customer": customers}, seed=seed)
    answer = frames["customer"].select("customer_id", "habit")
    return written(folder / "habits", frames | {"customer": frames["customer"].drop("habit")}), answer


def check_habits(folder: Path, customers: int, seed: int) -> None:
    source, answer = habits(folder, customers, seed)
    model, table = fitted(source, folder, seed)
    found = agreements(model, table, answer)
    print({axis: round(index, 3) for axis, index in found.items()})

    assert [axis.axis for axis in model.axes] == list(AXES)
    assert {axis.axis: (axis.status, len(axis.segments)) for axis in model.axes} == dict.fromkeys(AXES, ("full", 3))
    assert {axis.structure for axis in model.axes} == {"clusters"}
    assert min(found.values()) >= 0.95, found


def test_every_axis_finds_the_habits(tmp_path: Path) -> None:
    check_habits(tmp_path, 600, 8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 7))
def test_every_axis_finds_the_habits_of_other_customers(tmp_path: Path, seed: int) -> None:
    check_habits(tmp_path, 2000, seed)


def check_two(folder: Path, rows: int, seed: int) -> None:
    frames = frames_of(TWO_SEGMENTS.format(seed=seed, rows=rows))
    answer = frames["customer"].select("customer_id", "kind")
    source = written(folder / "two", {**frames, "customer": frames["customer"].drop("kind")})
    model, table = fitted(source, folder, seed)
    axes = {axis.axis: axis for axis in model.axes}
    found = agreements(model, table, answer)

    for planted in ("purchase_frequency", "purchase_value"):
        assert (axes[planted].structure, len(axes[planted].segments)) == ("clusters", 2), axes[planted].reason
        assert found[planted] >= 0.95
    for untouched in ("purchase_cadence", "customer_maturity", "communication_preference"):
        assert axes[untouched].structure == "tiers"
        assert axes[untouched].reason.startswith("no structure")
    for absent in ("category_exploration", "price_sensitivity", "return_behavior", "problem_complexity_profile"):
        assert axes[absent].status == "off"


def test_two_segments_of_fanout_and_value_are_found_there_and_nowhere_else(tmp_path: Path) -> None:
    check_two(tmp_path, 800, 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 9))
def test_two_segments_of_other_customers(tmp_path: Path, seed: int) -> None:
    check_two(tmp_path, 4000, seed)
