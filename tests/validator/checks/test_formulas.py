"""Formulas: an expression gives the value of every row; nothing is rounded away."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import ContractError, Status


def computed(shop, formula: str, values: pl.Expr, **more: object) -> None:
    shop.contract["tables"]["item"]["columns"]["total"] = {"type": "float64", "equals": formula, **more}
    orders = shop.frames["order"].select("order_id", "amount")
    joined = shop.frames["item"].join(orders, on="order_id", how="left", maintain_order="left")
    shop.frames["item"] = joined.with_columns(total=values).drop("amount")


def test_a_formula_over_the_parent_passes(shop) -> None:
    computed(shop, "price * 2 + order.amount", pl.col("price") * 2 + pl.col("amount"))

    assert shop.statuses("formula") == {"item.total": Status.PASS}


@pytest.mark.parametrize("other", [pl.lit(0.01), pl.lit(1e-9), pl.lit(None, pl.Float64)])
def test_one_other_value_is_found(shop, other: pl.Expr) -> None:
    first = (pl.col("order_id") == 5) & (pl.col("line_no") == 1)
    right = pl.col("price") * 2
    computed(shop, "price * 2", pl.when(first).then(right + other).otherwise(right), nullable=True)
    found = shop.findings("formula")["item.total"]

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": 1, "sample": ["5 + 1"]}


def test_nulls_at_random_are_left_out(shop) -> None:
    some = pl.when(pl.col("order_id") % 10 == 0).then(None).otherwise(pl.col("price"))
    computed(shop, "price", some, nullable=True, nulls=0.1)

    assert shop.statuses("formula") == {"item.total": Status.PASS}


def test_replaced_rows_are_left_out(shop) -> None:
    computed(shop, "price", pl.when(pl.col("line_no") == 1).then(0.0).otherwise(pl.col("price")))
    assert shop.statuses("formula") == {"item.total": Status.FAIL}

    shop.contract["tables"]["item"]["columns"]["total"]["without"] = [{"name": "line_no", "values": ["1"]}]
    assert shop.statuses("formula") == {"item.total": Status.PASS}


def test_a_formula_that_is_not_of_the_language_is_refused(shop) -> None:
    computed(shop, "random(price)", pl.col("price"))
    with pytest.raises(ContractError, match="unknown function 'random'"):
        shop.audit()


def test_one_rule_that_cannot_be_asked_leaves_the_others_alone(shop) -> None:
    computed(shop, "price", pl.col("price"))
    shop.contract["checks"] = ["item.price > 0", "cast(item.price * 1e300 as bigint) > 0"]
    statuses = shop.statuses("condition")

    assert statuses == {"item.1": Status.PASS, "item.2": Status.ERROR}
    assert shop.statuses("formula") == {"item.total": Status.PASS}
