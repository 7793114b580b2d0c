"""Null shares: as many values are missing as declared, in all and in each cell."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import Status


def nullable(shop, share: float, missing: pl.Expr) -> None:
    shop.contract["tables"]["review"]["columns"]["kind"] = {"type": "text", "nullable": True, "nulls": share}
    kind = pl.when(missing).then(None).otherwise("kind")
    shop.frames["review"] = shop.frames["review"].with_columns(kind=kind)


@pytest.mark.parametrize(
    ("declared", "every", "wanted"),
    [
        (0.1, 10, Status.PASS),
        (0.05, 2, Status.WARN),
        (0.5, 20, Status.WARN),
        (0.001, 1000, Status.PASS),
        (0.001, 10, Status.WARN),
    ],
)
def test_the_share_of_nulls(shop, declared: float, every: int, wanted: Status) -> None:
    nullable(shop, declared, pl.col("review_id") % every == 0)

    assert shop.statuses("null_share") == {"review.kind": wanted}


def test_no_nulls_where_many_are_declared_warn(shop) -> None:
    nullable(shop, 0.2, pl.lit(False))

    assert shop.statuses("null_share") == {"review.kind": Status.WARN}


def test_nulls_of_one_segment_only_warn_there(shop) -> None:
    cells = [{"at": [tier]} for tier in ("VIP", "Standard", "Casual")]
    shop.contract["distributions"] = [{"table": "review", "column": "kind", "by": ["customer_id.tier"], "cells": cells}]
    nullable(shop, 0.1, pl.col("review_id") % 10 == 0)
    assert shop.statuses("null_share") == {"review.kind": Status.PASS}

    casual = shop.frames["customer"].filter(pl.col("tier") == "Casual")["customer_id"].to_list()
    nullable(shop, 0.1, pl.col("customer_id").is_in(casual) & (pl.col("review_id") % 3 == 0))
    found = shop.findings("null_share")
    assert found["review.kind.Casual"].status is Status.WARN
