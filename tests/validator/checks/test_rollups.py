"""Roll-ups: what the rows below come to, exactly where values lie on a grid, else to the last digit that is written."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanwise.validator import ContractError, Status


def rolled(shop, aggregate: str, below: str = "item.price", kind: str = "float64", **more: Any) -> None:
    """Give each order what its items come to."""
    shop.contract["tables"]["order"]["columns"]["total"] = {"type": kind, "rollup": {aggregate: below}, **more}
    _, _, column = below.partition(".")
    value = pl.len() if not column else getattr(pl.col(column), aggregate)()
    totals = shop.frames["item"].group_by("order_id").agg(total=value)
    orders = shop.frames["order"].join(totals, on="order_id", how="left", maintain_order="left")
    orders = orders.with_columns(pl.col("total").fill_null(0)) if aggregate in ("sum", "count") else orders
    shop.frames["order"] = orders.with_columns(
        pl.col("total").round(more["decimals"]) if "decimals" in more else "total"
    )


@pytest.mark.parametrize(
    ("aggregate", "below", "kind", "more"),
    [
        ("sum", "item.price", "float64", {"decimals": 2}),
        ("sum", "item.price", "float64", {"decimals": 0}),
        ("mean", "item.price", "float64", {"decimals": 4, "nullable": True}),
        ("min", "item.price", "float64", {"nullable": True}),
        ("max", "item.price", "float64", {"nullable": True}),
        ("count", "item", "int64", {}),
        ("count", "item.price", "int64", {}),
        ("sum", "item.line_no", "int64", {}),
    ],
)
def test_right_totals_pass_and_one_wrong_digit_fails(shop, aggregate, below, kind, more) -> None:
    rolled(shop, aggregate, below, kind, **more)
    if shop.frames["order"]["total"].dtype == pl.UInt32:
        shop.frames["order"] = shop.frames["order"].with_columns(pl.col("total").cast(pl.Int64))
    assert shop.statuses("rollup") == {"order.total": Status.PASS}

    step = 1 if kind == "int64" else 10.0 ** -more.get("decimals", 2)
    wrong = pl.when(pl.col("order_id") == 11).then(pl.col("total") + step).otherwise("total")
    shop.frames["order"] = shop.frames["order"].with_columns(total=wrong)
    found = shop.findings("rollup")["order.total"]

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": 1, "sample": ["11"]}


def test_a_lost_row_below_is_found(shop) -> None:
    rolled(shop, "sum", decimals=2)
    shop.frames["item"] = shop.frames["item"].slice(1)

    assert shop.statuses("rollup") == {"order.total": Status.FAIL}


def test_rows_without_rows_below_come_to_zero_or_null(shop) -> None:
    gone = pl.col("order_id") != 20
    shop.frames["item"] = shop.frames["item"].filter(gone)
    rolled(shop, "sum", decimals=2)
    assert shop.statuses("rollup") == {"order.total": Status.PASS}

    rolled_again = shop.frames["order"].with_columns(total=pl.when(gone).then(pl.col("total")).otherwise(None))
    shop.frames["order"] = rolled_again
    assert shop.statuses("rollup") == {"order.total": Status.FAIL}


def test_sums_of_floats_may_be_added_in_any_order(shop) -> None:
    shop.contract["tables"]["item"]["columns"]["price"] = "float64"
    third = pl.col("price") / 3 + 1e9
    shop.frames["item"] = shop.frames["item"].with_columns(price=third).sort("line_no", "price")
    rolled(shop, "sum")

    assert shop.statuses("rollup") == {"order.total": Status.PASS}


def test_decimals_are_added_exactly_and_slack_is_granted_per_row(shop) -> None:
    cents = pl.col("price").cast(pl.Decimal(15, 2))
    shop.contract["tables"]["item"]["columns"]["price"] = {"type": "decimal(15,2)", "decimals": 2}
    shop.frames["item"] = shop.frames["item"].with_columns(price=cents)
    rolled(shop, "sum", kind="decimal(15,2)", decimals=2)
    shop.frames["order"] = shop.frames["order"].with_columns(pl.col("total").cast(pl.Decimal(15, 2)))
    assert shop.statuses("rollup") == {"order.total": Status.PASS}

    cent = pl.lit("0.01").cast(pl.Decimal(15, 2))
    shop.frames["order"] = shop.frames["order"].with_columns(total=(pl.col("total") + cent).cast(pl.Decimal(15, 2)))
    assert shop.statuses("rollup") == {"order.total": Status.FAIL}

    shop.contract["tables"]["order"]["columns"]["total"]["rollup"]["slack"] = 0.01
    assert shop.statuses("rollup") == {"order.total": Status.PASS}


@pytest.mark.parametrize(
    ("rollup", "why"),
    [
        ({"sum": "review.stars"}, "review is not a child of order"),
        ({"sum": "item"}, "'sum' needs table.column"),
        ({"sum": "item.weight"}, "unknown column of item 'weight'"),
        ({"sum": "nothing.price"}, "unknown table 'nothing'"),
        ({"slack": 1}, "order.columns.total"),
    ],
)
def test_roll_ups_that_do_not_fit_are_refused(shop, rollup: dict[str, Any], why: str) -> None:
    shop.contract["tables"]["order"]["columns"]["total"] = {"type": "float64", "rollup": rollup}
    with pytest.raises(ContractError) as refused:
        shop.audit()
    assert why in str(refused.value)
