"""Families of counts: drawn ones are found again, and numbers of another shape are none of them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

import fanwise
from fanwise.inference.laws.count_laws import Counts, fit_counts

FAMILIES = {
    "poisson": [stats.poisson(0.5), stats.poisson(4), stats.poisson(40)],
    "geometric": [stats.nbinom(1, 1 / 4), stats.nbinom(1, 1 / 31)],
    "negbin": [stats.nbinom(2, 2 / 9), stats.nbinom(0.6, 0.6 / 30.6)],
}
SEEDS = range(15)


def counts(values: np.ndarray) -> Counts:
    found, weights = np.unique(values, return_counts=True)
    return Counts(found.astype(np.float64), weights.astype(np.float64))


def words(law: object, rows: int) -> list[str | None]:
    """Return what is found in several samples of a law."""
    found = [fit_counts(counts(law.rvs(rows, random_state=seed))) for seed in SEEDS]  # type: ignore[attr-defined]
    return [None if each is None else each.word for each in found]


@pytest.mark.parametrize("rows", [100, 500, 5000])
@pytest.mark.parametrize("family", FAMILIES)
def test_drawn_counts_belong_to_a_family(family: str, rows: int) -> None:
    """A sample of few rows may be near to a plainer family; of a hundred samples at most a few fit none."""
    for law in FAMILIES[family]:
        assert words(law, rows).count(None) <= 2


@pytest.mark.parametrize("highest", [20, 60, 256])
@pytest.mark.parametrize("rows", [300, 1000, 5000])
def test_even_numbers_are_no_counts(highest: int, rows: int) -> None:
    """Most values are rare, so that each may be as often as a geometric law says: all of them together are not."""
    assert set(words(stats.randint(0, highest), rows)) == {None}


def test_two_humps_are_no_counts() -> None:
    humps = [np.concatenate([stats.poisson(60).rvs(150, random_state=seed), stats.poisson(160).rvs(150, random_state=seed)])
             for seed in SEEDS]  # fmt: skip

    assert [fit_counts(counts(each)) for each in humps] == [None] * len(humps)


def test_a_byte_keeps_its_largest_value() -> None:
    frame = pl.DataFrame({"level": np.random.default_rng(7).integers(0, 256, 1000).astype(np.uint8)})
    made = fanwise.dataset(fanwise.infer({"signal": frame}))["signal"]["level"]

    assert 240 <= made.max() <= 256
    assert made.median() == pytest.approx(frame["level"].median(), abs=12)
