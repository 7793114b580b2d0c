"""integer {min, max}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [({"min": 1, "max": 6}, stats.randint(1, 7)), ({"min": -5, "max": 700}, stats.randint(-5, 701))]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    values = np.arange(params["min"], params["max"] + 1.0)
    laws.moments("integer", params, law)
    laws.steps("integer", params, law)
    laws.bounded_steps("integer", params, values, law.pmf(values))
    laws.fits("integer", params, law)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("integer", {"min": 0, "max": 1}, {"min": 5, "max": 5}, {"min": -3, "max": 10**12})


def test_both_ends_are_drawn_and_nothing_else() -> None:
    drawn = family("integer").sampler([{"min": -2, "max": 2}]).quantile(np.linspace(1e-9, 1 - 1e-9, 1001), 0)

    assert set(drawn.tolist()) == {-2, -1, 0, 1, 2}


def test_the_largest_range_keeps_its_ends() -> None:
    drawn = family("integer").sampler([{"min": 0, "max": 2**53 - 1}]).quantile(np.array([2.0**-53, 1 - 2.0**-53]), 0)

    assert drawn.tolist() == [0, 2**53 - 2]


def test_no_spread(laws: Any) -> None:
    laws.constant("integer", {"min": 4, "max": 4}, 4)


def test_factors_act_on_the_drawn_integer() -> None:
    assert family("integer").scale({"min": 1, "max": 6}, 1) == {"min": 1, "max": 6}
    with pytest.raises(ValueError, match="drawn integer"):
        family("integer").scale({"min": 1, "max": 6}, 1.4)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("integer", {"min": 5, "max": 3}, "min 5", "max 3", "swap")
    laws.refuses("integer", {"min": 0.5, "max": 3}, "min", "0.5", "integer")
    laws.refuses("integer", {"min": 0, "max": 2.0**60}, "max", "2^53")
    laws.refuses("integer", {"min": -(2**53), "max": 2**53}, "narrow")
