"""Rare large values: the mean of a column with a heavy tail comes back, and no value of fewer than 20 units is written."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
import yaml

import fanwise


def rare(rows: int, seed: int) -> pl.DataFrame:
    """Return orders of which 2 of 100 have a coupon, whose worth has a heavy tail."""
    random = np.random.default_rng(seed)
    worth = np.where(random.random(rows) < 0.02, random.lognormal(1, 1.3, rows), 0.0).round(2)
    return pl.DataFrame({"order_id": range(rows), "customer_id": random.integers(0, rows // 8, rows), "coupon": worth})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_mean_of_mostly_zeros_comes_back(seed: int) -> None:
    given = rare(40_000, seed)
    text = fanwise.infer({"order": given})
    made = fanwise.dataset(text)["order"]

    assert made["coupon"].mean() == pytest.approx(given["coupon"].mean(), rel=0.15)
    assert made["coupon"].max() > given["coupon"].sort(descending=True)[19]  # type: ignore[operator]


def test_no_knot_is_a_value_of_fewer_than_20_units() -> None:
    given = rare(40_000, 4)
    units = given.group_by("coupon").agg(pl.col("customer_id").n_unique().alias("units"))
    few = set(units.filter(pl.col("units") < 20)["coupon"].to_list())
    found = re.search(r"coupon: \{quantile: \{knots: (\{.*?\})", fanwise.infer({"order": given}))
    assert found

    knots = yaml.safe_load(found[1])
    assert max(knots.values()) > given["coupon"].sort(descending=True)[19]
    assert not few & set(knots.values())


def test_what_one_unit_alone_makes_large_is_cut_off() -> None:
    """The mean of what lies beyond the 20th largest would tell its value: more than half of it is its own."""
    given = rare(40_000, 5)
    one = given.with_columns(coupon=pl.when(pl.col("order_id") == 7).then(987_654.0).otherwise("coupon"))
    found = re.search(r"coupon: \{quantile: \{knots: (\{.*?\})", fanwise.infer({"order": one}))
    assert found
    assert max(yaml.safe_load(found[1]).values()) <= one["coupon"].sort(descending=True)[19]
