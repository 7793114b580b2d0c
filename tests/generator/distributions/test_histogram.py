"""histogram {edges, weights}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [
    ({"edges": (0, 1, 5, 20), "weights": (3, 5, 1)}, [3, 5, 1]),
    ({"edges": (-10, -2.5, 0, 0.5), "weights": (1, 0, 9)}, [1, 0, 9]),
]


@pytest.mark.parametrize(("params", "weights"), CASES)
def test_law(laws: Any, params: dict[str, Any], weights: list[int]) -> None:
    law = stats.rv_histogram((np.array(weights), np.array(params["edges"])), density=False)
    laws.moments("histogram", params, law)
    laws.quantiles("histogram", params, law, 1e-12)
    laws.fits("histogram", params, law)
    laws.scales("histogram", params, values=True)


@pytest.mark.parametrize(("low", "high"), [(None, 3), (0.5, None), (0.5, 12), (2, 4), (-5, 30), (5, 5)])
def test_bounded_moments(low: float | None, high: float | None) -> None:
    """Strata of equal probability, fine enough to be the law."""
    made, params = family("histogram"), CASES[0][0]
    drawn = made.sampler([params]).quantile((np.arange(900_000) + 0.5) / 900_000, 0)
    held = np.clip(drawn, -np.inf if low is None else low, np.inf if high is None else high)

    assert made.bounded_mean(params, low, high) == pytest.approx(held.mean(), rel=1e-7)
    assert made.bounded_variance(params, low, high) == pytest.approx(held.var(), rel=1e-6, abs=1e-12)


def test_values_of_a_bin_without_weight_are_never_drawn() -> None:
    drawn = family("histogram").sampler([CASES[1][0]]).quantile(np.random.default_rng(3).random(50_000), 0)

    assert not ((drawn > -2.5) & (drawn < 0)).any()


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("histogram", CASES[0][0], CASES[1][0], {"edges": (0, 0), "weights": (1,)})


def test_no_spread(laws: Any) -> None:
    laws.constant("histogram", family("histogram").scale(CASES[0][0], 0), 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("histogram", {"edges": (0, 1, 2), "weights": (0, 0)}, "all weights are 0")
    laws.refuses("histogram", {"edges": (0, 1, 2), "weights": (1,)}, "3 edges and 1 weights")
    laws.refuses("histogram", {"edges": (0, 2, 1), "weights": (1, 1)}, "ascend", "sort")
    laws.refuses("histogram", {"edges": (0, 1), "weights": (-1,)}, "negative")
    laws.refuses("histogram", {"edges": (0,), "weights": ()}, "at least 2")
    laws.refuses("histogram", {"edges": (0, float("inf")), "weights": (1,)}, "finite")
