"""poisson {mean}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

CASES = [({"mean": mean}, stats.poisson(mean)) for mean in (0.01, 1, 2.487, 23, 400, 1e5)]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    values = np.arange(0.0, params["mean"] + 10 * params["mean"] ** 0.5 + 40)
    laws.moments("poisson", params, law)
    laws.steps("poisson", params, law)
    laws.bounded_steps("poisson", params, values, law.pmf(values))
    laws.fits("poisson", params, law)
    laws.scales("poisson", params, values=False)


def test_a_large_mean_keeps_its_quantiles() -> None:
    u = np.linspace(0.001, 0.999, 201)
    drawn = family("poisson").sampler([{"mean": 1e7}]).quantile(u, 0)

    assert np.abs(drawn - stats.poisson(1e7).ppf(u)).max() <= 1


def test_a_thousand_cells(laws: Any) -> None:
    laws.cells("poisson", *({"mean": mean} for mean in (0, 0.3, 23, 400)))
    means = np.linspace(0.1, 60, 1000)
    sampler = family("poisson").sampler([{"mean": mean} for mean in means])

    np.testing.assert_array_equal(sampler.quantile(np.full(1000, 0.9), np.arange(1000)), stats.poisson(means).ppf(0.9))


def test_no_spread(laws: Any) -> None:
    laws.constant("poisson", {"mean": 0}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("poisson", {"mean": -3}, "mean", "-3")
    laws.refuses("poisson", {"mean": 1e8}, "1e7", "normal")
