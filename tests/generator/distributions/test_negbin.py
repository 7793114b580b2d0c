"""negbin {mean, k}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

NUMBERS = ((0.5, 0.1), (5, 1.3), (200, 5), (40, 1e4), (10, 1e-3))
CASES = [({"mean": mean, "k": k}, stats.nbinom(k, k / (k + mean))) for mean, k in NUMBERS]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("negbin", params, law)
    laws.scales("negbin", params, values=False)


@pytest.mark.parametrize(("params", "law"), CASES[:-1])
def test_draws(laws: Any, params: dict[str, float], law: Any) -> None:
    values = np.arange(0.0, law.isf(1e-17) + 10)
    laws.steps("negbin", params, law)
    laws.bounded_steps("negbin", params, values, law.pmf(values))
    laws.fits("negbin", params, law)


@pytest.mark.parametrize(("mean", "k"), [(1e4, 0.05), (1e6, 0.01), (1e6, 100)])
def test_a_heavy_tail_beyond_the_table(laws: Any, mean: float, k: float) -> None:
    law, u = stats.nbinom(k, k / (k + mean)), np.array([0.5, 0.9, 0.97, 0.999, 1 - 1e-6, 1 - 1e-9])
    drawn = family("negbin").sampler([{"mean": mean, "k": k}]).quantile(u, 0)

    np.testing.assert_allclose(drawn, law.isf(1 - u), rtol=1e-6, atol=1)
    laws.fits("negbin", {"mean": mean, "k": k}, law)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("negbin", {"mean": 5, "k": 1.3}, {"mean": 0, "k": 2}, {"mean": 1e4, "k": 0.05})


def test_no_spread(laws: Any) -> None:
    laws.constant("negbin", {"mean": 0, "k": 1}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("negbin", {"mean": -3, "k": 1}, "mean", "-3")
    laws.refuses("negbin", {"mean": 3, "k": 0}, "k is 0", "above 0")
    laws.refuses("negbin", {"mean": 3, "k": 1e10}, "poisson")
