"""beta {mean, n}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

NUMBERS = ((0.5, 2), (0.3, 10), (0.01, 0.5), (0.99, 3), (0.001, 40), (0.2, 1e4), (0.5, 0.1))
CASES = [({"mean": mean, "n": n}, stats.beta(mean * n, (1 - mean) * n)) for mean, n in NUMBERS]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.moments("beta", params, law)
    laws.quantiles("beta", params, law, 1e-7)
    if 0.1 < params["mean"] < 0.9 and params["n"] >= 2:  # else rounding to 0 and 1 puts mass on single values
        laws.fits("beta", params, law)


@pytest.mark.parametrize(("params", "law"), [case for case in CASES if case[0]["n"] >= 2 and case[0]["mean"] > 0.1])
def test_bounded_moments(laws: Any, params: dict[str, float], law: Any) -> None:
    laws.bounded("beta", params, law, levels=(0.1, 0.5, 0.8) if params["mean"] > 0.9 else (1e-3, 0.1, 0.5, 0.8, 0.999))


@pytest.mark.parametrize("mean", [0.001, 0.01, 0.9, 0.999])
def test_bounded_moments_of_a_u_shape(mean: float) -> None:
    """Mirrored laws have mirrored moments: 1 − X is beta with mean 1 − mean."""
    made, params, mirror = family("beta"), {"mean": mean, "n": 0.2}, {"mean": 1 - mean, "n": 0.2}

    assert made.bounded_mean(params, 0.2, 0.7) == pytest.approx(1 - made.bounded_mean(mirror, 0.3, 0.8), rel=1e-9)
    assert made.bounded_variance(params, 0.2, 0.7) == pytest.approx(made.bounded_variance(mirror, 0.3, 0.8), rel=1e-8)


def test_values_near_1_are_as_exact_as_values_near_0() -> None:
    made, u = family("beta"), 1e-6
    low = made.sampler([{"mean": 0.001, "n": 3}]).quantile(np.array([1 - u]), 0)[0]
    high = made.sampler([{"mean": 0.999, "n": 3}]).quantile(np.array([u]), 0)[0]

    assert 1 - high == pytest.approx(low, rel=1e-7)


def test_scale_keeps_n_and_stops_below_1() -> None:
    made = family("beta")

    assert made.scale({"mean": 0.3, "n": 10}, 2) == {"mean": 0.6, "n": 10}
    with pytest.raises(ValueError, match=r"mean is 0\.3.*3\.33333"):
        made.scale({"mean": 0.3, "n": 10}, 4)
    with pytest.raises(ValueError, match="0 or more"):
        made.scale({"mean": 0.3, "n": 10}, -1)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("beta", {"mean": 0.3, "n": 10}, {"mean": 0, "n": 10}, {"mean": 0.01, "n": 0.5})


def test_no_spread(laws: Any) -> None:
    laws.constant("beta", {"mean": 0.0, "n": 3}, 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("beta", {"mean": 1, "n": 2}, "mean is 1", "between 0 and 1")
    laws.refuses("beta", {"mean": 0, "n": 2}, "mean is 0", "between 0 and 1")
    laws.refuses("beta", {"mean": 0.5, "n": 0}, "n is 0")
    laws.refuses("beta", {"mean": 0.5, "n": 2e6}, "normal")
