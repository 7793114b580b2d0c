"""exponential {mean}."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

CASES = [({"mean": mean}, stats.expon(scale=mean)) for mean in (0.02, 3, 86400)]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("exponential", params, law)
    laws.quantiles("exponential", params, law, 1e-12)
    laws.bounded("exponential", params, law)
    laws.fits("exponential", params, law)
    laws.scales("exponential", params, values=True)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("exponential", {"mean": 3}, {"mean": 0}, {"mean": 7})


def test_no_spread(laws: Any) -> None:
    laws.constant("exponential", {"mean": 0}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("exponential", {"mean": -3}, "mean", "-3", "0 or more")
