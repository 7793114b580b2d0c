"""Pins: the chosen cells are held, what derives from them follows, and nothing else moves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import UsageError

ROUTES = Path(__file__).with_name("routes.yaml")
MOVED = {"order": ["order_id"], "line": ["order_id"], "address": ["address_id"]}


def test_a_held_segment_changes_the_orders_of_its_customer_and_nothing_else() -> None:
    drawn = fanwise.dataset("ecommerce", rows={"customer": 40})
    row = drawn["customer"]["customer_segment"].to_list().index("Casual")
    held = drawn.override("customer", row=row, customer_segment="VIP")
    identity = drawn["customer"]["customer_id"][row]

    assert held["customer"]["customer_segment"][row] == "VIP"
    assert_frame_equal(held["customer"].drop("customer_segment"), drawn["customer"].drop("customer_segment"))
    mine = pl.col("customer_id") == identity
    assert held["order"].filter(mine).height > drawn["order"].filter(mine).height
    assert_frame_equal(held["order"].filter(~mine).drop("order_id"), drawn["order"].filter(~mine).drop("order_id"))
    before = drawn["order"].filter(mine)["gross_amount"]
    after = held["order"].filter(mine)["gross_amount"].head(len(before))
    assert ((after / before - 1.3 / 0.9).abs() < 0.01).all()


def test_an_override_leaves_the_data_set_that_it_came_from(routes: fanwise.Dataset) -> None:
    before = routes["customer"].clone()
    routes.override("customer", row=0, name="Ada")

    assert_frame_equal(routes["customer"], before)


HELD: list[tuple[str, dict[str, Any]]] = [
    ("customer", {"id": 777}),
    ("customer", {"tier": "VIP", "name": "Ada", "score": None, "joined": dt.date(2024, 2, 29)}),
    ("customer", {"sponsor": None, "joined": "2024-03-01", "code": "C99"}),
    ("shop", {"kind": "toy", "shop_id": "MAIN"}),
    ("address", {"address_id": 5}),
    ("order", {"shop": "S3", "amount": 12, "open": True, "small": 7, "price": 2.5}),
    ("order", {"size": "big"}),
    ("order", {"at": dt.datetime(2024, 12, 31, 12), "paid": "2024-12-31T13:00:00"}),
    ("line", {"total": 1.5}),
]


@pytest.mark.parametrize(("table", "cells"), HELD)
@pytest.mark.parametrize("row", [3, 5])
def test_a_held_cell_is_in_its_row_and_the_rest_of_its_table_is_as_drawn(
    routes: fanwise.Dataset, table: str, row: int, cells: dict[str, Any]
) -> None:
    found = routes.override(table, row=row, **cells)[table].row(row, named=True)

    for column, value in cells.items():
        written = found[column]
        assert (str(written) if isinstance(value, str) else written) in (value, str(value).replace("T", " "))


@pytest.mark.parametrize(("table", "cells"), HELD)
def test_pieces_and_subtrees_hold_the_same_cells(table: str, cells: dict[str, Any]) -> None:
    ds = fanwise.dataset(ROUTES, pin={table: {4: cells}})
    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(ds.plan, threads=2, chunk_rows=7):
        for name, frame in frames.items():
            parts.setdefault(name, []).append(frame)

    for name in ds.tables:
        assert_frame_equal(pl.concat(parts[name]), ds[name])
    for name, frame in ds.subtree(table, 4).items():
        key = pl.struct(ds[name].columns)
        assert frame.select(key).to_series().is_in(ds[name].select(key).to_series().implode()).all()


@given(tier=st.sampled_from(["VIP", "Standard"]), row=st.integers(0, 11))
@settings(max_examples=12)
def test_other_customers_keep_their_draws(tier: str, row: int) -> None:
    drawn = fanwise.dataset(ROUTES)
    held = drawn.override("customer", row=row, tier=tier)
    others = [number for number in range(12) if number != row]

    assert held["customer"]["tier"][row] == tier
    for number in others:
        one, two = held.subtree("customer", number), drawn.subtree("customer", number)
        for name in one:
            moved = MOVED.get(name, [])
            assert_frame_equal(
                one[name].drop(moved).drop("address", strict=False), two[name].drop(moved).drop("address", strict=False)
            )


def test_row_numbers_are_those_of_the_data_set_with_all_its_pins(routes: fanwise.Dataset) -> None:
    one = routes.override("customer", row=0, tier="VIP").override("order", row=20, amount=33)
    both = fanwise.dataset(ROUTES, pin={"order": {20: {"amount": 33}}, "customer": {0: {"tier": "VIP"}}})

    assert one["order"]["amount"][20] == both["order"]["amount"][20] == 33
    assert_frame_equal(one["line"], both["line"])


def test_a_held_row_stays_held_when_an_earlier_one_gets_more_children(routes: fanwise.Dataset) -> None:
    row = next(row for row in range(12) if routes["customer"]["tier"][row] == "Standard")
    held = routes.override("order", row=routes["order"].height - 1, amount=33)

    assert held.override("customer", row=row, tier="VIP")["order"]["amount"][-1] == 33


def test_a_later_pin_of_the_same_cell_wins(routes: fanwise.Dataset) -> None:
    twice = routes.override("customer", row=1, name="Ada").override("customer", row=1, name="Grace")
    other = twice.override("customer", row=2, name="Edith")

    assert other["customer"]["name"].to_list()[1:3] == ["Grace", "Edith"]


def test_a_held_reference_is_followed() -> None:
    ds = fanwise.dataset("ecommerce", rows={"customer": 3})
    row = ds["order_item"].with_row_index().filter(pl.col("product_id") != "SKU-000400")["index"][0]
    held = ds.override("order_item", row=row, product_id="SKU-000400")

    assert held["order_item"]["unit_price"][row] == held["product"]["price"][399]


def test_a_held_key_is_carried_and_referred_to(routes: fanwise.Dataset) -> None:
    held = routes.override("customer", row=0, id=777)

    assert set(held["order"]["id"]) - set(routes["order"]["id"]) == {777}
    assert (held["customer"]["sponsor"] == 777).sum() == (routes["customer"]["sponsor"] == 1).sum() > 0


@pytest.mark.parametrize(
    ("table", "row", "cells", "words"),
    [
        ("custmer", 0, {"tier": "VIP"}, ["no table 'custmer'", "did you mean 'customer'?"]),
        ("customer", 0, {"tir": "VIP"}, ["pin.customer.0", "no column 'tir'", "did you mean 'tier'?"]),
        ("customer", 12, {"tier": "VIP"}, ["pin.customer.12", "12 rows", "counted from 0"]),
        ("customer", -1, {"tier": "VIP"}, ["pin.customer.-1", "not a row number"]),
        ("customer", 0, {"tier": "Gold"}, ["pin.customer.0.tier", "'Gold'", "VIP, Standard"]),
        ("customer", 0, {"tier": 3}, ["expected text, got int"]),
        ("customer", 0, {"tier": None}, ["never null"]),
        ("customer", 0, {"id": None}, ["never null"]),
        ("customer", 0, {"id": 5}, ["another row already has this key"]),
        ("customer", 0, {"id": True}, ["pin.customer.0.id"]),
        ("customer", 0, {"id": 2**70}, ["does not fit"]),
        ("customer", 0, {"score": 10}, ["is 1 to 9"]),
        ("customer", 0, {"score": 1.5}, ["expected a whole number"]),
        ("customer", 0, {"joined": "2024-07-01"}, ["not be after 2024-06-29"]),
        ("customer", 0, {"joined": "soon"}, ["a date, such as"]),
        ("customer", 0, {"joined": dt.datetime(2024, 2, 1)}, ["a date, such as"]),
        ("customer", 3, {"sponsor": 99}, ["no row of customer has this id"]),
        ("customer", 3, {"sponsor": 5}, ["refers to an earlier one only"]),
        ("shop", 0, {"kind": "car"}, ["one of book, toy"]),
        ("order", 3, {"amount": 4}, ["is 5 to 400"]),
        ("order", 3, {"amount": 6.001}, ["rounded to 2 decimals"]),
        ("order", 3, {"amount": float("nan")}, ["finite"]),
        ("order", 3, {"small": 200}, ["does not fit"]),
        ("order", 3, {"open": 1}, ["true or false"]),
        ("order", 3, {"price": "cheap"}, ["expected a number"]),
        ("order", 3, {"at": "2023-01-01T00:00:00"}, ["not be before"]),
        ("order", 3, {"paid": "2023-01-01T00:00:00"}, ["not be before"]),
        ("order", 3, {"at": dt.datetime(2024, 12, 1, tzinfo=dt.UTC)}, ["without zone"]),
        ("order", 3, {"id": 4}, ["pin that row of customer"]),
        ("order", 3, {"address": 101}, ["cannot be pinned yet"]),
        ("order", 3, {"shop": "S99"}, ["no row of shop has this shop_id"]),
    ],
)  # fmt: skip
def test_a_pin_that_breaks_something_says_what(
    routes: fanwise.Dataset, table: str, row: int, cells: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        routes.override(table, row=row, **cells)

    assert [word for word in words if word not in str(caught.value)] == []


def test_a_pin_that_repeats_a_distinct_reference_is_refused(routes: fanwise.Dataset) -> None:
    lines = routes["line"].with_row_index()
    first = lines.filter(pl.col("no") == 2)["index"][0] - 1
    with pytest.raises(UsageError, match="another row below the same order"):
        routes.override("line", row=first, shop=lines["shop"][first + 1])


@pytest.mark.parametrize("pin", [{"customer": 3}, {"customer": {"x": {"tier": "VIP"}}}, {"customer": {1: "VIP"}}])
def test_a_pin_of_another_shape_is_refused(pin: Any) -> None:
    with pytest.raises(UsageError, match=r"pin\.customer"):
        fanwise.dataset(ROUTES, pin=pin)


def test_all_problems_of_all_pins_come_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        fanwise.dataset(ROUTES, pin={"shop": {0: {"kind": "car"}}, "order": {0: {"amount": 1}}})

    assert len(caught.value.problems) == 2
