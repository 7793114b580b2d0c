"""Months and growth come back from instants that were made with them, and even ones have neither."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import yaml

import fanwise
from fanwise.generator.language import load

SCHEMA = """
fanwise: 1
name: shop
window: {start: 2022-01-01, end: 2025-01-01}
curves:
  sales: {month: {Nov: 1.8, Feb: 0.6}, trend: 30%/y}
tables:
  customer:
    rows: 2000
    key: customer_id
    columns:
      customer_id: {sequence: {}}
      joined_on: {date: {between: [window.start, 2024-07-01]}}
  order:
    parent: customer
    fanout: {poisson: {mean: 12}}
    key: order_id
    columns:
      order_id: {sequence: {}}
      customer_id: {parent: customer_id}
      sold_at: {timestamp: {between: [BEGIN, window.end], curve: sales}}
"""


def curves(schema: str) -> dict[str, object]:
    """Return the curve of the orders of a schema, as it is inferred from its data."""
    data = fanwise.dataset(schema)
    text = fanwise.infer({name: data[name] for name in data.tables})
    return yaml.safe_load(text).get("curves", {}).get("order_sold_at", {})  # type: ignore[no-any-return]


@pytest.mark.parametrize("begin", ["window.start", "customer.joined_on"])
def test_months_and_a_trend_come_back(begin: str) -> None:
    found = curves(SCHEMA.replace("BEGIN", begin))

    months = found["month"]
    assert isinstance(months, dict)
    assert months["Nov"] / months["Feb"] == pytest.approx(3, rel=0.15)
    assert all(months[name] == pytest.approx(months["Apr"], rel=0.2) for name in ("Jan", "Mar", "Jul", "Dec"))
    assert float(str(found["trend"]).removesuffix("%/y")) == pytest.approx(30, abs=9)


@pytest.mark.parametrize("begin", ["window.start", "customer.joined_on"])
def test_even_instants_have_neither(begin: str) -> None:
    even = SCHEMA.replace("month: {Nov: 1.8, Feb: 0.6}, trend: 30%/y", "weekday: {Sat: 2}")
    assert set(curves(even.replace("BEGIN", begin))) == {"weekday"}


def test_months_of_less_than_two_years_have_no_trend() -> None:
    """Whether the second half of one year is a season or growth, nothing tells."""
    short = (
        SCHEMA.replace("BEGIN", "window.start").replace("2022-01-01", "2024-01-01").replace("2024-07-01", "2024-02-01")
    )
    assert set(curves(short)) == {"month"}


def test_days_that_make_no_window_have_no_trend() -> None:
    """A trend counts from the start of a window, and days of a table that refers to nothing make none."""
    random = np.random.default_rng(4)
    days = np.sort(random.triangular(0, 2000, 2000, 4000).astype(int))
    frame = pl.DataFrame(
        {"seen": pl.Series(days.astype("datetime64[D]") + np.timedelta64(14_000, "D")), "x": random.normal(size=4000)}
    )
    text = fanwise.infer({"breaches": frame})

    assert load(text).window is None
    assert "trend" not in text
