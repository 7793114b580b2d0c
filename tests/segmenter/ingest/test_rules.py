"""The rules of a mapping: discounts as rates, returns by a status, persons behind ids, numbers as written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fanwise.segmenter.errors import FanwiseError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_frames

ORDERS: dict[str, list[Any]] = {
    "order_id": [1, 2, 3, 4],
    "customer_id": ["a", "a", "b", "b"],
    "ordered_at": [dt.datetime(2024, 1, day, 9) for day in (1, 5, 9, 20)],
    "total": [80.0, 20.0, 5.0, 7.5],
}


def built(tmp_path: Path, mapping: str, **tables: dict[str, list[Any]]) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the features by customer, and the notes."""
    path = tmp_path / "map.yaml"
    path.write_text(mapping)
    frames = {name: pl.DataFrame(rows, strict=False) for name, rows in tables.items()}
    with open_frames(frames, path, folder=tmp_path) as source:
        table = build_features(source)
    return pl.read_parquet(table.path).sort("customer_id"), tuple(table.notes)


def refused(tmp_path: Path, mapping: str, **tables: dict[str, list[Any]]) -> str:
    with pytest.raises(FanwiseError) as caught:
        built(tmp_path, mapping, **tables)
    return str(caught.value)


@pytest.mark.parametrize(("kind", "times"), [("rate", 1), ("percent", 100)])
def test_a_discount_may_be_a_rate(tmp_path: Path, kind: str, times: int) -> None:
    rates = [0.2 * times, 0.0, None, 0.25 * times]
    frame, notes = built(tmp_path, f"discounts: {kind}", order={**ORDERS, "discount": rates})

    assert notes == ()
    # 80 is what is left of 100, and 7.5 of 10.
    assert frame["price_sensitivity.amount"].to_list() == [20.0, 2.5]
    assert frame["price_sensitivity.depth"].to_list() == pytest.approx([0.2, 0.25])


def test_what_is_free_was_discounted(tmp_path: Path) -> None:
    frame, _ = built(tmp_path, "discounts: rate", order={**ORDERS, "total": [0.0, 1, 2, 3], "discount": [1.0, 0, 0, 0]})
    assert frame["price_sensitivity.ever"].to_list() == [1.0, 0.0]


@pytest.mark.parametrize("flat", [False, True])
def test_rates_of_lines_are_taken_from_list_prices(tmp_path: Path, flat: bool) -> None:
    lines = {"product_id": ["p", "q", "p", "q"], "quantity": [2, 1, 1, 1], "unit_price": [50.0, 20, 5, 10]}
    lines["rate"] = [0.2, 0.0, 0.0, 0.25]
    mapping = "discounts: rate\ntables: {order_item: {price: ~, list_price: unit_price, discount: rate}}"
    bare = {name: column for name, column in ORDERS.items() if name != "total"}
    if flat:
        frame, _ = built(tmp_path, mapping, order={**bare, **lines})
    else:
        frame, _ = built(tmp_path, mapping, order=bare, order_item={"order_id": [1, 2, 3, 4], **lines})

    assert frame["value"].to_list() == [100.0, 12.5]
    assert frame["price_sensitivity.amount"].to_list() == [20.0, 2.5]


def test_rates_must_be_rates_and_have_a_column(tmp_path: Path) -> None:
    said = refused(tmp_path, "discounts: rate", order={**ORDERS, "discount": [20.0, 0, 0.1, 0]})
    assert "order.discount: 1 values are not rates of 0 to 1" in said
    assert "'discounts: rate' needs a column of rates" in refused(tmp_path, "discounts: rate", order=ORDERS)
    assert "'half' is not one of amount, rate, percent" in refused(tmp_path, "discounts: half", order=ORDERS)


def test_a_status_tells_which_orders_came_back(tmp_path: Path) -> None:
    orders = {**ORDERS, "status": ["returned", "paid", "paid", "paid"]}
    frame, notes = built(tmp_path, "returns: {column: status, values: [returned]}", order=orders)

    assert notes == ("1 orders came back, as status says",)
    assert frame["orders"].to_list() == [2, 2]
    assert frame["value"].to_list() == [100.0, 12.5]
    assert frame["return_behavior.ever"].to_list() == [1.0, 0.0]
    assert frame["return_behavior.amount"].to_list() == [80.0, 0.0]


def test_lines_that_came_back_by_their_status_are_one_return_of_their_order(tmp_path: Path) -> None:
    lines = {
        **{name: [*column[:2], column[1], *column[2:]] for name, column in ORDERS.items() if name != "total"},
        "product_id": ["p", "p", "q", "p", "q"],
        "amount": [80.0, 15.0, 5.0, 5.0, 7.5],
        "state": ["ok", "back", "back", "ok", "ok"],
    }
    frame, _ = built(tmp_path, "returns: {column: state, values: [back]}", order=lines)

    assert frame["value"].to_list() == [100.0, 12.5]
    assert frame["return_behavior.amount"].to_list() == [20.0, 0.0]


def test_a_status_that_no_order_has_is_noted_and_a_return_counts_once(tmp_path: Path) -> None:
    orders = {**ORDERS, "status": ["paid"] * 4}
    mapping = "returns: {column: status, values: [back]}"
    assert built(tmp_path, mapping, order=orders)[1] == ("no row has status = back: nothing came back",)
    table = {"order_id": [1], "refund_amount": [5.0]}
    said = refused(tmp_path, mapping, order=orders, **{"return": table})
    assert "returns are in return and are marked by status: each would count twice" in said
    assert "did you mean 'status'?" in refused(tmp_path, mapping.replace("status", "stats"), order=orders)


def test_a_person_stands_behind_several_ids(tmp_path: Path) -> None:
    orders = {**ORDERS, "customer_id": ["k1", "k2", "k3", "k9"]}
    people = {"customer_id": ["k1", "k2", "k3", "k4"], "unique_id": ["ann", "ann", "bob", "eve"]}
    people["created_at"] = [dt.datetime(2023, month, 1) for month in (5, 3, 1, 2)]
    returns = {"customer_id": ["k2"], "refund_amount": [5.0]}
    mapping = "tables: {customer: {person: unique_id}}"
    frame, notes = built(tmp_path, mapping, order=orders, customer=people, **{"return": returns})

    assert dict(zip(frame["customer_id"], frame["orders"], strict=True)) == {"ann": 2, "bob": 1, "eve": 0, "k9": 1}
    assert frame["return_behavior.amount"].to_list() == [5.0, 0.0, None, 0.0]
    # The account of ann is the older one of two.
    assert frame["customer_maturity.delay_days"].to_list()[0] == pytest.approx(306.375)
    assert notes == (
        "4 customer ids are of 3 persons",
        "1 of 3 customers with orders are not in customer (first: k9): their accounts are not known",
        "1 of 3 customers in customer have no order, and so no features",
    )


def test_numbers_may_be_written_as_people_do(tmp_path: Path) -> None:
    orders = {**ORDERS, "total": ["1.080,00 €", "€ 20", "5,00", "7,50"]}
    frame, _ = built(tmp_path, "number_format: '1.234,56'", order=orders)
    assert frame["value"].to_list() == [1100.0, 12.5]
    assert "does not say how 1234.56 is written" in refused(tmp_path, "number_format: '#,##0'", order=orders)


def test_lines_without_an_order_id_cannot_be_orders(tmp_path: Path) -> None:
    lines = {name: column for name, column in ORDERS.items() if name not in ("order_id", "total")}
    said = refused(tmp_path, "order_grain: order", order={**lines, "product_id": list("pqpq"), "amount": [1, 2, 3, 4]})
    assert "order holds lines without an order id, which 'order_grain: order' needs" in said
