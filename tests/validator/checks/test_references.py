"""References: the mutant is an orphan."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from fanwise.validator import Status


def test_references_that_find_their_rows_pass(shop) -> None:
    assert set(shop.statuses("reference").values()) == {Status.PASS}


def test_an_orphan_is_found_and_named(shop) -> None:
    shop.frames["item"] = shop.frames["item"].with_columns(
        order_id=pl.when(pl.int_range(pl.len()) == 5).then(10**9).otherwise("order_id")
    )
    found = shop.findings("reference")["item.order_id"]

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": 1, "sample": ["1000000000"]}
    assert found.message == "1 row of item have no row in order: item.order_id = 1000000000."


def test_a_null_reference_is_no_orphan(shop) -> None:
    assert shop.frames["review"]["customer_id"].null_count() > 0
    assert shop.statuses("reference")["review.customer_id"] is Status.PASS


def test_a_lost_parent_orphans_its_children(shop) -> None:
    shop.frames["customer"] = shop.frames["customer"][1:]

    assert shop.statuses("reference")["order.customer_id"] is Status.FAIL


def test_composite_references_match_as_a_whole(shop) -> None:
    shop.contract["tables"]["note"] = {
        "columns": {"order_id": "int64", "line_no": "int64"},
        "refs": [{"table": "item", "columns": ["order_id", "line_no"]}],
    }
    shop.frames["note"] = pl.DataFrame({"order_id": [0, 0], "line_no": [1, 99]})
    found = shop.findings("reference")["note.order_id+line_no"]

    assert found.evidence == {"rows": 1, "sample": ["0 + 99"]}


@pytest.mark.parametrize(
    ("column", "values", "orphans"),
    [
        ("text", ["0", "1"], 0),
        ("text", ["0", "x"], 1),
        ("date", [date(2024, 1, 1), date(2024, 1, 2)], 2),
        ("bool", [True, None], 1),
        ("float64", [0.0, 0.5], 1),
    ],
)
def test_columns_of_another_sort_are_compared_as_texts(shop, column: str, values: list[object], orphans: int) -> None:
    """Values that cannot be those of the key are orphans, no error of the audit."""
    shop.contract["tables"]["note"] = {
        "columns": {"customer_id": {"type": column, "nullable": True}},
        "refs": [{"table": "customer", "columns": ["customer_id"], "keys": ["customer_id"], "nullable": True}],
    }
    shop.frames["note"] = pl.DataFrame({"customer_id": values})
    found = shop.findings("reference")["note.customer_id"]

    assert (found.status, (found.evidence or {"rows": 0})["rows"]) == (
        (Status.FAIL, orphans) if orphans else (Status.PASS, 0)
    )
