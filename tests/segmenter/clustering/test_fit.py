"""From a feature table to a model: what is found, what is told, and that the same table gives the same bytes."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fanwise.io.errors import MissingExtraError
from fanwise.segmenter.axes import AxisState
from fanwise.segmenter.clustering.fit import fit
from fanwise.segmenter.clustering.rand_index import adjusted_rand_index, contingency
from fanwise.segmenter.errors import MappingError, SourceError
from fanwise.segmenter.model.scaling import apply
from fanwise.segmenter.model.validation import faults
from tests.segmenter.feature_tables import axis_columns, blobs, feature_names, write_table

pytestmark = pytest.mark.system

VALUE, FREQUENCY, TRAJECTORY = "purchase_value", "purchase_frequency", "loyalty_trajectory"
CENTRES = [[-3, -3, 0], [0, 2, 3], [3, -2, 0]]
SHARES = [0.6, 0.3, 0.1]


def hidden_axes(rows, seed=0):
    """Return planted segments of purchase value, and no structure in purchase frequency."""
    rng = np.random.default_rng(seed)
    hidden, labels = blobs(rng, CENTRES, SHARES, rows)
    return {**axis_columns(VALUE, hidden / 1.5), **axis_columns(FREQUENCY, rng.standard_normal((rows, 4)))}, labels


def by_name(model):
    return {axis.axis: axis for axis in model.axes}


def labels_of(axis, columns):
    points = apply(np.stack([columns[feature.name] for feature in axis.features], axis=1), axis.features)
    if axis.structure == "tiers":
        return np.searchsorted(axis.cuts, points[:, 0], side="right")
    centroids = np.array([segment.centroid for segment in axis.segments])
    return ((points[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)


def plain(model):
    return json.dumps(dataclasses.asdict(model), sort_keys=True)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    columns, labels = hidden_axes(20_000)
    table = write_table(tmp_path_factory.mktemp("planted") / "t.parquet", columns)
    return table, columns, labels, fit(table)


def test_planted_segments_are_found_and_noise_is_cut_into_tiers(planted):
    _, columns, labels, model = planted
    axes = by_name(model)

    assert (axes[VALUE].structure, len(axes[VALUE].segments)) == ("clusters", 3)
    assert adjusted_rand_index(contingency(labels, labels_of(axes[VALUE], columns))) >= 0.95
    assert (axes[FREQUENCY].structure, axes[FREQUENCY].scores[0].k) == ("tiers", 1)
    assert axes[FREQUENCY].reason.startswith("no structure")
    assert np.bincount(labels_of(axes[FREQUENCY], columns)) / 20_000 == pytest.approx([1 / 3] * 3, abs=0.03)


def test_shares_are_those_of_the_population_not_of_the_strata(tmp_path):
    """Segments that go with lifetime value: the strata draw the small ones far too often."""
    columns, labels = hidden_axes(20_000)
    value = np.exp(labels * 2 + np.random.default_rng(1).standard_normal(20_000) / 2)
    model = fit(write_table(tmp_path / "t.parquet", columns, value=value), axes=[VALUE])
    (axis,) = model.axes
    true = np.bincount(labels_of(axis, columns)) / 20_000
    drawn = np.repeat([0, 1, 2, 3], model.sample.sampled)

    assert [segment.share for segment in axis.segments] == pytest.approx(true, abs=0.02)
    assert np.mean(drawn == 3) == 0.2 > 3 * 0.05
    assert model.sample.effective < 3500


def test_a_model_holds_what_it_was_made_from(planted):
    table, _, _, model = planted

    assert model.as_of == "2025-01-01T00:00:00+00:00"
    assert (model.source, model.constants, model.seed) == (table.fingerprint, table.constants, 0)
    assert model.program.startswith("fanwise")
    assert (model.sample.allocation, model.sample.size, sum(model.sample.population)) == ("quota", 5000, 20_000)
    assert faults(model) == []
    for axis in model.axes:
        assert axis.eligible == 1
        assert axis.spread > 0
        assert [segment.name for segment in axis.segments] == ["segment 1", "segment 2", "segment 3"]
        assert sorted(axis.segments, key=lambda segment: segment.centroid) == list(axis.segments)


@pytest.mark.parametrize("allocation", ["proportional", "neyman", "coreset"])
def test_other_samples_find_the_same(planted, allocation):
    table, columns, labels, model = planted
    other = fit(table, allocation=allocation, axes=[VALUE])
    axis = other.axes[0]

    assert (other.sample.allocation, other.sample.size) == (allocation, 5000)
    assert adjusted_rand_index(contingency(labels, labels_of(axis, columns))) >= 0.95
    shares = [segment.share for segment in by_name(model)[VALUE].segments]
    assert [segment.share for segment in axis.segments] == pytest.approx(shares, abs=0.03)


def test_everybody(planted):
    table, columns, _, model = planted
    everybody = fit(table, axes=[VALUE], full=True)
    axis, sampled = everybody.axes[0], by_name(model)[VALUE]

    assert (everybody.sample.allocation, everybody.sample.effective) == ("full", 20_000)
    assert [segment.share for segment in axis.segments] == pytest.approx(np.bincount(labels_of(axis, columns)) / 20_000)
    agreement = adjusted_rand_index(contingency(labels_of(axis, columns), labels_of(sampled, columns)))
    assert agreement >= 0.98


def test_units_mean_nothing(planted, tmp_path):
    """Lifetime values, money, counts and trends times 1000: the same segments for everybody."""
    _, columns, _, model = planted
    value = np.random.default_rng(99).lognormal(4, 1, 20_000).round(2)
    larger = {name: values * 1000 for name, values in columns.items()}
    other = fit(write_table(tmp_path / "t.parquet", larger, value=value * 1000))

    for axis, same in zip(model.axes, other.axes, strict=True):
        assert axis.structure == same.structure
        assert labels_of(axis, columns).tolist() == labels_of(same, larger).tolist()


def test_the_order_of_rows_and_the_axes_asked_for_do_not_matter(planted, tmp_path):
    _, columns, _, model = planted
    shuffled = write_table(tmp_path / "t.parquet", columns, order=np.random.default_rng(5).permutation(20_000))

    assert plain(fit(shuffled)) == plain(model)
    assert fit(shuffled, axes=[VALUE]).axes[0] == by_name(model)[VALUE]


def without_vector_units() -> str:
    """Return the names of what numpy uses of this processor beyond its baseline, for NPY_DISABLE_CPU_FEATURES."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return " ".join(simd.get("found", []))


def test_another_process_with_other_threads_and_vector_units_makes_the_same_model(planted):
    table, _, _, model = planted
    code = f"""
import dataclasses, datetime as dt, json, pathlib
from fanwise.segmenter.axes import AxisState, FeatureTable
from fanwise.segmenter.clustering.fit import fit
states = {{axis: AxisState("full", names) for axis, names in {[(a, s.features) for a, s in table.states.items()]!r}}}
table = FeatureTable(pathlib.Path({str(table.path)!r}), states, dt.datetime(2025, 1, 1), 20000, 100000, {{"orders": 100000}}, {{"prior": 0.5}})
print(json.dumps(dataclasses.asdict(fit(table)), sort_keys=True))
"""
    environment = {**os.environ, "PYTHONHASHSEED": "123", "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}
    environment |= {"NPY_DISABLE_CPU_FEATURES": without_vector_units(), "OPENBLAS_CORETYPE": "NEHALEM"}
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, text=True)

    assert done.stderr == ""
    assert done.stdout.strip() == plain(model)


def test_seeds_draw_other_samples(planted):
    table, _, _, model = planted
    other = fit(table, axes=[VALUE], seed=1)

    assert other.axes[0].segments != by_name(model)[VALUE].segments
    assert len(other.axes[0].segments) == 3


def test_progress_counts_axes(planted):
    calls = []
    fit(planted[0], axes=[VALUE, FREQUENCY], progress=lambda done, total: calls.append((done, total)), max_k=2)

    assert calls == [(1, 2), (2, 2)]


def test_the_sample_has_a_least_size(planted):
    assert fit(planted[0], axes=[VALUE], sample_size=10, max_k=3).sample.size == 2000
    assert fit(planted[0], axes=[VALUE], sample_size=10, max_k=9).sample.size == 2700


def test_an_axis_that_is_off_stays_off(tmp_path):
    columns, _ = hidden_axes(200)
    states = {TRAJECTORY: AxisState("off", missing=(f"{TRAJECTORY}.momentum",), reason="no dates")}
    axis = fit(write_table(tmp_path / "t.parquet", columns, states=states)).axes[-1]

    assert (axis.axis, axis.status, axis.structure, axis.reason) == (TRAJECTORY, "off", "none", "no dates")
    assert axis.missing == (f"{TRAJECTORY}.momentum",)


def test_customers_without_history_are_left_out_and_counted(tmp_path):
    columns, _ = hidden_axes(4000)
    columns = {name: np.where(np.arange(4000) % 4 == 0, np.nan, values) for name, values in columns.items()}
    model = fit(write_table(tmp_path / "t.parquet", columns), full=True)

    assert [axis.eligible for axis in model.axes] == [0.75, 0.75]
    assert faults(model) == []


def test_nobody_has_a_value(tmp_path):
    columns = {name: np.full(300, np.nan) for name in feature_names(VALUE)}
    axis = fit(write_table(tmp_path / "t.parquet", columns)).axes[0]

    assert (axis.status, axis.eligible) == ("off", 0)
    assert "no customer has a value" in axis.reason
    assert len(axis.dropped) == 4


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("full", [False, True])
def test_few_customers(tmp_path, rows, full):
    columns, _ = hidden_axes(rows)
    model = fit(write_table(tmp_path / "t.parquet", columns), full=full)

    assert faults(model) == []
    assert model.sample.size == rows
    for axis in model.axes:
        assert axis.status == "full" or "fewer than 2 features differ" in axis.reason
        assert rows > 1 or axis.status == "off"
        assert axis.structure != "clusters" or rows == 40


@pytest.mark.parametrize("allocation", ["quota", "coreset"])
def test_all_the_same(tmp_path, allocation):
    columns = {name: np.full(3000, 0.5) for name in feature_names(VALUE)}
    table = write_table(tmp_path / "t.parquet", columns, value=np.full(3000, 7.0))
    model = fit(table, allocation=allocation)

    assert model.axes[0].status == "off"
    assert "the same for all" in model.axes[0].reason
    assert faults(model) == []


def test_nothing_in_a_model_is_not_a_number(tmp_path):
    """Nulls, infinities, NaN, zeros and negative values in every column."""
    rng = np.random.default_rng(0)
    columns = {}
    for axis in (VALUE, FREQUENCY, TRAJECTORY, "purchase_cadence", "price_sensitivity"):
        for name in feature_names(axis):
            values = rng.standard_normal(3000) * 10.0 ** rng.integers(-3, 6, 3000)
            values[rng.random(3000) < 0.02] = rng.choice([np.nan, np.inf, -np.inf, 0.0])
            columns[name] = values
    model = fit(write_table(tmp_path / "t.parquet", columns, value=rng.standard_normal(3000)))

    assert faults(model) == []
    assert all(math.isfinite(score.z) for axis in model.axes for score in axis.scores)


def test_all_options_that_do_not_fit_are_told_at_once(planted):
    with pytest.raises(MappingError) as caught:
        fit(planted[0], sample_size=0, allocation="random", axes=["purchase_valu", "x"], max_k=0)

    said = str(caught.value)
    assert caught.value.exit_code == 2
    assert len(caught.value.problems) == 5
    assert "axes: unknown axis 'purchase_valu'. Hint: did you mean 'purchase_value'?" in said
    assert "allocation: unknown allocation 'random'. Hint: use quota, proportional, neyman, coreset." in said


def test_no_axis_is_no_model(planted):
    with pytest.raises(MappingError, match="no axis was given"):
        fit(planted[0], axes=[])


def test_no_customers(tmp_path):
    columns = {name: np.empty(0) for name in feature_names(VALUE)}
    with pytest.raises(SourceError, match="there are no customers"):
        fit(write_table(tmp_path / "t.parquet", columns, value=np.empty(0)))


def test_without_what_it_needs(planted, monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(MissingExtraError, match=r"needs threadpoolctl, .*pip install 'fanwise\[discover\]'"):
        fit(planted[0])
