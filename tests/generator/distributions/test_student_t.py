"""student_t {mean, sd, df}."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from fanwise.generator.distributions import family

CASES = [
    ({"mean": 500, "sd": 3, "df": df}, stats.t(df, loc=500, scale=3 * math.sqrt((df - 2) / df)))
    for df in (2.2, 3, 5.5, 40, 1e5)
]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("student_t", params, law)
    laws.quantiles("student_t", params, law, 1e-8)
    laws.fits("student_t", params, law)


@pytest.mark.parametrize("low", [None, -5.0, -0.5, 1.5])
@pytest.mark.parametrize("high", [None, 9.0, 2.5])
@pytest.mark.parametrize("df", [3, 5.5, 40])
def test_bounds(df: float, low: float | None, high: float | None) -> None:
    """Against an integration of the density, whose tails are too heavy for the one over normal scores."""
    made, params = family("student_t"), {"mean": 2, "sd": 3, "df": df}
    law = stats.t(df, loc=2, scale=3 * math.sqrt((df - 2) / df))
    ends = [end for end in (low, high) if end is not None]

    def moment(centre: float, power: int) -> float:
        edges = [-np.inf, *ends, np.inf] if ends else [-np.inf, 2.0, np.inf]
        return math.fsum(
            integrate.quad(
                lambda x: (np.clip(x, low, high) - centre) ** power * law.pdf(x), a, b, epsabs=0, epsrel=1e-12
            )[0]
            for a, b in itertools.pairwise(edges)
        )

    mean = moment(0.0, 1)

    assert made.bounded_mean(params, low, high) == pytest.approx(mean, rel=1e-8)
    assert made.bounded_variance(params, low, high) == pytest.approx(moment(mean, 2), rel=1e-6)


def test_a_bounded_mean_in_closed_form() -> None:
    """E[max(X, 0)] of sd 1 is E|T| / (2 sqrt(3)) for df = 3, and E|T| is 2 sqrt(3) / π."""
    assert family("student_t").bounded_mean({"mean": 0, "sd": 1, "df": 3}, 0, None) == pytest.approx(1 / math.pi)


@pytest.mark.parametrize("df", [2.001, 3, 1e6])
def test_the_middle_and_the_tails_keep_their_relative_precision(df: float) -> None:
    u = np.array([2.0**-53, 1e-9, 0.3, 0.4999, 0.5 - 1e-9])
    drawn = family("student_t").sampler([{"mean": 0, "sd": 1, "df": df}]).quantile(np.concatenate([u, 1 - u]), 0)

    np.testing.assert_allclose(drawn[:5], stats.t(df, scale=math.sqrt((df - 2) / df)).ppf(u), rtol=1e-7)
    np.testing.assert_allclose(drawn[:5], -drawn[5:], rtol=1e-7)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("student_t", {"mean": 3, "sd": 2, "df": 3}, {"mean": 0, "sd": 2, "df": 9}, {"mean": 1, "sd": 0, "df": 3})


def test_no_spread(laws: Any) -> None:
    laws.constant("student_t", {"mean": -4, "sd": 0, "df": 3}, -4)


def test_a_factor_is_refused() -> None:
    with pytest.raises(ValueError, match="student_t has no parameter for a factor"):
        family("student_t").scale({"mean": 3, "sd": 2, "df": 3}, 2.0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("student_t", {"mean": 3, "sd": 1, "df": 2}, "df", "2.001")
    laws.refuses("student_t", {"mean": 3, "sd": -1, "df": 4}, "sd", "-1")
