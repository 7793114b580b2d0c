"""weibull {mean, shape}."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import special, stats

from fanwise.generator.distributions import family

SHAPES = (0.1, 0.5, 1, 2, 30)
CASES = [({"mean": 3, "shape": c}, stats.weibull_min(c, scale=3 / special.gamma(1 + 1 / c))) for c in SHAPES]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("weibull", params, law)
    laws.quantiles("weibull", params, law, 1e-12)
    laws.bounded("weibull", params, law)
    laws.fits("weibull", params, law)
    laws.scales("weibull", params, values=True)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("weibull", {"mean": 3, "shape": 0.5}, {"mean": 0, "shape": 2}, {"mean": 7, "shape": 2})


def test_a_bound_far_beyond_a_narrow_law() -> None:
    assert family("weibull").bounded_mean({"mean": 3, "shape": 40}, 0, 1e12) == 3
    assert family("weibull").bounded_variance({"mean": 3, "shape": 40}, 0, 1e-12) == 0


def test_no_spread(laws: Any) -> None:
    laws.constant("weibull", {"mean": 0, "shape": 2}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("weibull", {"mean": -3, "shape": 1}, "mean", "-3")
    laws.refuses("weibull", {"mean": 3, "shape": 0}, "shape", "0.02")
