"""⌊factor·X + U⌋ held between bounds, against the enumeration of X and both roundings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.distributions import family
from fanwise.generator.distributions.scaled import bounded_mean_scaled, bounded_variance_scaled

LAWS: list[tuple[str, dict[str, Any]]] = [
    ("fixed", {"value": 3}),
    ("integer", {"min": -4, "max": 9}),
    ("zipf", {"s": 1.1, "n": 40}),
    ("counts", {"counts": ((0, 3), (1, 5), (2, 2), (30, 0.5))}),
]
BOUND = st.none() | st.integers(-3, 12) | st.floats(-3, 12)


def enumerated(
    name: str, params: dict[str, Any], factor: float, low: float | None, high: float | None
) -> tuple[float, float]:
    """Return mean and variance over all (x, rounding down or up)."""
    values = {
        "fixed": lambda: {params["value"]: 1.0},
        "integer": lambda: dict.fromkeys(range(params["min"], params["max"] + 1), 1.0),
        "zipf": lambda: {k: k ** -params["s"] for k in range(1, params["n"] + 1)},
        "counts": lambda: dict(params["counts"]),
    }[name]()
    total, outcomes = math.fsum(values.values()), []
    for value, weight in values.items():
        floor = math.floor(value * factor)
        up = value * factor - floor
        for result, share in ((floor, 1 - up), (floor + 1, up)):
            held = min(max(result, -math.inf if low is None else low), math.inf if high is None else high)
            outcomes.append((held, share * weight / total))
    mean = math.fsum(held * share for held, share in outcomes)
    return mean, math.fsum((held - mean) ** 2 * share for held, share in outcomes)


@given(st.sampled_from(LAWS), st.floats(0, 6) | st.sampled_from([0.5, 1.0, 1.4, 2.0]), BOUND, BOUND)
def test_mean_and_variance_by_enumeration(
    law: tuple[str, dict[str, Any]], factor: float, low: float | None, high: float | None
) -> None:
    if low is not None and high is not None and low > high:
        low, high = high, low
    name, params = law
    mean, variance = enumerated(name, params, factor, low, high)

    assert bounded_mean_scaled(family(name), params, factor, low, high) == pytest.approx(mean, rel=1e-9, abs=1e-9)
    found = bounded_variance_scaled(family(name), params, factor, low, high)
    assert found == pytest.approx(variance, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("factor", [1e-5, 0.37, 1.4, 3])
@pytest.mark.parametrize("bounds", [(None, None), (2, None), (None, 400_000), (2, 400_000)])
def test_a_law_too_long_to_list(factor: float, bounds: tuple[float | None, float | None]) -> None:
    name, params = "integer", {"min": 0, "max": 300_000}
    mean, variance = enumerated(name, params, factor, *bounds)

    assert bounded_mean_scaled(family(name), params, factor, *bounds) == pytest.approx(mean, rel=1e-9)
    assert bounded_variance_scaled(family(name), params, factor, *bounds) == pytest.approx(
        variance, rel=2e-3 if factor < 0.1 else 1e-6
    )


@pytest.mark.parametrize(("name", "params"), LAWS)
def test_drawn_as_the_engine_draws(name: str, params: dict[str, Any]) -> None:
    """x·1.4 + u₂ rounded down, for strata of u₁ and u₂, has the stated mean and variance."""
    side = (np.arange(1500) + 0.5) / 1500
    x = family(name).sampler([params]).quantile(np.repeat(side, 1500), 0)
    drawn = np.floor(x * 1.4 + np.tile(side, 1500))

    assert drawn.mean() == pytest.approx(bounded_mean_scaled(family(name), params, 1.4, None, None), rel=1e-2)
    assert drawn.var() == pytest.approx(bounded_variance_scaled(family(name), params, 1.4, None, None), rel=1e-2)


def test_low_at_or_above_high_is_a_constant() -> None:
    assert bounded_mean_scaled(family("fixed"), {"value": 3}, 1.4, 5, 5) == 5
    assert bounded_variance_scaled(family("integer"), {"min": 0, "max": 10**9}, 0, 1, 3) == 0
