"""zipf {s, n}, ranks 1 to n."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from fanwise.generator.distributions import family

CASES = [({"s": s, "n": n}, stats.zipfian(s, n)) for s, n in ((1.1, 10), (1, 5000), (0.3, 9000), (2.5, 20_000))]


@pytest.mark.parametrize(("params", "law"), CASES)
def test_law(laws: Any, params: dict[str, float], law: Any) -> None:
    values = np.arange(1.0, params["n"] + 1)
    shares = values ** -params["s"]
    laws.moments("zipf", params, law)
    laws.steps("zipf", params, law)
    laws.bounded_steps("zipf", params, values, shares / math.fsum(shares))
    laws.fits("zipf", params, law)


@pytest.mark.parametrize("s", [0, 0.01, 0.5, 0.999999, 1, 1.000001, 1.5, 3])
def test_the_tail_beyond_the_table_is_the_sum(s: float) -> None:
    """Every rank of a table of 100,000, most of them in the closed tail, is the first whose exact sum reaches u."""
    ranks = np.arange(1.0, 100_001)
    shares = ranks**-s / math.fsum(ranks**-s)
    above = np.append(np.cumsum(shares[::-1])[::-1][1:], 0.0)
    u = (np.arange(20_000) + 0.37) / 20_000
    wanted = np.searchsorted(-above, -(1 - u)) + 1
    drawn = family("zipf").sampler([{"s": s, "n": 100_000}]).quantile(u, 0)

    assert np.abs(drawn - wanted).max() <= 1
    assert (drawn != wanted).mean() < 1e-3


@pytest.mark.parametrize("n", [5000, 100_000])
@pytest.mark.parametrize("s", [0.5, 0.8, 1, 1.5])
def test_the_tail_steps_within_a_millionth_of_a_rank(s: float, n: int) -> None:
    ranks = np.arange(1.0, n + 1)
    weights = ranks**-s / math.fsum(ranks**-s)
    for rank in (4097, 4100, 4990):
        step = 1 - math.fsum(weights[rank:])
        u = step + np.array([-1e-6, 1e-6]) * weights[rank - 1]

        assert family("zipf").sampler([{"s": s, "n": n}]).quantile(u, 0).tolist() == [rank, rank + 1]


def test_a_million_million_ranks() -> None:
    made, params = family("zipf"), {"s": 2.0, "n": 10**12}
    u = np.array([0.5, 0.99, 0.99999, 1 - 1e-9])
    drawn = made.sampler([params]).quantile(u, 0)
    beyond = special.zeta(2.0, 1e12 + 1)
    total = special.zeta(2.0, 1) - beyond

    assert made.mean(params) == pytest.approx((math.log(1e12) + np.euler_gamma) / total, rel=1e-11)
    assert ((special.zeta(2.0, drawn + 1.0) - beyond) / total <= (1 - u) * (1 + 1e-12)).all()
    assert ((special.zeta(2.0, drawn + 0.0) - beyond) / total > (1 - u) * (1 - 1e-12)).all()


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("zipf", {"s": 1.1, "n": 10}, {"s": 0.8, "n": 10**12}, {"s": 1, "n": 10**6}, {"s": 2, "n": 1})


def test_no_spread(laws: Any) -> None:
    laws.constant("zipf", {"s": 1.1, "n": 1}, 1)


def test_factors_act_on_the_drawn_integer() -> None:
    with pytest.raises(ValueError, match="drawn integer"):
        family("zipf").scale({"s": 1, "n": 6}, 1.4)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("zipf", {"s": -1, "n": 10}, "s is -1")
    laws.refuses("zipf", {"s": 1, "n": 0}, "n is 0", "integer")
    laws.refuses("zipf", {"s": 1, "n": 2.5}, "n is 2.5", "integer")
