"""binomial {n, p}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [
    ({"n": n, "p": p}, stats.binom(n, p)) for n, p in ((1, 0.3), (10, 0.5), (1000, 0.003), (10**5, 0.3), (5, 1e-9))
]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    values = np.arange(0.0, min(params["n"], law.isf(1e-17) + 10) + 1)
    laws.moments("binomial", params, law)
    laws.steps("binomial", params, law)
    laws.bounded_steps("binomial", params, values, law.pmf(values))
    if params["p"] > 1e-3:
        laws.fits("binomial", params, law)


def test_scale_acts_on_p_and_stops_at_1() -> None:
    made = family("binomial")

    assert made.scale({"n": 9, "p": 0.25}, 2) == {"n": 9, "p": 0.5}
    with pytest.raises(ValueError, match=r"p is 0\.25.*0 to 4"):
        made.scale({"n": 9, "p": 0.25}, 5)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("binomial", {"n": 9, "p": 0.25}, {"n": 0, "p": 0.5}, {"n": 10**6, "p": 0.5})


@pytest.mark.parametrize(("n", "p", "value"), [(0, 0.5, 0), (7, 0, 0), (7, 1, 7)])
def test_no_spread(laws: Any, n: int, p: float, value: int) -> None:
    laws.constant("binomial", {"n": n, "p": p}, value)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("binomial", {"n": 3, "p": 1.2}, "p is 1.2", "between 0 and 1")
    laws.refuses("binomial", {"n": 2.5, "p": 0.2}, "n is 2.5", "integer")
    laws.refuses("binomial", {"n": -1, "p": 0.2}, "n is -1")
