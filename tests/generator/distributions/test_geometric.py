"""geometric {mean}, from 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [({"mean": mean}, stats.geom(1 / (1 + mean), loc=-1)) for mean in (0.01, 1, 3.7, 50)]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    values = np.arange(0.0, 60 * (1 + params["mean"]))
    laws.moments("geometric", params, law)
    laws.steps("geometric", params, law)
    laws.bounded_steps("geometric", params, values, law.pmf(values))
    laws.fits("geometric", params, law)
    laws.scales("geometric", params, values=False)


def test_a_large_mean_needs_no_table() -> None:
    """P(X > k) = q^(k + 1), so the quantile is where −log(1 − u) reaches a multiple of −log q."""
    drawn = family("geometric").sampler([{"mean": 1e9}]).quantile(np.array([0.25, 0.5, 1 - 1e-9]), 0)

    np.testing.assert_allclose(drawn, -np.log1p(-np.array([0.25, 0.5, 1 - 1e-9])) / np.log1p(1e-9), atol=1)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("geometric", {"mean": 3}, {"mean": 0}, {"mean": 1e6})


def test_no_spread(laws: Any) -> None:
    laws.constant("geometric", {"mean": 0}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("geometric", {"mean": -3}, "mean", "-3")
