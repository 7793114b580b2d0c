"""The figures of the first audit report: those that reproduce are reproduced, the wrong ones are put right.

docs/seed_audit.md explains each correction. The literals below are the report's own tables.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.oneway import anova_generic

from fanwise.validator.stats.descriptive import (
    Group,
    closeness,
    coefficient_of_variation,
    explained,
    relative_range,
    shares,
    welch_anova,
)
from fanwise.validator.stats.intervals import Mean, compare, g_test, poisson_dispersion

CUSTOMERS = {"VIP": 164, "Standard": 482, "Casual": 354}
ORDERS = {"VIP": 3_826, "Standard": 11_080, "Casual": 8_258}
REVENUE = {"VIP": 275_439.44, "Standard": 798_125.58, "Casual": 597_600.93}
PRINTED_FANOUT = {"VIP": 23.33, "Standard": 22.99, "Casual": 23.33}
PRINTED_VALUE = {"VIP": 71.99, "Standard": 72.03, "Casual": 72.37}
PRINTED_LIFETIME = {"VIP": 1_679.51, "Standard": 1_655.86, "Casual": 1_688.14}
SD_FANOUT = {"VIP": 4.76, "Standard": 4.81, "Casual": 5.40}
SD_VALUE = {"VIP": 59.23, "Standard": 58.27, "Casual": 59.13}
SEGMENTS = tuple(CUSTOMERS)

FANOUT = {name: ORDERS[name] / CUSTOMERS[name] for name in SEGMENTS}
VALUE = {name: REVENUE[name] / ORDERS[name] for name in SEGMENTS}
LIFETIME = {name: REVENUE[name] / CUSTOMERS[name] for name in SEGMENTS}


def fanout(name: str) -> Mean:
    n = CUSTOMERS[name]
    return Mean(FANOUT[name], SD_FANOUT[name] ** 2 / n, n, float(n))


def value(name: str) -> Mean:
    """The mean order of a segment, orders taken as independent: naive, since one customer has many."""
    n = ORDERS[name]
    return Mean(VALUE[name], SD_VALUE[name] ** 2 / n, n, float(n))


def in_percent(parts: list[float], places: int = 1) -> list[float]:
    return [round(100 * part, places) for part in parts]


class TestTotalsAndMeans:
    def test_tables_add_up(self) -> None:
        assert sum(CUSTOMERS.values()) == 1_000
        assert sum(ORDERS.values()) == 23_164
        assert sum(REVENUE.values()) == pytest.approx(1_671_165.95, abs=5e-3)
        assert round(59_589 / sum(ORDERS.values()), 3) == 2.572

    @pytest.mark.parametrize("name", SEGMENTS)
    def test_printed_means_are_totals_over_counts(self, name: str) -> None:
        assert round(FANOUT[name], 2) == PRINTED_FANOUT[name]
        assert round(VALUE[name], 2) == PRINTED_VALUE[name]
        assert round(LIFETIME[name], 2) == PRINTED_LIFETIME[name]


class TestCoefficientsOfVariation:
    """Of totals they are those of segment sizes; of rates they are tiny, and noise."""

    def test_order_count_is_that_of_totals(self) -> None:
        assert coefficient_of_variation(list(ORDERS.values())) == pytest.approx(0.386675, abs=5e-7)

    def test_lifetime_value_is_that_of_totals(self) -> None:
        assert coefficient_of_variation(list(REVENUE.values())) == pytest.approx(0.386502, abs=5e-7)

    def test_both_measure_segment_sizes(self) -> None:
        assert coefficient_of_variation(list(CUSTOMERS.values())) == pytest.approx(0.3919, abs=5e-5)

    def test_order_value_needs_unrounded_means(self) -> None:
        assert coefficient_of_variation(list(VALUE.values())) == pytest.approx(0.002326, abs=5e-7)
        assert 100 * coefficient_of_variation(list(PRINTED_VALUE.values())) == pytest.approx(0.24, abs=5e-3)

    def test_rates_per_customer_put_right(self) -> None:
        assert 100 * coefficient_of_variation(list(FANOUT.values())) == pytest.approx(0.69, abs=5e-3)
        assert 100 * coefficient_of_variation(list(LIFETIME.values())) == pytest.approx(0.81, abs=5e-3)

    def test_it_cannot_tell_an_order_from_its_reverse(self) -> None:
        right, reverse = [1.3, 1.0, 0.9], [0.9, 1.0, 1.3]

        assert coefficient_of_variation(right) == pytest.approx(coefficient_of_variation(reverse))
        assert 100 * coefficient_of_variation(right) == pytest.approx(15.9, abs=0.05)
        assert 100 * coefficient_of_variation([1.05, 1.0, 0.95]) == pytest.approx(4.08, abs=5e-3)


class TestRelativeRanges:
    def test_fanout(self) -> None:
        assert 100 * relative_range(list(PRINTED_FANOUT.values())) == pytest.approx(1.479, abs=5e-4)
        assert 100 * relative_range(list(FANOUT.values())) == pytest.approx(1.487, abs=1e-3)

    def test_revenue_per_customer(self) -> None:
        assert 100 * relative_range(list(PRINTED_LIFETIME.values())) == pytest.approx(1.949, abs=5e-4)

    def test_order_value_put_right(self) -> None:
        """The report has ±$0.25 and 0.35 %; no two means lie $0.25 apart."""
        gaps = {round(abs(VALUE[a] - VALUE[b]), 2) for a in SEGMENTS for b in SEGMENTS if a != b}

        assert 0.25 not in gaps
        assert round(max(VALUE.values()) - min(VALUE.values()), 2) == 0.37
        assert 100 * relative_range(list(VALUE.values())) == pytest.approx(0.52, abs=5e-3)
        assert round(100 * 0.25 / 72, 2) == 0.35


class TestShares:
    def test_population(self) -> None:
        assert in_percent(shares(list(CUSTOMERS.values()))) == [16.4, 48.2, 35.4]

    def test_orders_put_right(self) -> None:
        """Casual was printed as 35.6, cut off; 35.65015 rounds to 35.7."""
        assert in_percent(shares(list(ORDERS.values()))) == [16.5, 47.8, 35.7]
        assert 100 * shares(list(ORDERS.values()))[2] == pytest.approx(35.65015, abs=5e-6)

    def test_revenue_put_right(self) -> None:
        """57.2 and 42.8 have the sum of Standard and Casual as their base; the three printed shares sum to 119.8 %."""
        two = shares([REVENUE["Standard"], REVENUE["Casual"]])

        assert in_percent(two, 2) == [57.18, 42.82]
        assert round(100 * REVENUE["VIP"] / (REVENUE["Standard"] + REVENUE["Casual"]), 2) == 19.73
        assert in_percent(shares(list(REVENUE.values()))) == [16.5, 47.8, 35.8]
        assert in_percent(shares(list(REVENUE.values())), 2) == [16.48, 47.76, 35.76]

    @pytest.mark.parametrize("totals", [CUSTOMERS, ORDERS, REVENUE])
    def test_all_shares_sum_to_the_whole(self, totals: dict[str, float]) -> None:
        assert math.fsum(shares(list(totals.values()))) == pytest.approx(1, abs=1e-15)
        assert math.fsum(in_percent(shares(list(totals.values())), 2)) == pytest.approx(100, abs=0.011)


class TestScores:
    def test_67_is_a_truncated_mean_of_unlike_things(self) -> None:
        assert math.floor((100 + 90 + 13) / 3) == 67
        assert round((100 + 90 + 13) / 3) == 68

    def test_13_does_not_follow_from_the_three_checks(self) -> None:
        """The natural formula, how far each value is towards its threshold, gives 5."""
        parts = [1.5 / 20, 0.35 / 10, 0.23 / 5]

        assert 100 * sum(parts) / 3 == pytest.approx(5.2, abs=0.05)
        assert 100 * sum(parts) == pytest.approx(15.6, abs=0.05)


class TestTests:
    def test_welch_of_fanout(self) -> None:
        found = welch_anova([fanout(name) for name in SEGMENTS])

        assert round(found.f, 2) == 0.58
        assert found.p == pytest.approx(0.559, abs=5e-4)

    def test_welch_of_order_value_taken_as_independent(self) -> None:
        found = welch_anova([value(name) for name in SEGMENTS])

        assert round(found.f, 2) == 0.09
        assert found.p == pytest.approx(0.913, abs=5e-4)

    @pytest.mark.parametrize(("mean", "sd", "n"), [(FANOUT, SD_FANOUT, CUSTOMERS), (VALUE, SD_VALUE, ORDERS)])
    def test_welch_is_statsmodels(self, mean: dict, sd: dict, n: dict) -> None:
        means, sds, counts = (np.array([table[name] for name in SEGMENTS]) for table in (mean, sd, n))
        ours = welch_anova([Mean(m, s * s / k, int(k), k) for m, s, k in zip(means, sds, counts, strict=True)])
        expected = anova_generic(means, sds**2, counts, use_var="unequal")

        assert ours.f == pytest.approx(expected.statistic, rel=1e-9)
        assert ours.p == pytest.approx(expected.pvalue, rel=1e-9)

    def test_explained_variance(self) -> None:
        counts = explained([Group(CUSTOMERS[s], FANOUT[s], SD_FANOUT[s] ** 2) for s in SEGMENTS])
        values = explained([Group(ORDERS[s], VALUE[s], SD_VALUE[s] ** 2) for s in SEGMENTS])

        assert counts[0] == pytest.approx(0.0012, abs=5e-5)
        assert values[0] == pytest.approx(8e-6, abs=1e-6)
        assert counts[1] < 0
        assert values[1] < 0

    @pytest.mark.parametrize(
        ("high", "low", "ratio", "ends", "most"),
        [("VIP", "Standard", 1.0149, (0.984, 1.046), 0.05), ("Standard", "Casual", 0.985, (0.960, 1.011), 0.05)],
    )
    def test_what_the_table_does_prove_is_that_they_are_alike(
        self, high: str, low: str, ratio: float, ends: tuple[float, float], most: float
    ) -> None:
        found = compare(fanout(high), fanout(low))
        interval = found.interval(0.90)

        assert found.estimate == pytest.approx(ratio, abs=5e-4)
        assert interval == pytest.approx(ends, abs=6e-4)
        assert closeness(*interval) < most
        assert found.p_value(1.1, "less") < 1e-5
        assert found.p_value(1 / 1.1, "greater") < 1e-5
        assert found.p_value(1.5) < 1e-6

    def test_the_missed_dispersion_of_casual(self) -> None:
        n, mean, variance = CUSTOMERS["Casual"], FANOUT["Casual"], SD_FANOUT["Casual"] ** 2
        index, p = poisson_dispersion(n, mean, variance)

        assert index == pytest.approx(1.250, abs=5e-4)
        assert p == pytest.approx(2 * stats.chi2.sf((n - 1) * index, n - 1), rel=1e-9)
        assert stats.chi2.sf((n - 1) * index, n - 1) == pytest.approx(0.001, abs=1e-4)
        ratio = variance / SD_FANOUT["Standard"] ** 2
        assert ratio == pytest.approx(1.26, abs=5e-3)
        assert 2 * stats.f.sf(ratio, n - 1, CUSTOMERS["Standard"] - 1) == pytest.approx(0.019, abs=1e-3)

    @pytest.mark.parametrize("name", ["VIP", "Standard"])
    def test_the_others_scatter_like_a_poisson_law(self, name: str) -> None:
        assert poisson_dispersion(CUSTOMERS[name], FANOUT[name], SD_FANOUT[name] ** 2)[1] > 0.5

    def test_population_follows_declared_shares_whatever_the_behaviour(self) -> None:
        assert g_test(list(CUSTOMERS.values()), [0.164, 0.482, 0.354])[1] == pytest.approx(1)


class TestEffectAchieved:
    """What replaces 13/100: ln(measured) / ln(declared), with the multipliers that the report guesses."""

    def test_fanout(self) -> None:
        found = compare(fanout("VIP"), fanout("Standard"))
        low, high = (100 * math.log(end) / math.log(1.5) for end in found.interval(0.95))

        assert 100 * math.log(found.estimate) / math.log(1.5) == pytest.approx(3.6, abs=0.05)
        assert (low, high) == pytest.approx((-5.3, 12.6), abs=0.1)

    def test_value(self) -> None:
        found = compare(value("VIP"), value("Standard"))
        low, high = (100 * math.log(end) / math.log(1.3) for end in found.interval(0.95))

        assert 100 * math.log(found.estimate) / math.log(1.3) == pytest.approx(-0.2, abs=0.05)
        assert (low, high) == pytest.approx((-11.7, 11.3), abs=0.1)
