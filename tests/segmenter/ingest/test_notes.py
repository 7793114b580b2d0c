"""What a source holds that is left out, merged or hardly right: a note with its number, or an error."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fanwise.segmenter.errors import SourceError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.mapping import Declared
from fanwise.segmenter.ingest.source import open_frames

BUYERS = ["a", "a", "b", "c", "d", "e"]


def orders(customers: list[Any] = BUYERS, days: list[Any] | None = None) -> dict[str, list[Any]]:
    """Return orders of these customers, one a day, or on other days."""
    return {
        "order_id": list(range(len(customers))),
        "customer_id": customers,
        "ordered_at": days or [dt.datetime(2024, 1, 1 + number, 9) for number in range(len(customers))],
        "total": [10.0 + number for number in range(len(customers))],
    }


def noted(tmp_path: Path, as_of: dt.datetime | None = None, **tables: Any) -> tuple[str, ...]:
    """Return the notes on a source."""
    frames = {name.rstrip("_"): pl.DataFrame(rows, strict=False) for name, rows in tables.items()}
    with open_frames(frames, Declared(), folder=tmp_path, as_of=as_of) as source:
        return tuple(build_features(source).notes)


def refused(tmp_path: Path, **tables: Any) -> str:
    """Return the error of a source that cannot be used."""
    with pytest.raises(SourceError) as caught:
        noted(tmp_path, **tables)
    return str(caught.value)


def test_customers_of_orders_who_are_in_no_table_are_counted(tmp_path: Path) -> None:
    known = {"customer_id": ["a", "b", "c", "x", "y"]}
    assert noted(tmp_path, order=orders(), customer=known) == (
        "2 of 5 customers with orders are not in customer (first: d, e): their accounts are not known",
        "2 of 5 customers in customer have no order, and so no features",
    )
    assert noted(tmp_path, order=orders(), customer={"customer_id": list("abcde")}) == ()


@pytest.mark.parametrize("there", [["17", "18"], [" 00017", "00018 "], ["17.0", "18.0"]])
def test_ids_that_never_meet_are_an_error_that_says_why(tmp_path: Path, there: list[str]) -> None:
    said = refused(tmp_path, order=orders(["0017", "0018"]), customer={"customer_id": there})

    assert "customer.customer_id: 2 of 2 customers with orders are not in customer (first: 0017, 0018)" in said
    assert "2 are known without blanks, case, zeros before them or '.0' after them: write ids in one way" in said
    assert "'customer: ~' to do without the table" in said
    strangers = refused(tmp_path, order=orders(["0017"]), customer={"customer_id": ["x"]})
    assert "name other columns in a mapping" in strangers
    assert "are known without" not in strangers


def test_ids_of_customers_that_are_written_in_two_ways_are_noted(tmp_path: Path) -> None:
    assert noted(tmp_path, order=orders(["17", "17.0", "017", "18", "Ann", "ann "])) == (
        "5 customer ids differ from another only in blanks, case, zeros before them or '.0' after them "
        "(first: '017' and '17.0') and count as different customers",
    )


def test_lines_returns_and_tickets_of_which_nothing_is_known_are_an_error(tmp_path: Path) -> None:
    lines = {"order_id": [90, 91], "product_id": ["p", "q"], "quantity": [1, 2]}
    assert "2 rows of order_item belong to unknown orders (first: 90, 91): none is known" in refused(
        tmp_path, order=orders(), order_item=lines
    )
    tickets = {"customer_id": ["A ", "B"], "kind": ["late", "late"]}
    said = refused(tmp_path, order=orders(), ticket=tickets)
    assert "2 rows of ticket belong to unknown customers (first: A , B): none is known" in said
    assert "2 are known without blanks, case" in said
    assert noted(tmp_path, order=orders(), ticket={"customer_id": ["a", "z"], "kind": ["late", "late"]}) == (
        "1 rows of ticket belong to unknown customers (first: z) and are left out",
    )


def test_products_without_a_category_are_counted(tmp_path: Path) -> None:
    lines = {"order_id": [0, 1, 2], "product_id": ["p", "q", "r"], "quantity": [1, 2, 1]}
    products = {"product_id": ["p", "q"], "category": ["toys", "toys"]}
    assert noted(tmp_path, order=orders(), order_item=lines, product=products) == (
        "1 rows of order_item belong to unknown products (first: r) and have no category",
    )


def test_an_order_decades_after_the_others_is_no_day_to_look_back_from(tmp_path: Path) -> None:
    days = [dt.datetime(2024, 1, 1) + dt.timedelta(days=number) for number in range(40)]
    late = orders(["a"] * 41, [*days, dt.datetime(2999, 12, 31)])

    said = refused(tmp_path, order=late)
    assert "order.ordered_at: 1 order 975 years after all others (first: 2999-12-31 00:00:00)" in said
    assert "look back from an earlier day: --as-of 2024-02-10" in said
    until = dt.datetime(2024, 2, 10)
    assert noted(tmp_path, until, order=late) == ("1 orders after 2024-02-10 00:00:00 are left out",)


def test_orders_some_years_apart_from_the_others_are_noted(tmp_path: Path) -> None:
    days = [dt.datetime(2015, 1, 1) + dt.timedelta(days=90 * number) for number in range(40)]
    odd = orders(["a"] * 42, [dt.datetime(1970, 1, 1), *days, dt.datetime(2031, 5, 1)])

    assert noted(tmp_path, order=odd) == (
        "1 order 45 years before all others (first: 1970-01-01 00:00:00): they count as they are",
        "1 order 7 years after all others (first: 2031-05-01 00:00:00): all features look back from the last of them",
    )
    assert noted(tmp_path, order=orders(["a"] * 40, days)) == ()


def test_years_of_two_digits_are_an_error(tmp_path: Path) -> None:
    days = [dt.datetime(3, 1, 1), dt.datetime(5, 5, 31)]
    said = refused(tmp_path, order=orders(["a", "b"], days))
    assert "the orders are of the years 0003 to 0005. Hint: years of two digits are %y in a date_format" in said


def test_lines_that_are_gathered_by_day_are_counted(tmp_path: Path) -> None:
    day = dt.datetime(2024, 1, 1)
    lines = {
        "customer_id": ["a", "a", "b"],
        "ordered_at": [day, day, day],
        "product_id": ["p", "q", "p"],
        "amount": [1.0, 2.0, 3.0],
    }
    assert noted(tmp_path, order=lines) == (
        "1 lines are of the same customer and day as another and count as one with it, as lines have no order id; "
        "'order.id' in a mapping names one",
    )


def test_discounts_that_look_like_rates_are_noted(tmp_path: Path) -> None:
    rows = {**orders(), "discount": [0.0, 0.2, 0.5, 0.0, 0.1, 0.2]}
    assert noted(tmp_path, order=rows) == (
        "all 4 discounts in discount are at most 1 and read as money; if they are rates, write 'discounts: rate' in a "
        "mapping",
    )
