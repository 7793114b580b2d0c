"""Timing: lags, places in an interval, days of the week, times of day and seconds against declared shares."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.validator import ContractError, Status

AT, SIGNED = pl.col("ordered_at"), pl.col("signed_up")
START, END = "customer.signed_up", "timestamp '2025-06-30 00:00:00'"
LAST = dt.datetime(2025, 6, 30)
HOURS = [[hour * 3600.0 - 1, hour / 24] for hour in (3, 6, 9, 12, 15, 18, 21)]
DAYS = [[float(day), day / 7] for day in range(1, 7)]
EVEN = [[share, share] for share in (0.05, 0.25, 0.5, 0.75, 0.95)]
POINTS = {"second": [[0.0, 1 / 60], [29.0, 0.5]], "hour": HOURS, "weekday": DAYS, "place": EVEN}


def declared(shop, what: str, points: list[list[float]] | None = None, cell: dict[str, Any] | None = None, **view: Any):
    """Let orders lie evenly between the customer's signing up and the end, and the contract say so."""
    customers = shop.frames["customer"].select("customer_id", "signed_up")
    orders = (
        shop.frames["order"].drop("ordered_at").join(customers, on="customer_id", how="left", maintain_order="left")
    )
    u = pl.Series(np.random.default_rng(7).random(len(orders)))
    placed = SIGNED + pl.duration(seconds=((LAST - SIGNED).dt.total_seconds() * u).cast(pl.Int64))
    shop.frames["order"] = orders.with_columns(ordered_at=placed)
    made = {"table": "order", "column": "ordered_at", "view": {"what": what, "start": START, "end": END, **view}}
    shop.contract["distributions"] = [{**made, "cells": [{"at_most": points or POINTS[what], **(cell or {})}]}]


def change(shop, at: pl.Expr) -> dict[str, Status]:
    shop.frames["order"] = shop.frames["order"].with_columns(
        ordered_at=at.cast(shop.frames["order"].schema["ordered_at"])
    )
    return shop.statuses("timing")


@pytest.mark.parametrize("what", POINTS)
def test_instants_that_lie_as_declared_pass(shop, what: str) -> None:
    declared(shop, what)

    assert shop.statuses("timing") == {f"order.ordered_at.{what}": Status.PASS}
    assert shop.statuses("distribution") == {}


@pytest.mark.parametrize(
    ("what", "at", "words"),
    [
        ("second", AT.dt.truncate("1d"), "have the second 0"),
        ("second", AT.dt.truncate("1m"), "have the second 0"),
        ("second", AT.dt.truncate("10s"), "have the second 0"),
        ("hour", AT.dt.truncate("1d"), "lie before 03:00"),
        ("hour", AT.dt.truncate("12h"), "lie before"),
        ("weekday", AT.dt.truncate("1w"), "lie on Monday"),
        ("place", SIGNED + (AT - SIGNED) * 0.8, "of the time from customer.signed_up to timestamp"),
        ("place", SIGNED + (LAST - SIGNED) * 0.5, "of the time from"),
    ],
)
def test_another_place_of_instants_warns(shop, what: str, at: pl.Expr, words: str) -> None:
    declared(shop, what)

    assert change(shop, at) == {f"order.ordered_at.{what}": Status.WARN}
    (found,) = shop.findings("timing").values()
    assert words in found.message
    assert found.hint


def lagged(shop, **view: Any) -> None:
    declared(shop, "lag", [[600.0, 1 - np.exp(-601 / 7200)], [7200.0, 1 - np.exp(-7201 / 7200)]], **view)
    lag = pl.Series(np.random.default_rng(3).exponential(7200, len(shop.frames["order"]))).cast(pl.Int64)
    shop.frames["order"] = shop.frames["order"].with_columns(ordered_at=SIGNED + pl.duration(seconds=lag))


def test_a_lag_is_compared_with_its_law(shop) -> None:
    lagged(shop)
    assert shop.statuses("timing") == {"order.ordered_at.lag": Status.PASS}

    assert change(shop, AT + dt.timedelta(minutes=10)) == {"order.ordered_at.lag": Status.WARN}
    (found,) = shop.findings("timing").values()
    assert "at most 10.0 minutes after customer.signed_up" in found.message


def test_rows_that_do_not_count_are_left_out(shop) -> None:
    lagged(shop, where="order_id % 2 = 0")
    late = pl.when(pl.col("order_id") % 2 == 1).then(AT + dt.timedelta(days=3)).otherwise(AT)

    assert change(shop, late) == {"order.ordered_at.lag": Status.PASS}


def test_a_row_whose_interval_is_too_short_does_not_count(shop) -> None:
    longest = (LAST - shop.frames["customer"]["signed_up"].min()).total_seconds()
    declared(shop, "place", shortest=longest + 1)

    assert shop.statuses("timing") == {}


def test_one_lag_beyond_all_is_named(shop) -> None:
    lagged(shop)
    shop.contract["distributions"][0]["cells"][0]["ends"] = [-1, 200_000]
    assert shop.statuses("timing") == {"order.ordered_at.lag": Status.PASS}
    one = pl.col("order_id") == pl.col("order_id").min()

    assert change(shop, pl.when(one).then(AT + dt.timedelta(days=30)).otherwise(AT)) == {
        "order.ordered_at.lag.above": Status.WARN
    }
    assert "30." in shop.findings("timing")["order.ordered_at.lag.above"].message


def test_a_day_without_any_intensity_is_named(shop) -> None:
    working = [[float(day), day / 5] for day in range(1, 5)]
    declared(shop, "weekday", working, {"ends": [1, 5]})
    weekend = AT.dt.weekday() > 5
    assert change(shop, pl.when(weekend).then(AT - dt.timedelta(days=3)).otherwise(AT))

    found = shop.findings("timing")
    assert not any("Sunday" in each.message for each in found.values())
    change(shop, AT - dt.timedelta(days=1))
    assert "it is a Sunday" in shop.findings("timing")["order.ordered_at.weekday.above"].message


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ({"what": "place", "start": START}, "'place' needs it"),
        ({"what": "lag", "start": "nowhere"}, "nowhere"),
        ({"what": "character", "at": 1}, "has no character"),
        ({"what": "hour", "start": START, "end": "1 +"}, "view.end"),
    ],
)
def test_a_view_that_cannot_be_read_is_refused(shop, view: dict[str, Any], words: str) -> None:
    shop.contract["distributions"] = [
        {"table": "order", "column": "ordered_at", "view": view, "cells": [{"at_most": [[1, 0.5]]}]}
    ]

    with pytest.raises(ContractError, match=words):
        shop.statuses("timing")
