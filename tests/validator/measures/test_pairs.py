"""Comparisons: what counts as the declared ratio, and when nothing can be concluded."""

from __future__ import annotations

import pytest

from fanwise.validator.contract.metrics import Measure, Metric, Pair
from fanwise.validator.measures.estimates import Estimate
from fanwise.validator.measures.pairs import Comparison, compared

MEASURE = Measure("mean", "order", "amount", None, None, "tier", (("customer_id",),))


def compare(high: float, low: float, declared: float, *, units: int = 50) -> Comparison:
    """Two constant segments, so that only the tolerance decides."""
    metric = Metric("m", "declared", MEASURE, declared={"a": declared, "b": 1.0}, carrier="customer")
    found = {
        name: Estimate(name, units, units, units, mean * units, mean, 0.0) for name, mean in (("a", high), ("b", low))
    }
    return compared(metric, Pair("a", "b", declared), found, ("a", "b"))


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
