"""The factor that gives means, after bounding, a wanted ratio."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fanwise.generator.distributions import family
from fanwise.generator.distributions.scaled import bounded_mean_scaled
from fanwise.generator.distributions.solve import Unreachable, solve_factor

LAWS: list[tuple[str, dict[str, Any]]] = [
    ("uniform", {"min": 1, "max": 9}),
    ("normal", {"mean": 10, "sd": 4}),
    ("lognormal", {"mean": 8, "sd": 6}),
    ("exponential", {"mean": 5}),
    ("gamma", {"mean": 5, "shape": 0.7}),
    ("beta", {"mean": 0.3, "n": 4}),
    ("weibull", {"mean": 5, "shape": 1.5}),
    ("pareto", {"min": 2, "alpha": 2.5}),
    ("poisson", {"mean": 2.487}),
    ("negbin", {"mean": 5, "k": 0.8}),
    ("geometric", {"mean": 4}),
    ("binomial", {"n": 20, "p": 0.3}),
    ("bernoulli", {"p": 0.4}),
    ("histogram", {"edges": (0, 1, 5, 20), "weights": (3, 5, 1)}),
    ("fixed", {"value": 3}),
    ("integer", {"min": 1, "max": 9}),
    ("zipf", {"s": 1.1, "n": 40}),
    ("counts", {"counts": ((0, 3), (1, 5), (2, 2))}),
]


def mean_of(name: str, params: dict[str, Any], factor: float, low: float | None, high: float | None) -> float:
    made = family(name)
    if made.integral_scale:
        return bounded_mean_scaled(made, params, factor, low, high)
    return made.bounded_mean(made.scale(params, factor), low, high)


@given(
    st.sampled_from(LAWS),
    st.floats(0.05, 8),
    st.none() | st.floats(0, 1.5),
    st.none() | st.floats(0.5, 5),
)
def test_the_ratio_is_reached_or_lies_outside_the_range_given(
    law: tuple[str, dict[str, Any]], wanted: float, low_share: float | None, high_share: float | None
) -> None:
    name, params = law
    mean = family(name).mean(params)
    low = None if low_share is None else low_share * mean
    high = None if high_share is None else high_share * mean
    assume(low is None or high is None or low < 0.9 * high)
    assume((low, high) != (None, None))
    base = mean_of(name, params, 1.0, low, high)
    try:
        factor = solve_factor(family(name), params, wanted, low, high)
    except Unreachable as error:
        assert error.wanted == wanted
        assert not error.low * (1 - 1e-9) < wanted < error.high * (1 - 1e-9)
        for edge in (error.low, error.high):  # the range is real: just inside, factors exist
            inside = edge + (1 - edge) * 1e-6
            if abs(inside - 1) > 1e-9:
                found = solve_factor(family(name), params, inside, low, high)
                assert mean_of(name, params, found, low, high) == pytest.approx(inside * base, rel=1e-9)
        return

    assert mean_of(name, params, factor, low, high) == pytest.approx(wanted * base, rel=1e-9)


@pytest.mark.parametrize(("name", "params"), LAWS)
def test_without_bounds_the_factor_is_the_ratio(name: str, params: dict[str, Any]) -> None:
    assert solve_factor(family(name), params, 1.4, None, None) == 1.4


def test_bounds_that_do_not_bind_leave_the_ratio() -> None:
    assert solve_factor(family("poisson"), {"mean": 23}, 0.8, 0, 10_000) == 0.8
    assert solve_factor(family("bernoulli"), {"p": 0.25}, 4, 0, 1) == 4


def test_the_floor_of_the_example_is_made_up_for() -> None:
    """Poisson(2.487) with min 1 has mean 2.57; 1.4 times that takes more than 1.4 times 2.487."""
    made, params = family("poisson"), {"mean": 2.487}
    factor = solve_factor(made, params, 1.4, 1, None)

    assert factor > 1.4
    assert made.bounded_mean(made.scale(params, factor), 1, None) == pytest.approx(
        1.4 * made.bounded_mean(params, 1, None)
    )


def test_the_range_of_a_bounded_count() -> None:
    """Between min 1 and max 2.5 · mean nothing else can be had."""
    with pytest.raises(Unreachable, match="needs a mean of 9, possible are") as caught:
        solve_factor(family("poisson"), {"mean": 4}, 9, 1, 10)
    base = family("poisson").bounded_mean({"mean": 4}, 1, 10)

    assert caught.value.low == pytest.approx(1 / base, rel=1e-9)
    assert caught.value.high == pytest.approx(10 / base, rel=1e-9)


def test_the_range_ends_where_a_parameter_does() -> None:
    with pytest.raises(Unreachable) as caught:
        solve_factor(family("bernoulli"), {"p": 0.4}, 3, 0, 1)

    assert caught.value.high == pytest.approx(2.5, rel=1e-12)
    assert caught.value.low == 0


def test_a_mean_that_first_rises_and_then_falls() -> None:
    """Held in [−1000, 50], a wide normal law loses to its negative half when stretched; the nearer factor is taken."""
    made, params = family("normal"), {"mean": 10, "sd": 20}
    base = made.bounded_mean(params, -1000, 50)
    factor = solve_factor(made, params, 1.2, -1000, 50)

    assert 1 < factor < 2
    assert made.bounded_mean(made.scale(params, factor), -1000, 50) == pytest.approx(1.2 * base, rel=1e-9)
    with pytest.raises(Unreachable):
        solve_factor(made, params, 5, -1000, 50)


def test_factors_are_rounded_so_that_machines_agree() -> None:
    factor = solve_factor(family("gamma"), {"mean": 5, "shape": 0.7}, 1.4, 1, 12)

    assert factor == float(f"{factor:.11e}")


@pytest.mark.parametrize("wanted", [-1, math.nan, math.inf])
def test_a_ratio_without_meaning(wanted: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        solve_factor(family("poisson"), {"mean": 4}, wanted, 1, None)


def test_an_infinite_mean_has_no_ratio() -> None:
    with pytest.raises(ValueError, match="clamp the values from above"):
        solve_factor(family("pareto"), {"min": 3, "alpha": 0.8}, 1.4, 5, None)
    assert solve_factor(family("pareto"), {"min": 3, "alpha": 0.8}, 1.4, None, 1e9) > 1.4


def test_nothing_at_all() -> None:
    assert solve_factor(family("poisson"), {"mean": 4}, 0, None, 10) == 0
    assert solve_factor(family("poisson"), {"mean": 0}, 1.4, 0, 10) == 1.4
    with pytest.raises(Unreachable) as caught:
        solve_factor(family("poisson"), {"mean": 0}, 1.4, 1, 10)

    assert (caught.value.low, caught.value.high) == (1, 1)
