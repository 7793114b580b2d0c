"""Samples: the part of a large table that is looked at is the rows whose key ends in zeros, and the report says so."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import Status
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.sql import sampling
from tests.validator.checks.test_distribution import VALUE, amounts, declared


@pytest.fixture
def sampled_shop(shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sampling, "MOST_ROWS", 1000)
    monkeypatch.setattr(sampling, "PART_ROWS", shop.frames["order"].height // 4)
    declared(shop)
    shop.contract["distributions"].append(
        {"table": "item", "per": "order", "cells": [{"at_most": [[1, 0.3], [2, 0.7]]}]}
    )
    return shop


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of the audits of a test."""
    asked: list[str] = []
    rows = Warehouse.rows

    def recorded(self: Warehouse, sql: str, values: object = ()) -> object:
        asked.append(sql)
        return rows(self, sql, values)  # type: ignore[arg-type]

    monkeypatch.setattr(Warehouse, "rows", recorded)
    return asked


def test_the_part_is_the_keys_that_end_in_zeros(sampled_shop) -> None:
    shop = sampled_shop
    shop.frames["order"] = shop.frames["order"].with_columns(pl.col("amount") * 2)
    vips = shop.frames["customer"].filter(tier="VIP")
    part = shop.frames["order"].join(vips, on="customer_id", how="semi").filter(pl.col("order_id") & 3 == 0)
    found = shop.findings("distribution")["order.amount.VIP"]

    assert found.n == (part.height,)
    assert found.estimate == pytest.approx(part["amount"].median())


def test_a_part_is_read_once_and_named(sampled_shop, statements: list[str]) -> None:
    found = sampled_shop.findings("distribution")["order.amount"]
    made = [sql.partition(" AS ")[0] for sql in statements if sql.startswith('CREATE OR REPLACE TEMP TABLE "1 of')]

    assert found.status is Status.PASS
    assert found.message == "order.amount: values are distributed as declared (looked at: 25.0 % of order)."
    assert len(made) == len(set(made)) >= 1


def test_rows_of_a_part_are_joined_to_the_part_above(sampled_shop, statements: list[str]) -> None:
    shop = sampled_shop
    cells = [{"at": [tier], "at_most": amounts(factor)} for tier, factor in VALUE.items()]
    shop.contract["distributions"].append({"table": "item", "column": "price", "by": ["customer.tier"], "cells": cells})
    tiers = shop.frames["customer"].filter(tier="VIP")
    orders = shop.frames["order"].join(tiers, on="customer_id", how="semi")
    prices = shop.frames["item"].join(orders, on="order_id", how="semi")
    parts = sampling.parts(shop.frames["item"].height)
    found = shop.findings("distribution")
    (scan,) = (sql for sql in statements if sql.startswith("SELECT cells.cell") and '"price"' in sql)

    assert 'LEFT JOIN "1 of 4 parts of order by order_id" AS r1' in scan
    assert found["item.price.VIP"].n == (prices.filter(pl.col("order_id") & (parts - 1) == 0).height,)


def test_what_warns_names_the_part_too(sampled_shop) -> None:
    shop = sampled_shop
    order = shop.contract["tables"]["order"]["columns"]
    order["amount"] = {"type": "float64", "nullable": True, "nulls": 0.5} | {"kind": "continuous"}
    amount = pl.when(pl.col("customer_id") % 3 == 0).then(pl.col("amount") * 2).alias("amount")
    shop.frames["order"] = shop.frames["order"].with_columns(amount)
    found = {**shop.findings("distribution"), **shop.findings("null_share")}
    warned = {name: each.message for name, each in found.items() if each.status is Status.WARN}
    cells = {name: message for name, message in warned.items() if name != "order.amount"}

    assert "order.amount" in warned
    assert "looked at" not in warned["order.amount"]  # all rows are counted
    assert cells
    assert all("(looked at: 25.0 % of order)." in message for message in cells.values())


def test_a_leak_names_the_part(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST_ROWS", 100)
    monkeypatch.setattr(sampling, "PART_ROWS", shop.frames["order"].height // 2)
    del shop.contract["effects"]["orders"]
    shop.contract["expect"] = {}
    found = shop.findings("leak").values()

    assert any("(looked at: 50.0 % of customer)." in each.message for each in found)
