"""The sample: quotas, weights, and that neither the order of rows nor growth changes who is in it."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.segmenter.clustering.sampling import QUOTAS, Sample, allocate, draw_by_chance, draw_everybody, draw_strata
from fanwise.segmenter.errors import SourceError
from fanwise.segmenter.features.table import FeatureFile
from tests.segmenter.feature_tables import write_table

NAME = "purchase_value.mean"
STRATA = st.lists(st.integers(0, 3000), min_size=1, max_size=6).filter(sum)


def customers(rows, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2**64, rows, dtype=np.uint64), rng.lognormal(3, 1.5, rows).round(2)


@given(STRATA, st.data())
def test_allocation_spends_the_size_and_forgets_nobody(population, data):
    size = data.draw(st.integers(1, sum(population)))
    shares = data.draw(st.lists(st.floats(0, 1), min_size=len(population), max_size=len(population)))
    given_ = allocate(population, shares, size)

    assert sum(given_) == size
    assert all(0 <= drawn <= there for drawn, there in zip(given_, population, strict=True))
    if size >= 2 * len(population):
        assert all(drawn >= min(2, there) for drawn, there in zip(given_, population, strict=True))


def test_the_reference_quotas():
    assert allocate((25_000, 15_000, 7_500, 2_500), QUOTAS, 5000) == (1000, 1500, 1500, 1000)


def test_what_a_small_stratum_leaves_goes_to_the_others_by_their_quotas():
    assert allocate((25_000, 15_000, 7_500, 200), QUOTAS, 5000) == (1200, 1800, 1800, 200)
    assert allocate((0, 0, 0, 9000), QUOTAS, 5000) == (0, 0, 0, 5000)


@pytest.mark.parametrize("allocation", ["quota", "proportional", "neyman"])
def test_weights_add_up_to_the_population_of_each_stratum(allocation):
    hashes, value = customers(30_000)
    drawing = draw_strata(hashes, value, 3000, allocation)
    stratum = np.searchsorted(drawing.design.cuts, value, side="right")
    at = {int(number): place for place, number in enumerate(hashes)}
    drawn = stratum[[at[int(number)] for number in drawing.hashes]]

    assert np.bincount(drawn, weights=drawing.weights) == pytest.approx(drawing.design.population)
    assert np.bincount(drawn).tolist() == list(drawing.design.sampled)
    assert drawing.design.population == pytest.approx((15_000, 9_000, 4_500, 1_500), abs=5)
    assert drawing.design.effective == pytest.approx(drawing.weights.sum() ** 2 / (drawing.weights**2).sum())
    assert (np.diff(drawing.hashes.astype(float)) >= 0).all()


def test_neyman_looks_where_value_differs_most():
    hashes, value = customers(30_000)
    sampled = draw_strata(hashes, value, 3000, "neyman").design.sampled

    assert sampled[3] == 1500
    assert sampled[0] < sampled[1] < sampled[2]


def test_the_smallest_hashes_of_a_stratum_are_drawn():
    hashes, value = customers(4000)
    drawing = draw_strata(hashes, value, 500, "quota")
    top = hashes[value >= drawing.design.cuts[2]]

    assert set(np.sort(top)[:100]) == set(top) & set(drawing.hashes)


def test_equal_values_are_one_stratum():
    hashes, _ = customers(4000)
    design = draw_strata(hashes, np.full(4000, 7.0), 500, "neyman").design

    assert design.population == (0, 0, 0, 4000)
    assert design.sampled == (0, 0, 0, 500)
    assert design.effective == pytest.approx(500)


def test_everybody_of_a_small_table_is_drawn_with_weight_1():
    hashes, value = customers(7)
    for allocation in ("quota", "proportional", "neyman"):
        drawing = draw_strata(hashes, value, 7, allocation)

        assert drawing.weights.tolist() == [1.0] * 7


def test_chances_are_kept_and_weights_make_up_for_them():
    hashes, value = customers(200_000)
    chance = value / value.sum()
    drawing = draw_by_chance(hashes, chance, 5000, "coreset")
    at = {int(number): place for place, number in enumerate(hashes)}
    drawn = value[[at[int(number)] for number in drawing.hashes]]

    assert drawing.design.size == 5000
    assert (drawn * drawing.weights).sum() == pytest.approx(value.sum(), rel=0.01)
    assert drawing.weights.sum() == pytest.approx(200_000, rel=0.05)
    assert drawing.weights.min() >= 1
    uncertain = drawing.weights > 1
    assert drawn[uncertain] * drawing.weights[uncertain] == pytest.approx(
        drawn[uncertain][0] * drawing.weights[uncertain][0]
    )
    assert drawn[~uncertain].min() > drawn[uncertain].max()


def test_hashes_are_those_of_every_machine(tmp_path):
    ids = ["abc", "é\n", ""]
    table = write_table(tmp_path / "t.parquet", {NAME: np.arange(3.0)}, ids=ids)
    for seed in (0, -7):
        digests = [hashlib.md5(f"{seed}:{each}".encode()).digest() for each in ids]

        assert FeatureFile(table.path, seed).keys()[0].tolist() == [int.from_bytes(d[8:], "little") for d in digests]


@pytest.mark.parametrize("piece", [1, 7, 10_000])
def test_rows_are_read_piece_by_piece_in_the_order_asked_for(tmp_path, monkeypatch, piece):
    monkeypatch.setattr("fanwise.segmenter.features.table.PIECE", piece)
    values = np.array([0.5, np.nan, np.inf, 3.5, -np.inf, *range(25)])
    file = FeatureFile(write_table(tmp_path / "a[1].parquet", {NAME: values, "other": values + 100}).path, 0)
    rows = np.array([29, 3, 0, 1, 2, 4, 3])
    read = file.rows(["other", NAME], rows)

    expected = np.where(np.isfinite(values), values, np.nan)[rows]
    np.testing.assert_array_equal(read, np.column_stack([expected + 100, expected]))
    assert file.rows([NAME], rows[:0]).shape == (0, 1)


def test_a_table_without_the_features_cannot_be_read(tmp_path):
    file = FeatureFile(write_table(tmp_path / "t.parquet", {NAME: np.ones(3)}).path, 0)
    for name in ("purchase_value.total", "customer_id"):
        with pytest.raises(SourceError, match="the feature table cannot be read"):
            file.rows([name], np.array([0]))


@pytest.mark.parametrize("full", [False, True])
def test_the_order_of_rows_does_not_matter(tmp_path, full):
    rng = np.random.default_rng(1)
    columns, value = {NAME: rng.random(3000)}, rng.lognormal(size=3000)
    found = []
    for order in (np.arange(3000), rng.permutation(3000)):
        file = FeatureFile(write_table(tmp_path / "t.parquet", columns, value=value, order=order).path, 5)
        hashes, values = file.keys()
        if full:
            sample = draw_everybody(file, hashes)
        else:
            sample = Sample.read(file, draw_strata(hashes, values, 400, "quota"), [NAME])
        found.append((sample.columns([NAME]).tolist(), sample.weights.tolist(), sample.design))

    assert found[0] == found[1]
    assert len(found[0][0]) == (3000 if full else 400)


def test_growth_keeps_who_was_drawn_but_for_the_border():
    hashes, value = customers(20_000)
    small, large = (draw_strata(hashes[:rows], value[:rows], 2000, "proportional") for rows in (19_000, 20_000))

    assert len(np.intersect1d(small.hashes, large.hashes)) > 1750


def test_samples_of_two_seeds_have_little_in_common(tmp_path):
    rng = np.random.default_rng(1)
    path = write_table(tmp_path / "t.parquet", {NAME: rng.random(5000)}).path
    ranks = [np.argsort(np.argsort(FeatureFile(path, seed).keys()[0])) for seed in (0, 1)]

    assert abs(np.corrcoef(ranks)[0, 1]) < 0.05


def test_nulls_and_what_is_not_finite_are_no_values(tmp_path):
    path = tmp_path / "t.parquet"
    frame = pl.DataFrame(
        {"customer_id": ["a", "b", "c", "d"], "value": [1.0, None, np.nan, np.inf], NAME: [0.5, None, np.nan, -np.inf]}
    )
    frame.write_parquet(path)
    file = FeatureFile(path, 0)

    assert sorted(file.keys()[1]) == [0, 0, 0, 1]
    assert np.isnan(file.columns([NAME])[:, 0]).tolist() == [False, True, True, True]


def test_a_path_is_no_pattern(tmp_path):
    name = "a[1]*?.parquet"
    table = write_table(tmp_path / name, {NAME: np.arange(3.0)})
    write_table(tmp_path / "a1xx.parquet", {NAME: np.arange(5.0)})

    assert len(FeatureFile(table.path, 0).keys()[0]) == 3


def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"no Parquet at all")
    with pytest.raises(SourceError, match=r"t\.parquet: the feature table cannot be read") as caught:
        FeatureFile(path, 0).keys()

    assert caught.value.exit_code == 4


def test_weights_undo_the_bias_of_the_strata():
    """The quotas give the best customers four times their share; unweighted means are far off, weighted are not."""
    hashes, value = customers(100_000)
    drawing = draw_strata(hashes, value, 5000, "quota")
    at = {int(number): place for place, number in enumerate(hashes)}
    drawn = np.log(value[[at[int(number)] for number in drawing.hashes]])
    true = np.log(value).mean()

    assert np.average(drawn, weights=drawing.weights) == pytest.approx(true, abs=0.02)
    assert drawn.mean() > true + 0.5
