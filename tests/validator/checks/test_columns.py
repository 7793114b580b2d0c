"""Columns: missing, of another type, of another width."""

from __future__ import annotations

import polars as pl

from fanwise.validator import Status


def test_declared_types_pass(shop) -> None:
    assert set(shop.statuses("columns").values()) == {Status.PASS}


def test_a_missing_column_fails_and_names_those_there_are(shop) -> None:
    shop.frames["order"] = shop.frames["order"].drop("amount")
    found = shop.findings("columns")["order.amount"]

    assert found.status is Status.FAIL
    assert "customer_id" in found.hint
    assert shop.statuses("direction")["amount.VIP-vs-Standard"] is Status.SKIPPED


def test_another_type_fails_and_another_width_warns(shop) -> None:
    shop.frames["order"] = shop.frames["order"].with_columns(
        amount=pl.col("amount").cast(pl.String), customer_id=pl.col("customer_id").cast(pl.Int32)
    )
    found = shop.findings("columns")

    assert found["order.amount"].status is Status.FAIL
    assert found["order.amount"].message == "order.amount is VARCHAR, float64 (DOUBLE) is declared."
    assert found["order.customer_id"].status is Status.WARN


def test_text_may_be_categorical(shop) -> None:
    shop.frames["customer"] = shop.frames["customer"].with_columns(pl.col("tier").cast(pl.Categorical))
    report = shop.audit()

    assert report.exit_code == 0


def test_unsigned_integers_are_the_type_that_holds_them(shop) -> None:
    shop.frames["order"] = shop.frames["order"].with_columns(pl.col("order_id").cast(pl.UInt32))
    assert shop.statuses("columns")["order"] is Status.PASS
