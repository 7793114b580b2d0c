"""Instants: the conditions on a column that say what it lies after and before."""

from __future__ import annotations

import datetime as dt

import polars as pl

from fanwise.validator import Status

HOLDS = ["ordered_at >= customer.signed_up", "ordered_at < timestamp '2025-01-01 00:00:00'"]


def held(shop, **more: object) -> None:
    shop.contract["tables"]["order"]["columns"]["ordered_at"] = {"type": "timestamp", "holds": HOLDS, **more}


def test_the_order_of_instants_is_kept(shop) -> None:
    held(shop)

    assert shop.statuses("instants") == {"order.ordered_at.1": Status.PASS, "order.ordered_at.2": Status.PASS}


def test_each_condition_has_its_own_finding(shop) -> None:
    held(shop)
    moved = pl.when(pl.col("order_id") == 7).then(dt.datetime(2020, 1, 1)).otherwise("ordered_at")
    shop.frames["order"] = shop.frames["order"].with_columns(ordered_at=moved)
    found = shop.findings("instants")

    assert found["order.ordered_at.1"].status is Status.FAIL
    assert found["order.ordered_at.1"].evidence == {"rows": 1, "sample": ["7"]}
    assert found["order.ordered_at.2"].status is Status.PASS


def test_rows_without_count_are_left_out(shop) -> None:
    held(shop, without=[{"name": "customer.tier", "values": ["VIP", "Standard", "Casual"]}])
    shop.frames["order"] = shop.frames["order"].with_columns(ordered_at=pl.lit(dt.datetime(2020, 1, 1)))

    assert set(shop.statuses("instants").values()) == {Status.PASS}
