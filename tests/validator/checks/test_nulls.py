"""Nulls: none where none are declared."""

from __future__ import annotations

import polars as pl

from fanwise.validator import Status


def test_declared_nulls_pass(shop) -> None:
    assert set(shop.statuses("nulls").values()) == {Status.PASS}


def test_undeclared_nulls_fail_with_their_number(shop) -> None:
    shop.frames["order"] = shop.frames["order"].with_columns(
        amount=pl.when(pl.col("order_id") < 3).then(None).otherwise("amount")
    )
    found = shop.findings("nulls")["order.amount"]

    assert found.status is Status.FAIL
    assert found.evidence["nulls"] == 3


def test_a_key_is_never_null_though_the_column_be_nullable(shop) -> None:
    shop.contract["tables"]["review"]["columns"]["review_id"] = {"type": "int64", "nullable": True}
    shop.frames["review"] = shop.frames["review"].with_columns(
        review_id=pl.when(pl.col("review_id") == 1).then(None).otherwise("review_id")
    )

    found = shop.findings("nulls")["review.review_id"]
    assert found.status is Status.FAIL
    assert found.hint == "fill the column: a key has no nulls."
