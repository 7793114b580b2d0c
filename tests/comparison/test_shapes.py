"""The statistics of a comparison agree with scipy."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

import fanwise
from fanwise.comparison.area import interval_of
from fanwise.comparison.shapes import Shape, distance


def shape(values: np.ndarray) -> Shape:
    points = np.quantile(values, (np.arange(500) + 0.5) / 500, method="inverted_cdf")
    return Shape(len(values), len(values), 0.0, 0.0, 0.0, points)


@pytest.mark.parametrize("discrete", [False, True])
def test_the_distance_is_that_of_kolmogorov_and_smirnov(discrete: bool) -> None:
    random = np.random.default_rng(3)
    a, b = random.gamma(2, 3, 8000), random.gamma(2.3, 3, 5000)
    if discrete:
        a, b = np.round(a / 4), np.round(b / 4)

    assert distance(shape(a), shape(b)) == pytest.approx(stats.ks_2samp(a, b).statistic, abs=0.004)


def test_the_interval_of_an_area_covers_it() -> None:
    random = np.random.default_rng(5)
    wanted, inside = stats.norm.cdf(0.5 / np.sqrt(2)), 0
    for _ in range(300):
        a, b = random.normal(0, 1, 120), random.normal(0.5, 1, 90)
        low, high = interval_of(stats.mannwhitneyu(b, a).statistic / (120 * 90), 120, 90)
        inside += low <= wanted <= high

    assert inside / 300 > 0.92


def test_correlations_are_those_of_normal_scores() -> None:
    random = np.random.default_rng(7)
    x = random.normal(size=2000)
    y = np.exp(0.6 * x + random.normal(size=2000))
    frame = pl.DataFrame({"sale_id": range(2000), "size": x, "cost": y})
    (row,) = (row for row in fanwise.fidelity({"sale": frame}, {"sale": frame}).rows if row.measure == "correlation")
    scores = [stats.norm.ppf((stats.rankdata(each) - 0.5) / 2000) for each in (x, y)]

    assert row.real == pytest.approx(np.corrcoef(*scores)[0, 1], abs=1e-6)
    assert row.difference == 0
