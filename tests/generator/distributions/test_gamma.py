"""gamma {mean, shape}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

SHAPES = (0.01, 0.05, 0.3, 1, 2.5, 100, 1e4)
CASES = [({"mean": 3, "shape": shape}, stats.gamma(shape, scale=3 / shape)) for shape in SHAPES]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("gamma", params, law)
    laws.quantiles("gamma", params, law, 1e-7)
    laws.fits("gamma", params, law)
    laws.scales("gamma", params, values=True)


@pytest.mark.parametrize(("params", "law"), CASES)
def test_bounded_moments(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.bounded("gamma", params, law, levels=(0.5, 0.8, 0.999) if params["shape"] < 0.5 else (1e-4, 0.1, 0.5, 0.999))


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("gamma", {"mean": 3, "shape": 0.05}, {"mean": 5, "shape": 2}, {"mean": 0, "shape": 2})


def test_the_sample_mean_of_all_strata_is_the_mean() -> None:
    u = (np.arange(1 << 20) + 0.5) / (1 << 20)

    assert family("gamma").sampler([{"mean": 3, "shape": 2}]).quantile(u, 0).mean() == pytest.approx(3, rel=1e-5)


def test_no_spread(laws: Any) -> None:
    laws.constant("gamma", {"mean": 0, "shape": 2}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("gamma", {"mean": -1, "shape": 2}, "mean", "-1")
    laws.refuses("gamma", {"mean": 1, "shape": 0}, "shape", "0.001")
    laws.refuses("gamma", {"mean": 1, "shape": 2e6}, "shape", "normal")
