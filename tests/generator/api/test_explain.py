"""Explanations: they end in the written value, and their numbers lead there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fanwise
from fanwise.generator.distributions import family

READY = sorted(fanwise.ready_names())
ROUTES = Path(__file__).with_name("routes.yaml")


@pytest.mark.parametrize("schema", [*READY, ROUTES], ids=str)
def test_every_column_is_explained_and_ends_in_the_written_value(schema: str | Path) -> None:
    small = {
        "buytilldie": {"shopper": 6, "member": 6},
        "clinic": {"patient": 6},
        "crm": {"account": 4},
        "marketplace": {"seller": 3},
        "subscriptions": {"account": 24},
        "tpch": {"supplier": 9, "part": 5, "customer": 6, "orders": 4},
    }
    rows = small.get(str(schema), {} if schema == ROUTES else {"customer": 6})
    ds = fanwise.dataset(schema, rows=rows)

    for table in ds.tables:
        for column in ds[table].columns:
            found = ds.explain(table, row=2, column=column)
            assert found.result == ds[table][column].to_list()[2], f"{table}.{column}"
            assert str(found).startswith(f"{table}.{column}, row 2\n  row ")


def test_the_draw_under_the_solved_law_is_the_raw_value() -> None:
    found = fanwise.dataset("ecommerce").explain("order", row=123, column="gross_amount")
    segment = found["segment"].removeprefix("tier ")
    factor = {"VIP": 1.3, "Standard": 1.0, "Casual": 0.9}[segment]

    assert found["declared"] == {"mean": 72.0, "sd": 58.0}
    assert found["multiplier"] == factor
    law = family("lognormal").sampler([{"mean": 72 * factor, "sd": 58 * factor}])
    assert law.quantile(np.array([found["draw"]]), 0)[0] == pytest.approx(found["raw value"], rel=1e-12)
    assert round(found["raw value"], 2) == found.result


def test_the_rows_above_are_named_with_key_segment_and_fanout() -> None:
    ds = fanwise.dataset("ecommerce")
    text = str(ds.explain("order_item", row=123, column="quantity"))
    order = ds["order"].filter(order_id=ds["order_item"]["order_id"][123])
    customer = ds["customer"].filter(customer_id=order["customer_id"][0])
    siblings = ds["order"].filter(customer_id=order["customer_id"][0]).height

    assert f"customer_id {customer['customer_id'][0]}), tier {customer['customer_segment'][0]}" in text
    assert f"{siblings} drawn from poisson(mean " in text
    assert f"(order_id {order['order_id'][0]})" in text
    assert f"for tier {customer['customer_segment'][0]}" in text


def test_a_reference_names_the_row_that_it_drew() -> None:
    ds = fanwise.dataset("marketplace", rows={"seller": 2})
    for column, table, key in (("customer_id", "customer", "customer_id"), ("shop_id", None, None)):
        found = ds.explain("order", row=7, column=column)
        if table is not None:
            number = int(found["refers to"].removeprefix(f"{table} "))
            assert ds[table][key][number] == found.result
        else:
            assert found["copies"] == "shop.shop_id"


def test_a_pinned_cell_says_so() -> None:
    held = fanwise.dataset("ecommerce").override("customer", row=4, country="FR")

    assert held.explain("customer", row=4, column="country")["pinned"] is True
    with pytest.raises(KeyError):
        held.explain("customer", row=5, column="country")["pinned"]


def test_when_null_and_bounds_are_told() -> None:
    column = {
        "normal": {"mean": 5, "sd": 3}, "clamp": [0, 9], "round": 1, "null": "50%", "when": {"word": {"red": 0}},
    }  # fmt: skip
    table = {"rows": 30, "columns": {"word": {"choice": {"red": 1, "blue": 1}}, "x": column}}
    ds = fanwise.dataset({"fanwise": 1, "name": "t", "tables": {"a": table}})
    words = ds["a"]["word"].to_list()

    red, blue = (ds.explain("a", row=words.index(word), column="x") for word in ("red", "blue"))

    assert red["when"] == "word is red: replaces the value"
    assert blue["when"] == "word is blue: no replacement, the draw is kept"
    assert blue["bounds"] == [0, 9]
    assert blue["null share"] == 0.5
    assert red.to_dict()["facts"][-1] == {"name": "result", "value": red.result}
