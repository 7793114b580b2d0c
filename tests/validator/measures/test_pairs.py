"""Comparisons: what counts as the declared ratio, and when nothing can be concluded."""

from __future__ import annotations

import pytest

from fanwise.validator.contract.metrics import Measure, Metric, Pair
from fanwise.validator.measures.estimates import Estimate
from fanwise.validator.measures.pairs import Comparison, compared
from fanwise.validator.stats.intervals import Mean

MEASURE = Measure("mean", "order", "amount", None, None, "tier", (("customer_id",),))


def compare(high: float, low: float, declared: float, *, units: int = 50) -> Comparison:
    """Two constant segments, so that only the tolerance decides."""
    metric = Metric("m", "declared", MEASURE, declared={"a": declared, "b": 1.0}, carrier="customer")
    found = {
        name: Estimate(name, units, units, units, mean * units, mean, 0.0) for name, mean in (("a", high), ("b", low))
    }
    return compared(metric, Pair("a", "b", declared), means_of(metric, found), dict(found))


def means_of(metric: Metric, found: dict[str, Estimate]) -> dict[str, Mean]:
    means = {name: each.as_mean() for name, each in found.items()}
    return {name: mean.mirrored() for name, mean in means.items()} if metric.mirrored else means


@pytest.mark.parametrize(("off", "p"), [(1.0, 1.0), (1.004, 1.0), (0.996, 1.0), (1.006, 0.0), (0.994, 0.0)])
def test_half_a_percent_is_no_failure(off: float, p: float) -> None:
    assert compare(1.5 * off, 1.0, 1.5).excluded_p(0.005) == p


@pytest.mark.parametrize(
    ("units", "reason"), [(0, "no rows of customer"), (1, "to judge by, fewer than 8"), (7, "fewer than 8"), (8, "")]
)
def test_fewer_than_eight_are_not_judged(units: int, reason: str) -> None:
    found = compare(1.5, 1.0, 1.5, units=units)

    assert reason in found.reason
    assert (found.ratio is None) == bool(reason)


@pytest.mark.parametrize(("measured", "achieved"), [(1.5, 1.0), (1.0, 0.0), (1 / 1.5, -1.0), (2.25, 2.0)])
def test_effect_achieved(measured: float, achieved: float) -> None:
    assert compare(measured, 1.0, 1.5).achieved() == pytest.approx(achieved)


def test_both_means_zero_say_nothing() -> None:
    found = compare(0.0, 0.0, 1.5)

    assert found.reason == "both means are 0"
    assert found.estimate is None
    assert found.excluded_p(0.005) == 1.0


def signed(high: float, low: float, declared: dict[str, float], *, negative: bool = False) -> Comparison:
    metric = Metric("m", "declared", MEASURE, declared=declared, negative=negative, carrier="customer")
    found = {name: Estimate(name, 50, 50, 50, 50 * mean, mean, 0.04, 0.0) for name, mean in (("a", high), ("b", low))}
    (pair,) = metric.pairs()
    return compared(metric, pair, means_of(metric, found), dict(found))


@pytest.mark.parametrize("declared", [{"a": 1.5, "b": 1.0}, {"a": -75.0, "b": -50.0}])
def test_negative_means_have_a_ratio_its_interval_and_an_effect(declared: dict[str, float]) -> None:
    found = signed(-75.0, -50.0, declared, negative=declared["a"] > 0)
    interval = found.interval()

    assert (found.pair.high, found.pair.ratio) == ("a", 1.5)
    assert found.estimate == 1.5
    assert interval is not None
    assert interval.low < 1.5 < interval.high < 1.52
    assert found.achieved() == pytest.approx(1.0)
    assert found.excluded_p(0.005) == 1.0
    assert found.ratio is not None
    assert found.ratio.p_value(1.0, "greater") < 1e-6
    assert signed(-100.0, -50.0, declared, negative=declared["a"] > 0).excluded_p(0.005) < 1e-6


@pytest.mark.parametrize(
    ("high", "low", "negative"), [(-75.0, -50.0, False), (75.0, 50.0, True)], ids=["below zero", "above zero"]
)
def test_means_of_the_wrong_sign_have_no_ratio(high: float, low: float, negative: bool) -> None:
    found = signed(high, low, {"a": 1.5, "b": 1.0}, negative=negative)

    assert found.estimate is None
    assert found.difference == pytest.approx(high - low)
    assert found.excluded_p(0.005) < 1e-6
    assert found.ratio is not None
    assert found.ratio.p_value(1.0, "less") < 1e-6


def test_opposite_signs_have_a_difference_with_its_interval() -> None:
    found = signed(100.0, -50.0, {"a": 100.0, "b": -50.0})
    around = found.difference_interval()

    assert (found.estimate, found.interval(), found.difference) == (None, None, 150.0)
    assert around is not None
    assert around.low < 150 < around.high
    assert around.high - around.low == pytest.approx(2 * 1.9845 * 0.08**0.5, rel=1e-2)
