"""Bounds: numbers within min and max, instants within their window; the bound itself is allowed."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from fanwise.validator import ContractError, Status


def bounded(shop, column: str, **bounds: object) -> None:
    table, _, name = column.partition(".")
    spec = shop.contract["tables"][table]["columns"][name]
    shop.contract["tables"][table]["columns"][name] = {**(spec if isinstance(spec, dict) else {"type": spec}), **bounds}


def test_values_at_the_bounds_pass(shop) -> None:
    stars = shop.frames["review"]["stars"]
    bounded(shop, "review.stars", min=stars.min(), max=stars.max())
    amount = shop.frames["order"]["amount"]
    bounded(shop, "order.amount", min=amount.min(), max=amount.max())

    assert shop.statuses("bounds") == {"review.stars": Status.PASS, "order.amount": Status.PASS}


@pytest.mark.parametrize(("value", "broken"), [(-0.01, 1), (0.0, 0), (9_999.0, 1), (float("nan"), 0), (None, 0)])
def test_one_value_outside_is_found(shop, value: float | None, broken: int) -> None:
    bounded(shop, "order.amount", min=0, max=5000, nullable=True)
    first = pl.col("order_id") == 3
    shop.frames["order"] = shop.frames["order"].with_columns(
        amount=pl.when(first).then(pl.lit(value)).otherwise("amount")
    )
    found = shop.findings("bounds")["order.amount"]

    assert found.status is (Status.FAIL if broken else Status.PASS)
    assert found.evidence == ({"rows": 1, "sample": ["3"]} if broken else {})


def test_instants_outside_their_window_are_found(shop) -> None:
    bounded(shop, "order.ordered_at", min="2024-01-01", max="2024-12-31T23:59:59")
    assert shop.statuses("bounds") == {"order.ordered_at": Status.PASS}

    later = pl.col("ordered_at") + pl.when(pl.col("order_id") < 2).then(dt.timedelta(days=366)).otherwise(
        dt.timedelta()
    )
    shop.frames["order"] = shop.frames["order"].with_columns(ordered_at=later)
    found = shop.findings("bounds")["order.ordered_at"]

    assert found.status is Status.FAIL
    assert "order: ordered_at is between 2024-01-01 and 2024-12-31T23:59:59 does not hold in 2 rows" in found.message


@pytest.mark.parametrize(
    ("column", "bounds", "why"),
    [
        ("order.amount", {"min": 5, "max": 1}, "min 5 is above max 1"),
        ("order.amount", {"min": "2024-01-01"}, "not a bound of a column of type float64"),
        ("order.ordered_at", {"min": 3}, "not a bound of a column of type timestamp"),
        ("order.ordered_at", {"min": "yesterday or so"}, "not a date or a timestamp"),
        ("review.kind", {"max": 3}, "not a bound of a column of type text"),
    ],
)
def test_bounds_that_do_not_fit_are_refused(shop, column: str, bounds: dict[str, object], why: str) -> None:
    bounded(shop, column, **bounds)
    with pytest.raises(ContractError, match=why):
        shop.audit()
