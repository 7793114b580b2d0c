"""mixture: flat parameters NAME.weight, NAME.KIND.PARAMETER."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from fanwise.generator.distributions import family

Params = dict[str, Any]

USUAL: Params = {
    "usual.weight": 9, "usual.normal.mean": 20, "usual.normal.sd": 3,
    "slow.weight": 1, "slow.gamma.mean": 90, "slow.gamma.shape": 4,
}  # fmt: skip
COUNTS: Params = {
    "none.weight": 2, "none.fixed.value": 0,
    "some.weight": 5, "some.poisson.mean": 4,
    "dice.weight": 3, "dice.integer.min": 1, "dice.integer.max": 6,
}  # fmt: skip


def usual_cdf(x: Any) -> Any:
    return 0.9 * stats.norm(20, 3).cdf(x) + 0.1 * stats.gamma(4, scale=22.5).cdf(x)


def count_shares(top: int = 60) -> Any:
    values = np.arange(top)
    return 0.2 * (values == 0) + 0.5 * stats.poisson(4).pmf(values) + 0.3 * ((values >= 1) & (values <= 6)) / 6


def test_moments_are_those_of_the_mixed_laws() -> None:
    made = family("mixture")
    mean = 0.9 * 20 + 0.1 * 90

    assert made.check(USUAL) is None
    assert made.mean(USUAL) == pytest.approx(mean)
    assert made.variance(USUAL) == pytest.approx(0.9 * (9 + (20 - mean) ** 2) + 0.1 * (90**2 / 4 + (90 - mean) ** 2))


@pytest.mark.parametrize(("low", "high"), [(None, 60.0), (18.0, None), (15.0, 100.0)])
def test_bounds(low: float | None, high: float | None) -> None:
    made, start, stop = family("mixture"), -20.0 if low is None else low, 900.0 if high is None else high
    edges = np.linspace(start, stop, 60)
    above = math.fsum(
        integrate.quad(lambda x: 1 - usual_cdf(x), a, b, epsabs=1e-13)[0] for a, b in itertools.pairwise(edges)
    )

    assert made.bounded_mean(USUAL, low, high) == pytest.approx(start + above, rel=1e-9)


@pytest.mark.parametrize(("low", "high"), [(None, None), (1, 5), (None, 3), (2, None)])
def test_bounds_of_counts(low: float | None, high: float | None) -> None:
    made, held = family("mixture of counts"), np.clip(np.arange(60.0), low, high)
    mean = math.fsum(count_shares() * held)

    assert made.bounded_mean(COUNTS, low, high) == pytest.approx(mean)
    assert made.bounded_variance(COUNTS, low, high) == pytest.approx(math.fsum(count_shares() * (held - mean) ** 2))


def test_a_sample_fits() -> None:
    u = np.random.default_rng(3).random(20_000)
    drawn = family("mixture").sampler([USUAL]).quantile(u, 0)
    counted = family("mixture of counts").sampler([COUNTS]).quantile(u, 0)
    seen = np.bincount(np.minimum(counted, 11), minlength=12)
    shares = count_shares()
    expected = np.append(shares[:11], shares[11:].sum()) * 20_000

    assert stats.kstest(drawn, usual_cdf).pvalue > 0.01
    assert counted.dtype == np.int64
    assert stats.chisquare(seen, expected).pvalue > 0.01


def test_a_uniform_is_located_and_its_place_is_the_component_s_own() -> None:
    """Up to the share of the first component the quantiles are its own, stretched; then those of the second."""
    drawn = family("mixture").sampler([USUAL]).quantile(np.array([0.45, 0.09, 0.95]), 0)

    assert drawn == pytest.approx([20, 20 + 3 * special.ndtri(0.1), stats.gamma(4, scale=22.5).ppf(0.5)], rel=1e-7)


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0, 1.7])
@pytest.mark.parametrize(("name", "params"), [("mixture", USUAL), ("mixture of counts", COUNTS)])
def test_a_factor_multiplies_the_mean(name: str, params: Params, factor: float) -> None:
    made = family(name)
    scaled = made.scale(params, factor)
    drawn = made.sampler([scaled]).quantile(np.random.default_rng(5).random(40_000), 0)

    assert made.mean(scaled) == pytest.approx(factor * made.mean(params))
    assert drawn.mean() == pytest.approx(made.mean(scaled), abs=4 * math.sqrt(made.variance(scaled) / 40_000) + 1e-12)
    assert drawn.var() == pytest.approx(made.variance(scaled), rel=0.06)


def test_factors_compose() -> None:
    made = family("mixture of counts")

    assert made.mean(made.scale(made.scale(COUNTS, 2.0), 0.7)) == pytest.approx(1.4 * made.mean(COUNTS))


def test_a_component_without_a_factor_refuses_for_all() -> None:
    params = {"a.weight": 1, "a.student_t.mean": 0, "a.student_t.sd": 1, "a.student_t.df": 3}

    with pytest.raises(ValueError, match="a: student_t has no parameter"):
        family("mixture").scale(params, 2.0)


def test_a_component_of_weight_0_is_never_drawn() -> None:
    nothing = {**COUNTS, "dice.weight": 0, "none.weight": 0, "dice.integer.min": -9, "dice.integer.max": -9}
    u = np.concatenate([np.linspace(1e-9, 1 - 1e-9, 999), [2.0**-53, 1 - 2.0**-53]])

    assert (family("mixture of counts").sampler([nothing]).quantile(u, 0) >= 0).all()
    assert family("mixture of counts").mean(nothing) == pytest.approx(4)


def test_cells_are_apart(laws: Any) -> None:
    other = {**USUAL, "usual.weight": 1, "slow.gamma.shape": 2}

    laws.cells("mixture", USUAL, other, family("mixture").scale(USUAL, 2.0))
    laws.cells("mixture of counts", COUNTS, family("mixture of counts").scale(COUNTS, 1.5))


def test_the_upper_quantile_is_a_bound() -> None:
    for tail in (0.3, 1e-3, 1e-9):
        assert 1 - usual_cdf(family("mixture").upper(USUAL, tail)) <= tail * (1 + 1e-9)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("mixture", {**USUAL, "usual.normal.sd": -3}, "usual", "sd is -3")
    laws.refuses("mixture", {**USUAL, "usual.weight": -1}, "0 or more")
    laws.refuses("mixture", {**USUAL, "usual.weight": 0, "slow.weight": 0}, "all weights are 0")
    laws.refuses("mixture of counts", USUAL, "usual", "poisson")
