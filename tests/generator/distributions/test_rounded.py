"""Means and variances of rounded values, and the factors that give them a wanted ratio."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fanwise.generator.distributions import family
from fanwise.generator.distributions.rounded import Rounding, rounded_moments
from fanwise.generator.distributions.solve import solve_rounded
from fanwise.generator.numerics.rounding import round_half_away

WHOLE = Rounding(0)


def frozen(name: str, params: dict[str, Any]) -> Any:
    """Return scipy's distribution of a law."""
    if name == "normal":
        return stats.norm(params["mean"], params["sd"])
    if name == "exponential":
        return stats.expon(scale=params["mean"])
    if name == "gamma":
        return stats.gamma(params["shape"], scale=params["mean"] / params["shape"])
    if name == "beta":
        return stats.beta(params["mean"] * params["n"], (1 - params["mean"]) * params["n"])
    if name == "uniform":
        return stats.uniform(params["min"], params["max"] - params["min"])
    s = math.sqrt(math.log1p((params["sd"] / params["mean"]) ** 2))
    return stats.lognorm(s, scale=params["mean"] * math.exp(-s * s / 2))


LAWS: list[tuple[str, dict[str, Any]]] = [
    ("normal", {"mean": 0.3, "sd": 0.1}),
    ("normal", {"mean": -2.3, "sd": 4}),
    ("exponential", {"mean": 0.5}),
    ("gamma", {"mean": 0.4, "shape": 2}),
    ("gamma", {"mean": 5, "shape": 0.3}),
    ("beta", {"mean": 0.3, "n": 30}),
    ("uniform", {"min": -0.2, "max": 0.9}),
    ("lognormal", {"mean": 0.4, "sd": 0.2}),
    ("lognormal", {"mean": 0.4, "sd": 2}),
]


FIRST = -500


def oracle(law: Any, low: float | None, high: float | None) -> tuple[float, float]:
    """Return mean and variance of the whole number next to min(max(X, low), high), from scipy's tail probabilities."""
    halves = np.arange(FIRST, 100_000) + 0.5
    reached = law.sf(halves)
    if low is not None:
        reached[halves <= low] = 1.0
    if high is not None:
        reached[halves > high] = 0.0
    first = math.fsum(reached) + FIRST
    square = math.fsum(((halves + 0.5) ** 2 - (halves - 0.5) ** 2) * reached) + FIRST**2
    return first, square - first**2


@pytest.mark.parametrize(("name", "params"), LAWS)
@pytest.mark.parametrize("bounds", [(None, None), (0.2, None), (-1.2, 3.6)])
def test_moments_are_those_of_the_rounded_law(
    name: str, params: dict[str, Any], bounds: tuple[float | None, float | None]
) -> None:
    mean, variance = oracle(frozen(name, params), *bounds)

    found = rounded_moments(family(name), params, *bounds, WHOLE)
    assert found[0] == pytest.approx(mean, rel=2e-5, abs=1e-9)
    assert found[1] == pytest.approx(variance, rel=1e-3, abs=1e-6)  # beyond 128 steps, rounding adds a twelfth


@pytest.mark.parametrize(
    ("rounding", "type_"), [(Rounding(1), None), (Rounding(1, 0, to_even=True), "int64"), (Rounding(2, 1), "decimal")]
)
def test_two_roundings_are_those_of_the_column(rounding: Rounding, type_: str | None) -> None:
    """Drawn, rounded by the modifier, and cast as the types are: even for whole numbers, away from zero for decimals."""
    law, params = family("normal"), {"mean": 0.1, "sd": 0.4}
    drawn = np.asarray(law.sampler([params]).quantile((np.arange(1 << 20) + 0.5) / (1 << 20), 0))
    values = round_half_away(drawn, rounding.digits)
    if type_ == "int64":
        values = np.rint(values)
    elif type_ == "decimal":
        values = round_half_away(values, 1)
    mean, variance = rounded_moments(law, params, None, None, rounding)

    assert mean == pytest.approx(values.mean(), abs=2e-6)
    assert variance == pytest.approx(values.var(), abs=1e-5)
    assert [rounding.apply(value) for value in drawn[::99_991]] == values[::99_991].tolist()


def test_fine_steps_constants_and_whole_numbers() -> None:
    normal = family("normal")

    assert rounded_moments(normal, {"mean": 70, "sd": 60}, None, None, Rounding(2)) == (70, 3600)
    assert rounded_moments(normal, {"mean": 3.5, "sd": 0}, None, None, WHOLE) == (4, 0)
    assert rounded_moments(family("poisson"), {"mean": 0.3}, None, None, WHOLE) == (0.3, 0.3)
    assert rounded_moments(family("pareto"), {"min": 1, "alpha": 0.9}, None, None, WHOLE) == (math.inf, math.inf)
    assert rounded_moments(family("pareto"), {"min": 1, "alpha": 1.5}, None, None, WHOLE)[1] == math.inf


def test_a_mixture_rounds_each_part() -> None:
    params = {"none.weight": 3, "none.fixed.value": 0, "some.weight": 1, "some.gamma.mean": 0.4, "some.gamma.shape": 2}
    part, _ = oracle(stats.gamma(2, scale=0.2), None, None)

    assert rounded_moments(family("mixture"), params, None, None, WHOLE)[0] == pytest.approx(part / 4)


class Foreign:
    """A law of another package: it cannot tell what lies below a point."""

    name, discrete = "foreign", False

    def bounded_mean(self, params: Any, low: float | None, high: float | None) -> float:
        return family("gamma").bounded_mean(params, low, high)

    def variance(self, params: Any) -> float:
        return family("gamma").variance(params)

    def sampler(self, cells: Any) -> Any:
        return family("gamma").sampler(cells)


def test_a_law_of_another_package_is_drawn_evenly() -> None:
    params = {"mean": 0.4, "shape": 2}
    mean, _ = rounded_moments(Foreign(), params, None, None, WHOLE)  # type: ignore[arg-type]

    assert mean == pytest.approx(oracle(stats.gamma(2, scale=0.2), None, None)[0], rel=1e-3)


@settings(max_examples=20)
@given(
    st.sampled_from([law for law in LAWS if law[0] not in {"beta", "uniform"}]),
    st.floats(0.2, 5),
    st.sampled_from([(None, None), (None, 6.4)]),
)
def test_the_solved_factor_gives_the_ratio_by_an_exact_law(
    law: tuple[str, dict[str, Any]], ratio: float, bounds: tuple[float | None, float | None]
) -> None:
    name, params = law
    base, _ = oracle(frozen(name, params), *bounds)
    factor = solve_rounded(family(name), params, ratio * base, *bounds, WHOLE)
    if factor is None:  # what the bound leaves of the mean is too little
        assert ratio > 1
        return

    mean, _ = oracle(frozen(name, dict(family(name).scale(params, factor))), *bounds)
    assert mean == pytest.approx(ratio * base, rel=5e-5)


def test_what_cannot_be_reached() -> None:
    assert solve_rounded(family("beta"), {"mean": 0.3, "n": 30}, 1.2, None, None, WHOLE) is None
    assert solve_rounded(family("uniform"), {"min": 0, "max": 0.4}, -0.1, None, None, WHOLE) is None
