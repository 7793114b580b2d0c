"""normal {mean, sd}."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

CASES = [({"mean": mean, "sd": sd}, stats.norm(mean, sd)) for mean, sd in ((10, 3), (-5, 0.5), (1000, 0.1))]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("normal", params, law)
    laws.quantiles("normal", params, law, 1e-12)
    laws.bounded("normal", params, law)
    laws.fits("normal", params, law)
    laws.scales("normal", params, values=True)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("normal", {"mean": 10, "sd": 3}, {"mean": 1, "sd": 0})


def test_no_spread(laws: Any) -> None:
    laws.constant("normal", {"mean": -4, "sd": 0}, -4)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("normal", {"mean": 5, "sd": -3}, "sd", "-3", "0 or more")
    laws.refuses("normal", {"mean": float("nan"), "sd": 3}, "mean", "finite")
