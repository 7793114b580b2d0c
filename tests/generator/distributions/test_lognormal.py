"""lognormal {mean, sd} and {median, sigma}."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy import stats


def _law(mean: float, sd: float) -> Any:
    variation = (sd / mean) ** 2
    return stats.lognorm(math.sqrt(math.log1p(variation)), scale=mean / math.sqrt(1 + variation))


CASES = [
    *(({"mean": mean, "sd": sd}, _law(mean, sd)) for mean, sd in ((72, 58), (3, 100), (1, 0.01))),
    ({"median": 15, "sigma": 0.5}, stats.lognorm(0.5, scale=15)),
]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("lognormal", params, law)
    laws.quantiles("lognormal", params, law, 1e-12)
    laws.bounded("lognormal", params, law)
    laws.fits("lognormal", params, law)
    laws.scales("lognormal", params, values=True)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("lognormal", {"mean": 72, "sd": 58}, {"median": 15, "sigma": 0.5}, {"mean": 1, "sd": 0})


def test_no_spread(laws: Any) -> None:
    laws.constant("lognormal", {"mean": 4, "sd": 0}, 4)
    laws.constant("lognormal", {"median": 4, "sigma": 0}, 4)
    laws.constant("lognormal", {"mean": 0, "sd": 0}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("lognormal", {"mean": 5, "sd": -3}, "sd", "-3")
    laws.refuses("lognormal", {"mean": -5, "sd": 3}, "mean", "-5")
    laws.refuses("lognormal", {"mean": 0, "sd": 3}, "mean", "above 0")
    laws.refuses("lognormal", {"mean": 5, "sigma": 3}, "median and sigma", "mean and sd")
    laws.refuses("lognormal", {"median": 5, "sigma": -1}, "sigma", "-1")
    laws.refuses("lognormal", {"median": 5, "sigma": 30}, "sigma", "10")
    laws.refuses("lognormal", {"mean": 1e-20, "sd": 1}, "1e10")
    laws.refuses("lognormal", {"mean": 1e60, "sd": 1}, "mean", "1e50")
