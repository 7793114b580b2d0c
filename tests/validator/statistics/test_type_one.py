"""Healthy data fail a gate no more often than its level says, up to the error of the simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy import stats

from fanwise.validator.contract.model import Thresholds
from fanwise.validator.stats.intervals import Mean, compare, g_test, poisson_dispersion, steadied
from tests.validator.statistics.simulation import SCENARIOS, Scenario, estimates, standard_error

pytestmark = pytest.mark.system

LEVELS = (0.05, 0.01, 0.001)
LIMITS = Thresholds()
FAST, FULL, BATCH = 1_000, 50_000, 1_000
FEWEST = 10  # alarms to expect, below which their number tells nothing


@dataclass(frozen=True)
class Gate:
    """A test of the gate, and the ratio at which it should keep quiet."""

    name: str
    ratio: float
    p_value: Callable[[Mean, Mean], float]


def direction(high: Mean, low: Mean) -> float:
    """Judge `high > low` as the audit does, where both segments are the same."""
    return compare(*steadied((high, low))).p_value(1.0, "greater")


def declared(high: Mean, low: Mean) -> float:
    """Judge the declared ratio as the audit does, where it is the true one; the audit's tolerance is left out."""
    return compare(*steadied((high, low))).p_value(1.4)


GATES = (Gate("direction", 1.0, direction), Gate("declared ratio", 1.4, declared))


@cache
def p_values(gate: Gate, scenario: Scenario, count: int) -> np.ndarray:
    """Return the p-values of `count` healthy data sets."""
    first = 100_000 + 10_000 * GATES.index(gate) + 100 * SCENARIOS.index(scenario)
    found: list[float] = []
    for number, start in enumerate(range(0, count, BATCH)):
        pairs = estimates(scenario, gate.ratio, min(BATCH, count - start), first + number)
        found += [gate.p_value(*pair) for pair in pairs]
    return np.array(found)


def exceeded(p: np.ndarray, errors: float = 3.0) -> dict[float, float]:
    """Return each level that is exceeded by more than so many standard errors, with the rate found."""
    rates = {level: float((p <= level).mean()) for level in LEVELS if level * p.size >= FEWEST}
    return {level: rate for level, rate in rates.items() if rate > level + errors * standard_error(level, p.size)}


def all_p_values(gate: Gate, count: int) -> np.ndarray:
    return np.concatenate([p_values(gate, scenario, count) for scenario in SCENARIOS])


by_gate = pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
by_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.label)


# Of a hundred rates two exceed two standard errors by chance, so one scenario may exceed three, and all together two.
@by_gate
@by_scenario
def test_false_alarms_are_as_rare_as_the_level_says(gate: Gate, scenario: Scenario) -> None:
    p = p_values(gate, scenario, FAST)

    assert exceeded(p) == {}
    assert p.min() > LIMITS.alpha_fail


@by_gate
def test_false_alarms_of_all_scenarios_together(gate: Gate) -> None:
    assert exceeded(all_p_values(gate, FAST), errors=2.0) == {}


@pytest.mark.slow
@by_gate
@by_scenario
def test_false_alarms_of_many(gate: Gate, scenario: Scenario) -> None:
    assert exceeded(p_values(gate, scenario, FULL)) == {}


@pytest.mark.slow
@by_gate
def test_false_alarms_of_many_together(gate: Gate) -> None:
    """At the level that fails a data set, one in a million, about one of these 1.3 million may raise an alarm."""
    p = all_p_values(gate, FULL)

    assert exceeded(p, errors=2.0) == {}
    assert np.count_nonzero(p <= LIMITS.alpha_fail) <= 5


def test_order_level_tests_would_raise_false_alarms() -> None:
    """The control: orders of one customer are alike, and a test that forgets it is wrong one time in three."""
    generator = np.random.default_rng(11)
    wrong = 0
    for _ in range(200):
        sides = []
        for customers in (164, 482):
            orders = generator.poisson(23, customers)
            own = np.repeat(generator.normal(0, 0.3, customers), orders)
            sides.append(np.exp(own + generator.normal(0, 0.7, own.size)))
        wrong += stats.ttest_ind(*sides, equal_var=False).pvalue <= 0.05

    assert 0.2 < wrong / 200 < 0.5


SHARES = ([0.164, 0.482, 0.354], [0.5, 0.5], [0.02, 0.08, 0.3, 0.6])


@pytest.mark.parametrize("shares", SHARES, ids=str)
def test_shares_drawn_at_random_pass_the_g_test(shares: list[float]) -> None:
    counts = np.random.default_rng(12).multinomial(1_000, shares, 4_000)
    p = np.array([g_test(row.tolist(), shares)[1] for row in counts])

    assert exceeded(p) == {}
    assert p.min() > LIMITS.alpha_fail


@pytest.mark.parametrize(("n", "mean"), [(30, 5), (164, 2), (482, 23)])
def test_poisson_counts_pass_the_dispersion_test(n: int, mean: float) -> None:
    counts = np.random.default_rng(13).poisson(mean, (4_000, n))
    moments = zip(counts.mean(axis=1), counts.var(axis=1, ddof=1), strict=True)
    p = np.array([poisson_dispersion(n, float(average), float(variance))[1] for average, variance in moments])

    assert exceeded(p) == {}
