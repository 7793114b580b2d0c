"""Power beside simulation and beside the table of needed sizes; growth solves for a target."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fanwise.validator.contract.metrics import Measure
from fanwise.validator.stats.intervals import Mean, compare, steadied
from fanwise.validator.stats.moments import Moments
from fanwise.validator.stats.power import growth_for, inside_probability, mean_of, power

FANOUT = Measure("count", "order", None, None, "customer", "tier", (("customer_id",),))
VALUE = Measure("mean", "order", "amount", None, None, "tier", (("customer_id",),))


def poisson(n: float, mu: float) -> Mean:
    return mean_of(FANOUT, "customer", Moments(n, mu, mu))


def sample(values: np.ndarray) -> Mean:
    return Mean(float(values.mean()), float(values.var(ddof=1) / values.size), values.size, float(values.size), 1.0)


@pytest.mark.parametrize(
    ("mu", "ratio", "sizes"),
    [(5, 1.3, (60, 200)), (2, 1.5, (40, 120)), (23, 1.1, (60, 180)), (5, 1.5, (12, 40)), (3, 1.4, (100, 100))],
)
def test_predicted_power_is_that_of_simulation(mu: float, ratio: float, sizes: tuple[int, int]) -> None:
    predicted = power(poisson(sizes[0], mu * ratio), poisson(sizes[1], mu), 0.001)
    generator = np.random.default_rng(7)
    shown = np.mean(
        [
            compare(sample(generator.poisson(mu * ratio, sizes[0])), sample(generator.poisson(mu, sizes[1]))).p_value(
                1.0, "greater"
            )
            <= 0.001
            for _ in range(3_000)
        ]
    )

    assert predicted == pytest.approx(shown, abs=0.04)


@pytest.mark.parametrize(
    ("sizes", "means"),
    [
        ((16, 1600), (6, 4)),
        ((16, 300, 1300), (6, 4, 3)),
        ((30, 30), (8, 5)),
        ((12, 12, 12), (9, 5, 3)),
        ((100, 400), (4.6, 4)),
    ],
)
def test_predicted_power_knows_that_segments_share_their_scatter(
    sizes: tuple[int, ...], means: tuple[float, ...]
) -> None:
    """A small segment's scatter counts as no less than that of all: a noncentral t is up to 0.12 too high here."""
    predicted = power(*steadied([poisson(size, mean) for size, mean in zip(sizes, means, strict=True)])[:2], 0.001)
    generator = np.random.default_rng(11)
    shown = []
    for _ in range(3_000):
        found = [sample(generator.poisson(mean, size)) for size, mean in zip(sizes, means, strict=True)]
        shown.append(compare(*steadied(found)[:2]).p_value(1.0, "greater") <= 0.001)

    assert predicted == pytest.approx(np.mean(shown), abs=0.03)


@pytest.mark.parametrize(
    ("ratio", "mu", "needed"), [(1.1, 2, 4014), (1.2, 5, 422), (1.3, 5, 197), (1.3, 23, 43), (1.5, 2, 194)]
)
def test_needed_sizes_are_those_of_the_published_table(ratio: float, mu: float, needed: int) -> None:
    """n per group for α = .001 and power .999: (z + z)²·(1/μ₁ + 1/μ₂)/ln(R)², here with Student's t, so a little more."""
    factor = growth_for(lambda a, b: power(a, b, 0.001), poisson(100, mu * ratio), poisson(100, mu), 0.999)

    assert 100 * factor == pytest.approx(needed, rel=0.12)
    assert 100 * factor >= needed * 0.85


def test_no_number_of_rows_shows_a_difference_that_is_not_there() -> None:
    assert math.isinf(growth_for(lambda a, b: power(a, b, 0.001), poisson(100, 5), poisson(100, 5), 0.999))


def test_clustered_values_need_more_customers() -> None:
    iid = mean_of(VALUE, "customer", Moments(100, 20, 20, 72, 58**2))
    clustered = mean_of(VALUE, "customer", Moments(100, 20, 20, 72, 58**2, value_between=20.0**2))

    assert iid.variance == pytest.approx(58**2 / 2000)
    assert clustered.variance == pytest.approx((58**2 + 400 * (20 / 20 + 20)) / 2000)


def test_variance_of_a_mean_is_that_of_simulation() -> None:
    generator = np.random.default_rng(8)
    means = []
    for _ in range(3_000):
        counts = generator.poisson(4, 80)
        own = generator.normal(10, 2, 80)
        means.append(np.repeat(own, counts).mean() + generator.normal(0, 3, counts.sum()).mean())
    predicted = mean_of(VALUE, "customer", Moments(80, 4, 4, 10, 9, 4))

    assert predicted.variance == pytest.approx(np.var(means), rel=0.1)


def test_sum_per_carrier_has_the_variance_of_a_compound_sum() -> None:
    total = Measure("sum", "order", "amount", None, "customer", "tier", (("customer_id",),))
    generator = np.random.default_rng(9)
    sums = [generator.normal(10, 3, n).sum() for n in generator.poisson(4, 40_000)]
    predicted = mean_of(total, "customer", Moments(1_000, 4, 4, 10, 9))

    assert predicted.value == pytest.approx(np.mean(sums), rel=0.01)
    assert predicted.variance * 1_000 == pytest.approx(np.var(sums), rel=0.03)


def test_fewer_than_eight_units_have_no_power() -> None:
    assert power(poisson(7, 500), poisson(1000, 1), 0.001) == 0.0
    assert inside_probability(poisson(7, 500), poisson(1000, 500), (0.5, 2)) == 0.0


def test_probability_of_a_range() -> None:
    high, low = poisson(164, 32.2), poisson(482, 23)

    assert inside_probability(high, low, (1.3, 1.5)) > 0.999
    assert inside_probability(high, low, (1.4, 9.0)) == pytest.approx(0.5, abs=0.01)
    assert inside_probability(high, low, (0.0, 1.3)) < 0.001
