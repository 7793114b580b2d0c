"""Units of a rare sort: the chance is what simulated data sets show, and nothing changes where they do not decide."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fanwise.validator.contract.metrics import Measure
from fanwise.validator.stats.intervals import Mean, compare, steadied
from fanwise.validator.stats.moments import Moments
from fanwise.validator.stats.power import growth_for, mean_of, power
from fanwise.validator.stats.sorts import chance_by_sorts, merged
from fanwise.validator.stats.unit_sort import Sort

ALPHA, SHARE, TIMES, SHAPE = 1e-3, 0.02, 100.0, 4.0
VALUE = Measure("mean", "order", "amount", None, None, "tier", (("customer_id",),))


def predicted(units: int, rows: float, value: float, share: float = SHARE) -> Mean:
    """Return the mean of a segment whose units have Poisson rows; a few of them have values that are huge."""
    sorts = tuple(
        (part, rows, rows * own, rows, rows * own, rows * own * own * (1 + 1 / SHAPE))
        for part, own in ((share, TIMES * value), (1 - share, value))
    )
    mean = sum(part * own for part, own in ((share, TIMES * value), (1 - share, value)))
    spread = sum(part * Sort(*each).noise(mean) for part, each in zip((share, 1 - share), sorts, strict=True))
    spread += sum(each[0] * (each[2] - mean * each[1]) ** 2 for each in sorts)
    return mean_of(VALUE, "customer", Moments(units, rows, rows, mean, spread / rows, sorts=sorts))


def sample(units: int, rows: float, value: float, source: np.random.Generator) -> Mean:
    """Return the estimate of one data set, as the audit makes it."""
    counts = source.poisson(rows, units)
    own = np.repeat(np.where(source.random(units) < SHARE, TIMES * value, value), counts)
    values = source.standard_gamma(SHAPE, len(own)) * own / SHAPE
    y = np.bincount(np.repeat(np.arange(units), counts), values, minlength=units)
    mean, known = y.sum() / counts.sum(), int((counts > 0).sum())
    variance = known / (known - 1) * float(((y - mean * counts) ** 2).sum()) / float(counts.sum()) ** 2
    clump = float((counts**2).sum() / counts.sum())
    return Mean(float(mean), variance, known, float(counts.sum()), clump=clump, single=float(values.var(ddof=1)))


@pytest.mark.parametrize("units", [24, 36, 50, 60, 80])
def test_the_chance_is_that_of_simulated_data_sets(units: int) -> None:
    """Where all is taken for normal, it says 0.54 of 24 units, and more than 0.95 of 50."""
    source, runs = np.random.default_rng(units), 600
    shown = 0
    for _ in range(runs):
        high, low = steadied([sample(units, 40, 30.0, source), sample(49 * units, 2, 1.0, source)])
        shown += compare(high, low).p_value(1.0, "greater") <= ALPHA
    chance = power(predicted(units, 40, 30.0), predicted(49 * units, 2, 1.0), ALPHA)

    assert chance == pytest.approx(shown / runs, abs=0.02 + 2 * math.sqrt(0.25 / runs))


def test_the_chance_is_the_same_each_time() -> None:
    sides = predicted(36, 40, 30.0), predicted(1764, 2, 1.0)

    assert power(*sides, ALPHA) == power(*sides, ALPHA)


def test_many_units_of_the_rare_sort_decide_like_any_others() -> None:
    sides = predicted(10_000, 40, 1.1), predicted(20_000, 2, 1.0)
    plain = [replace(side, sorts=()) for side in sides]

    assert chance_by_sorts(*sides, ALPHA, 1.0) is None
    assert power(*sides, ALPHA) == power(*plain, ALPHA)


def test_sorts_that_hardly_differ_decide_nothing() -> None:
    alike = tuple((share, 4.0, 40.0 * own, 4.0, 40.0 * own, 4.0 * 300 * own) for share, own in ((0.1, 1.1), (0.9, 1.0)))
    mean = mean_of(VALUE, "customer", Moments(20, 4.0, 4.0, 10.1, 300.0, sorts=alike))

    assert chance_by_sorts(mean, predicted(20_000, 2, 1.0), ALPHA, 1.0) is None


def test_sorts_that_are_merged_keep_their_moments() -> None:
    sorts = [Sort(0.1, 2, 9, 1, 2, 30), Sort(0.3, 5, 4, 2, 1, 6)]
    found = merged(sorts)

    assert (found.share, found.x, found.y) == pytest.approx((0.4, 4.25, 5.25))
    assert found.xy == pytest.approx(1.25 + 0.25 * (2 - 4.25) * (9 - 5.25) + 0.75 * (5 - 4.25) * (4 - 5.25))


def test_units_that_are_added_reach_the_chance() -> None:
    sides = predicted(24, 40, 30.0), predicted(1176, 2, 1.0)
    factor = growth_for(lambda high, low: power(high, low, ALPHA), *sides, 0.95)
    more = predicted(round(24 * factor), 40, 30.0), predicted(round(1176 * factor), 2, 1.0)

    assert 1.5 < factor < 4
    assert power(*more, ALPHA) >= 0.93
