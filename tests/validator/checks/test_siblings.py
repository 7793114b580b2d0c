"""Rules on the rows below one parent, from a contract written by hand."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanwise.validator import ContractError, Status


def ruled(shop, value: pl.Expr, **rule: Any) -> None:
    """Give each item a value, and the rule that it keeps."""
    item = shop.contract["tables"]["item"]
    item["order"] = "line_no"
    kind = {pl.Int64: "int64", pl.String: "text"}
    ordered = shop.frames["item"].sort("order_id", "line_no").with_columns(value.alias("x"))
    shop.frames["item"] = ordered
    item["columns"]["x"] = {"type": kind.get(type(ordered["x"].dtype), "float64"), "nullable": True, **rule}


def shifted(places: int, otherwise: Any) -> pl.Expr:
    number = pl.int_range(pl.len()).over("order_id")
    alone = number == (0 if places > 0 else pl.len().over("order_id") - 1)
    return pl.when(alone).then(otherwise).otherwise(pl.col("price").shift(places).over("order_id"))


RULES: dict[str, tuple[pl.Expr, dict[str, Any]]] = {
    "previous": (shifted(1, -1.0), {"series": {"take": "previous", "of": "price", "start": "-1"}, "decimals": 2}),
    "next": (shifted(-1, None), {"series": {"take": "next", "of": "price"}, "decimals": 2}),
    "sum": (
        pl.col("price").cum_sum().over("order_id").round(2) + 1.5,
        {"series": {"take": "sum", "of": "price", "start": "1.5"}, "decimals": 2},
    ),
    "sum_of_fractions": (
        (pl.col("price") / 3).cum_sum().over("order_id"),
        {"series": {"take": "sum", "of": "price / 3"}},
    ),
    "count": (pl.col("price").cum_count().over("order_id").cast(pl.Int64), {"series": {"take": "count", "of": "price"}}),
    "min": (pl.col("price").cum_min().over("order_id"), {"series": {"take": "min", "of": "price"}, "decimals": 2}),
    "max": (pl.col("price").cum_max().over("order_id"), {"series": {"take": "max", "of": "price"}, "decimals": 2}),
    "moves": (
        pl.when(pl.int_range(pl.len()).over("order_id") == 0).then(pl.lit("new")).otherwise(pl.lit("old")),
        {"moves": {"start": "new", "next": {"new": ["old"], "old": ["old"]}}},
    ),
    "moves from a column": (
        pl.when(pl.int_range(pl.len()).over("order_id") == 0).then(pl.col("order_id") % 3).otherwise(-1).cast(pl.String),
        {"moves": {"first": "order_id % 3", "next": {"0": ["-1"], "1": ["-1"], "2": ["-1"], "-1": ["-1"]}}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_right_values_pass_in_any_order_of_the_file_and_one_wrong_value_fails(shop, name: str) -> None:
    value, rule = RULES[name]
    ruled(shop, value, **rule)
    healthy = shop.frames["item"]
    shop.frames["item"] = healthy.sample(fraction=1, shuffle=True, seed=1)
    assert shop.statuses("siblings") == {"item.x": Status.PASS}

    text, whole = healthy["x"].dtype == pl.String, healthy["x"].dtype == pl.Int64
    other = pl.lit("new") if text else pl.col("x").fill_null(0) + (1 if whole else 0.01)
    place = int(healthy.select((pl.col("line_no") == 2).arg_max()).item())
    wrong = pl.when(pl.int_range(pl.len()) == place).then(other).otherwise("x")
    shop.frames["item"] = healthy.with_columns(x=wrong)
    found = shop.findings("siblings")["item.x"]

    assert found.status is Status.FAIL
    assert found.evidence["rows"] >= 1


def test_order_and_what_must_come_before_are_kept_below_one_parent_only(shop) -> None:
    number = pl.int_range(pl.len()).over("order_id").cast(pl.Float64)
    ruled(shop, number, ascends=True)
    item = shop.contract["tables"]["item"]["columns"]
    item["end"] = {"type": "float64", "before": "x"}
    shop.frames["item"] = shop.frames["item"].with_columns(end=pl.col("x") + 1)
    assert shop.statuses("siblings") == {"item.x.order": Status.PASS, "item.end.before": Status.PASS}

    late = pl.when(pl.col("line_no") == 1).then(pl.col("end") + 0.5).otherwise("end")
    back = pl.when(pl.col("line_no") == 2).then(-1.0).otherwise("x")
    shop.frames["item"] = shop.frames["item"].with_columns(x=back, end=late)

    assert shop.statuses("siblings") == {"item.x.order": Status.FAIL, "item.end.before": Status.FAIL}


@pytest.mark.parametrize(
    ("rule", "order", "why"),
    [
        ({"series": {"take": "sum", "of": "weight"}}, "line_no", "item has no column 'weight'"),
        ({"ascends": True}, None, "nothing tells the order of the rows of item"),
        ({"before": "weight"}, "line_no", "unknown column 'weight'"),
        ({"stays": {"state": "price", "start": "weight", "lasts": {}}}, "line_no", "item has no column 'weight'"),
        ({"ascends": True}, "weight", "unknown column 'weight'"),
        ({"moves": {"start": "a", "next": {"a": []}}}, "line_no", "moves.next.a"),
        ({"moves": {"first": "weight", "next": {"a": ["a"]}}}, "line_no", "item has no column 'weight'"),
    ],
)
def test_rules_that_do_not_fit_are_refused(shop, rule: dict[str, Any], order: str | None, why: str) -> None:
    item = shop.contract["tables"]["item"]
    item["columns"]["price"] = {"type": "float64", **rule}
    if order is not None:
        item["order"] = order
    with pytest.raises(ContractError) as refused:
        shop.audit()
    assert why in str(refused.value)
