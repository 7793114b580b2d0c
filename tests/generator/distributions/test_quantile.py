"""quantile {knots, log}, of numbers and as a fanout."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

import fanwise
from fanwise.generator.distributions import family

LINEAR = {"knot 0": 0.0, "knot 0.25": 1.0, "knot 0.9": 5.0, "knot 1": 20.0, "log": False}
LOG = {"knot 0": 1.0, "knot 0.5": 9.0, "knot 0.99": 120.0, "knot 1": 217.0, "log": True}
FLAT = {"knot 0": 0.0, "knot 0.4": 0.0, "knot 0.7": 3.0, "knot 0.8": 3.0, "knot 1": 9.0, "log": False}


def strata(params: dict[str, Any], count: int = 1_000_000) -> Any:
    return family("quantile").sampler([params]).quantile((np.arange(count) + 0.5) / count, 0)


def test_between_knots_it_is_the_histogram_of_their_values(laws: Any) -> None:
    law = stats.rv_histogram((np.array([0.25, 0.65, 0.1]), np.array([0.0, 1, 5, 20])), density=False)
    laws.moments("quantile", LINEAR, law)
    laws.quantiles("quantile", LINEAR, law, 1e-12)
    laws.fits("quantile", LINEAR, law)
    laws.scales("quantile", LINEAR, values=True)


def test_with_log_the_logarithm_is_evenly_spread(laws: Any) -> None:
    drawn = family("quantile").sampler([LOG]).quantile(np.array([0.25, 0.5, 0.745, 0.995]), 0)

    assert drawn == pytest.approx([3, 9, np.sqrt(9 * 120), np.sqrt(120 * 217)], rel=1e-12)
    laws.scales("quantile", LOG, values=True)


@pytest.mark.parametrize("params", [LINEAR, LOG, FLAT], ids=["linear", "log", "flat"])
@pytest.mark.parametrize(("low", "high"), [(None, None), (None, 3), (0.5, None), (2, 12), (-5, 300), (3, 3)])
def test_moments_within_bounds(params: dict[str, Any], low: float | None, high: float | None) -> None:
    """Strata of equal probability, fine enough to be the law."""
    made = family("quantile")
    held = np.clip(strata(params), -np.inf if low is None else low, np.inf if high is None else high)

    assert made.bounded_mean(params, low, high) == pytest.approx(held.mean(), rel=1e-6)
    assert made.bounded_variance(params, low, high) == pytest.approx(held.var(), rel=1e-5, abs=1e-12)


def test_equal_knots_hold_a_share_of_one_value() -> None:
    drawn = strata(FLAT, 100_000)

    assert (drawn == 0).mean() == pytest.approx(0.4, abs=1e-4)
    assert (drawn == 3).mean() == pytest.approx(0.1, abs=1e-4)
    assert family("quantile").below(FLAT, 3.0).mass == pytest.approx(0.8)
    assert family("quantile").below(FLAT, 2.999).mass == pytest.approx(0.7, abs=1e-4)


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("quantile", LINEAR, FLAT, {"knot 0": 7.0, "knot 1": 7.0, "log": False})
    laws.constant("quantile", family("quantile").scale(LOG, 0), 0)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("quantile", {"knot 0.1": 1, "knot 1": 2}, "at 0 and at 1")
    laws.refuses("quantile", {"knot 0": 3, "knot 1": 2}, "fall", "sort")
    laws.refuses("quantile", {"knot 0": 0, "knot 1": 2, "log": True}, "above 0")
    laws.refuses("quantile", {"knot 0": 0, "knot 1": float("inf")}, "finite")


SCHEMA = """
fanwise: 1
name: knots
segments: {tier: {table: customer, share: {VIP: 0.5, Casual: 0.5}}}
tables:
  customer:
    rows: 4000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      income: {quantile: {knots: {0: 1, 0.5: {tier: {VIP: 40, Casual: 10}}, 1: 90}}, round: 2}
      spend: {quantile: {knots: {0: 1, 0.5: 9, 1: 217}, log: true}, multiplier: {tier: {VIP: 1.5, Casual: 1}}}
  order:
    parent: customer
    fanout: {quantile: {knots: {0: 0, 0.5: 2, 1: 9}}, multiplier: {tier: {VIP: 1.4, Casual: 1}}}
    columns: {id: {sequence: {}}}
"""


def test_knots_and_factors_differ_by_segment() -> None:
    data = fanwise.dataset(SCHEMA)
    below = data["customer"].with_columns(
        low=pl.col("income") <= pl.when(pl.col("tier") == "VIP").then(40).otherwise(10)
    )
    rows = below.group_by("tier").agg(pl.col("low").mean(), pl.col("spend").mean()).sort("tier").rows()

    assert [low for _, low, _ in rows] == pytest.approx([0.5, 0.5], abs=0.045)
    assert rows[1][2] / rows[0][2] == pytest.approx(1.5, rel=0.1)
    assert data["order"].height / 4000 == pytest.approx(3.25 * 1.2, rel=0.04)
