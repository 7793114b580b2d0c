"""Distinct: below one row, values are all different."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanwise.validator import ContractError, Status
from fanwise.validator.sql import sampling


def ruled(shop, **rule: Any) -> None:
    shop.contract["tables"]["item"]["distinct"] = [{"columns": "price", **rule}]
    nth = pl.int_range(pl.len()).over("order_id")
    shop.frames["item"] = shop.frames["item"].with_columns(price=nth.cast(pl.Float64))


def test_different_values_pass(shop) -> None:
    ruled(shop)

    assert shop.statuses("distinct") == {"item.price.order": Status.PASS}


def test_a_repeat_is_found(shop) -> None:
    ruled(shop)
    doubled = shop.frames["item"].filter(pl.col("order_id") == 4).head(1).with_columns(line_no=pl.lit(77, pl.Int64))
    shop.frames["item"] = pl.concat([shop.frames["item"], doubled])
    found = shop.findings("distinct")["item.price.order"]

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": 1, "sample": ["4 + 0.0"]}


def test_a_path_leads_further_up(shop) -> None:
    ruled(shop, path=["order_id", "customer_id"])
    assert shop.statuses("distinct") == {"item.price.customer": Status.FAIL}

    shop.frames["item"] = shop.frames["item"].with_columns(price=pl.int_range(pl.len()).cast(pl.Float64))
    assert shop.statuses("distinct") == {"item.price.customer": Status.PASS}


def test_of_many_rows_a_part_of_the_groups_is_looked_at(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST_ROWS", 100)
    monkeypatch.setattr(sampling, "PART_ROWS", shop.frames["item"].height // 8)
    ruled(shop)
    found = shop.findings("distinct")["item.price.order"]
    assert found.status is Status.PASS
    assert "looked at: 12.5 %" in found.message

    shop.frames["item"] = shop.frames["item"].with_columns(price=pl.lit(1.0))
    assert shop.statuses("distinct") == {"item.price.order": Status.FAIL}


def test_rules_that_do_not_fit_are_refused(shop) -> None:
    ruled(shop, path=["amount"])
    with pytest.raises(ContractError, match="item has no edge along amount"):
        shop.audit()
