"""uniform {min, max}."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

CASES = [({"min": 0, "max": 1}, stats.uniform()), ({"min": -3, "max": 7.5}, stats.uniform(-3, 10.5))]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("uniform", params, law)
    laws.quantiles("uniform", params, law, 1e-12)
    laws.bounded("uniform", params, law)
    laws.fits("uniform", params, law)
    laws.scales("uniform", params, values=True)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("uniform", {"min": 0, "max": 1}, {"min": 5, "max": 5}, {"min": -3, "max": 7.5})


def test_no_spread(laws: Any) -> None:
    laws.constant("uniform", {"min": 4, "max": 4}, 4)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("uniform", {"min": 5, "max": 3}, "min 5", "max 3", "swap")
    laws.refuses("uniform", {"min": 5}, "max")
    laws.refuses("uniform", {"min": 0, "max": float("inf")}, "max", "finite")
    laws.refuses("uniform", {"min": 0, "max": True}, "max", "number")
