"""histogram of counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [{"counts": ((0, 3), (1, 5), (2, 2))}, {"counts": ((100, 1), (3, 7), (7, 0), (1000, 1e-6))}]


@pytest.mark.parametrize("params", CASES)
def test_law(laws: Any, params: dict[str, Any]) -> None:
    values, weights = np.array(sorted(params["counts"])).T
    shares = weights / weights.sum()
    law = stats.rv_discrete(values=(values.astype(int), shares))
    laws.moments("counts", params, law)
    laws.steps("counts", params, law)
    laws.bounded_steps("counts", params, values, shares)
    laws.fits("counts", params, law)


def test_only_listed_counts_are_drawn() -> None:
    drawn = family("counts").sampler([CASES[1]]).quantile(np.linspace(1e-9, 1 - 1e-9, 10_001), 0)

    assert set(drawn.tolist()) == {3, 100, 1000}


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("counts", *CASES, {"counts": ((4, 1),)})


def test_no_spread(laws: Any) -> None:
    laws.constant("counts", {"counts": ((4, 0.5),)}, 4)


def test_factors_act_on_the_drawn_integer() -> None:
    with pytest.raises(ValueError, match="drawn integer"):
        family("counts").scale(CASES[0], 1.4)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("counts", {"counts": ()}, "counts")
    laws.refuses("counts", {"counts": ((-1, 2),)}, "-1", "0 or more")
    laws.refuses("counts", {"counts": ((0.5, 2),)}, "0.5", "integer")
    laws.refuses("counts", {"counts": ((1, 0), (2, 0))}, "all weights are 0")
    laws.refuses("counts", {"counts": ((1, -1), (2, 3))}, "weight")
