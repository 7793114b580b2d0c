"""Trend: Jonckheere–Terpstra along the claimed order is told, and decides nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.validator import Status


def counted(shop) -> pl.DataFrame:
    own = shop.frames["order"].group_by("customer_id").len()
    return shop.frames["customer"].join(own, on="customer_id", how="left").with_columns(pl.col("len").fill_null(0))


def test_it_is_kendalls_tau_of_the_order(shop) -> None:
    found = shop.findings("trend")["orders"]
    rows = counted(shop)
    place = rows["tier"].replace_strict({"VIP": 2, "Standard": 1, "Casual": 0}).to_numpy()
    expected = stats.kendalltau(place, rows["len"].to_numpy(), method="asymptotic", alternative="greater")

    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.status is Status.PASS


def test_a_reversed_order_is_told(make) -> None:
    shop = make(fanout={"VIP": 0.6, "Standard": 1.0, "Casual": 1.6}).only_effects("orders")
    found = shop.findings("trend")["orders"]

    assert found.estimate < -5
    assert found.p > 0.999
    assert "against VIP > Standard > Casual" in found.message


def test_means_of_a_varying_number_of_rows_have_no_p(shop) -> None:
    assert shop.findings("trend")["amount"].p is None


def test_equal_claims_are_no_order(shop) -> None:
    shop.only_effects("orders").contract["effects"]["orders"]["declared"] = {"VIP": 1.6, "Standard": 1, "Casual": 1}

    assert shop.findings("trend") == {}
    assert np.isfinite(shop.findings("difference")["orders"].estimate)
