"""Intervals cover what they should: nominal 95 %, 93 to 97 % in every scenario, also where orders are clustered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fanwise.validator.stats.intervals import compare, steadied
from tests.validator.statistics.simulation import SCENARIOS, Scenario, estimates, standard_error

pytestmark = pytest.mark.system

LEVEL, RATIO = 0.95, 1.3
FAST, FULL = 1_000, 20_000
BATCH = 1_000  # data sets at a time: 160 MB of draws in the largest scenario


def batches(scenario: Scenario, count: int) -> Iterator[tuple[int, int]]:
    """Yield (seed, data sets), so that memory stays small; the seeds of different scenarios differ."""
    first = 1_000 * SCENARIOS.index(scenario)
    yield from ((first + start // BATCH, min(BATCH, count - start)) for start in range(0, count, BATCH))


def coverage(scenario: Scenario, count: int) -> tuple[float, float]:
    """Return the share of intervals that hold the true ratio: of those shown, and of those that decide."""
    shown = deciding = 0
    for seed, size in batches(scenario, count):
        for pair in estimates(scenario, RATIO, size, seed):
            low, high = compare(*pair).interval(LEVEL) or (0.0, 0.0)
            shown += low <= RATIO <= high
            low, high = compare(*steadied(pair)).interval(LEVEL) or (0.0, 0.0)
            deciding += low <= RATIO <= high
    return shown / count, deciding / count


def test_there_are_enough_scenarios() -> None:
    assert len(SCENARIOS) >= 20
    assert {scenario.icc for scenario in SCENARIOS} >= {0.0, 0.1, 0.3}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.label)
def test_coverage(scenario: Scenario) -> None:
    shown, deciding = coverage(scenario, FAST)
    slack = 2 * standard_error(LEVEL, FAST)

    assert 0.93 - slack <= shown <= 0.97 + slack
    assert deciding >= 0.94 - slack


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.label)
def test_coverage_of_many(scenario: Scenario) -> None:
    shown, deciding = coverage(scenario, FULL)

    assert 0.93 <= shown <= 0.97
    assert deciding >= 0.94
