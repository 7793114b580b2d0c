"""Descriptive statistics beside their oracles, scipy.stats and statsmodels, on a thousand random data sets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from fanwise.validator.stats.descriptive import (
    Group,
    chi_square,
    closeness,
    coefficient_of_variation,
    explained,
    relative_range,
    shares,
    welch_anova,
)
from fanwise.validator.stats.intervals import Mean

DATA_SETS = 200

positive = st.floats(1e-6, 1e6)


def groups(seed: int) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    k = int(generator.integers(2, 7))
    shift = generator.uniform(0, 3, k)
    return [generator.gamma(2.0, 3.0, int(n)) + s for n, s in zip(generator.integers(3, 80, k), shift, strict=True)]


@pytest.mark.system
def test_welchs_anova_is_scipys_and_statsmodels() -> None:
    for seed in range(DATA_SETS):
        data = groups(seed)
        ours = welch_anova([Mean(x.mean(), x.var(ddof=1) / x.size, x.size, x.size) for x in data])
        expected = stats.f_oneway(*data, equal_var=False)

        assert ours.f == pytest.approx(expected.statistic, rel=1e-9)
        assert ours.p == pytest.approx(expected.pvalue, rel=1e-9)
        if seed % 50 == 0:
            other = anova_oneway(data, use_var="unequal")
            assert (ours.between, ours.within) == pytest.approx(other.df, rel=1e-9)


def test_explained_variance_is_that_of_the_sums_of_squares() -> None:
    for seed in range(DATA_SETS):
        data = groups(seed)
        every = np.concatenate(data)
        between = sum(x.size * (x.mean() - every.mean()) ** 2 for x in data)
        total = ((every - every.mean()) ** 2).sum()
        noise = (total - between) / (every.size - len(data))
        eta2, omega2 = explained([Group(x.size, x.mean(), x.var(ddof=1)) for x in data])

        assert eta2 == pytest.approx(between / total, rel=1e-9)
        assert omega2 == pytest.approx((between - (len(data) - 1) * noise) / (total + noise), rel=1e-7, abs=1e-12)


@pytest.mark.system
def test_chi_square_is_scipys() -> None:
    for seed in range(DATA_SETS):
        generator = np.random.default_rng(seed)
        table = generator.integers(0, 60, generator.integers(2, 7, 2)) + 1
        ours = chi_square(table.tolist())
        expected = stats.chi2_contingency(table, correction=False)

        assert ours.statistic == pytest.approx(expected.statistic, rel=1e-9)
        assert ours.df == expected.dof
        assert ours.cramer == pytest.approx(stats.contingency.association(table, "cramer"), rel=1e-9)
        if expected.expected_freq.min() >= 5:
            assert ours.p == pytest.approx(expected.pvalue, rel=1e-9)
        else:
            assert ours.p is None


def test_empty_rows_and_columns_do_not_count() -> None:
    full, padded = [[10, 20], [30, 5]], [[10, 0, 20], [0, 0, 0], [30, 0, 5]]

    assert chi_square(padded) == chi_square(full)
    assert chi_square([[3, 4]]) is None
    assert chi_square([[0, 4], [0, 3]]) is None


@given(st.lists(positive, min_size=2, max_size=20))
def test_variation_is_numpys(values: list[float]) -> None:
    expected = np.std(values) / np.mean(values)

    assert coefficient_of_variation(values) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert relative_range(values) == pytest.approx((max(values) - min(values)) / min(values), rel=1e-12)


@given(st.lists(positive, min_size=1, max_size=20))
def test_shares_sum_to_one(values: list[float]) -> None:
    assert math.fsum(shares(values)) == pytest.approx(1, abs=1e-12)


@given(st.floats(0.1, 10), st.floats(1, 3))
def test_closeness_is_the_least_band_around_one(low: float, factor: float) -> None:
    high = low * factor
    bound = closeness(low, high)

    assert 1 / (1 + bound) <= low * (1 + 1e-12)
    assert high <= (1 + bound) * (1 + 1e-12)
    assert bound == pytest.approx(max(high - 1, 1 / low - 1))


def test_what_cannot_be_told_is_none() -> None:
    assert coefficient_of_variation([1.0]) is None
    assert coefficient_of_variation([-1.0, 1.0]) is None
    assert relative_range([0.0, 1.0]) is None
    assert shares([0.0, 0.0]) is None
    assert closeness(0.0, 1.0) is None
    assert explained([Group(3, 1.0, 1.0)]) is None
    assert explained([Group(3, 1.0, 0.0), Group(3, 1.0, 0.0)]) is None
    assert explained([Group(3, 1e200, 0.0), Group(3, -1e200, 0.0)]) is None
    assert welch_anova([Mean(1.0, 0.0, 5, 5.0), Mean(1.0, 0.1, 5, 5.0)]) is None
    assert welch_anova([Mean(1.0, 0.1, 5, 5.0)]) is None
