"""bernoulli {p}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [({"p": p}, stats.bernoulli(p)) for p in (0.3, 0.001, 0.97)]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("bernoulli", params, law)
    laws.steps("bernoulli", params, law)
    laws.bounded_steps("bernoulli", params, np.array([0.0, 1.0]), np.array([1 - params["p"], params["p"]]))
    laws.fits("bernoulli", params, law)


def test_scale_acts_on_p_and_stops_at_1() -> None:
    made = family("bernoulli")

    assert made.scale({"p": 0.25}, 4) == {"p": 1}
    with pytest.raises(ValueError, match=r"p is 0\.25.*0 to 4"):
        made.scale({"p": 0.25}, 4.1)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("bernoulli", {"p": 0.25}, {"p": 0}, {"p": 1})


@pytest.mark.parametrize("p", [0, 1])
def test_no_spread(laws: Any, p: int) -> None:
    laws.constant("bernoulli", {"p": p}, p)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("bernoulli", {"p": 1.2}, "p is 1.2", "between 0 and 1")
    laws.refuses("bernoulli", {"p": -0.1}, "p is -0.1")
