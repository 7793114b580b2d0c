"""pareto {min, alpha}."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [({"min": 3, "alpha": alpha}, stats.pareto(alpha, scale=3)) for alpha in (2.5, 9)]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("pareto", params, law)
    laws.quantiles("pareto", params, law, 1e-12)
    laws.fits("pareto", params, law)
    laws.scales("pareto", params, values=True)


@pytest.mark.parametrize("alpha", [0.5, 1, 1.5, 2, 2.5, 9])
def test_bounded_above_all_moments_are_finite(alpha: float) -> None:
    """P(X > x) = (3/x)^alpha, so both moments of min(X, 40) are elementary integrals."""
    made, params = family("pareto"), {"min": 3, "alpha": alpha}

    def area(power: float) -> float:  # of (3/x)^alpha · x^power from 3 to 40
        exponent = power - alpha + 1
        return 3**alpha * (math.log(40 / 3) if exponent == 0 else (40**exponent - 3**exponent) / exponent)

    mean = 3 + area(0)
    assert made.bounded_mean(params, None, 40) == pytest.approx(mean, rel=1e-9)
    assert made.bounded_variance(params, None, 40) == pytest.approx(9 + 2 * area(1) - mean**2, rel=1e-6)


@pytest.mark.parametrize("alpha", [1.5, 2.5, 9])
def test_bounded_below_the_tail_stays(alpha: float) -> None:
    """E[max(X, 5)] = 5 + the integral of (3/x)^alpha from 5."""
    mean = 5 + 3**alpha * 5 ** (1 - alpha) / (alpha - 1)

    assert family("pareto").bounded_mean({"min": 3, "alpha": alpha}, 5, None) == pytest.approx(mean, rel=1e-12)


def test_moments_that_do_not_exist() -> None:
    made = family("pareto")

    assert made.mean({"min": 3, "alpha": 1}) == math.inf
    assert made.variance({"min": 3, "alpha": 2}) == math.inf
    assert made.bounded_variance({"min": 3, "alpha": 2}, 4, None) == math.inf


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("pareto", {"min": 3, "alpha": 0.5}, {"min": 1, "alpha": 4})


def test_no_spread(laws: Any) -> None:
    laws.constant("pareto", {"min": 0, "alpha": 2.5}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("pareto", {"min": 0, "alpha": 2}, "min", "above 0")
    laws.refuses("pareto", {"min": 1, "alpha": 0}, "alpha", "0.05")
