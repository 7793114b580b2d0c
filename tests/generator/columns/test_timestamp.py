"""`timestamp` and `date` stay between the row's own ends, in whole seconds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from fanwise.generator.errors import PlanError


def test_own_ends_and_null_ends(tables: Any) -> None:
    found = tables("""
tables:
  t:
    rows: 5000
    columns:
      a: {date: {between: [2024-03-01, 2024-04-01]}, null: 5%}
      b: {timestamp: {between: [a, 2024-05-01]}}
      c: {timestamp: {between: [b, a]}}
""")["t"]
    known = found.filter(pl.col("a").is_not_null())

    assert found.schema == {"a": pl.Date, "b": pl.Datetime("us"), "c": pl.Datetime("us")}
    assert (known["b"] >= known["a"]).all()
    assert (known["b"] < dt.datetime(2024, 5, 1)).all()
    assert (known["b"].dt.microsecond() == 0).all()
    assert known["c"].equals(known["b"])  # an end that is not after its start gives the start
    assert found.filter(pl.col("a").is_null())["b"].null_count() == 5000 - len(known) > 0


def test_a_curve_weighs_hours_and_days(tables: Any) -> None:
    found = tables("""
curves:
  shop: {weekday: {Sun: 0}, hour: {3: 0, 20: 4}, spikes: {2024-11-29: 30}}
tables:
  t: {rows: 60000, columns: {x: {timestamp: {between: [window.start, window.end], curve: shop}}}}
""")["t"]["x"]
    hours = dict(found.dt.hour().value_counts().iter_rows())
    days = dict(found.dt.date().value_counts().iter_rows())

    assert (found.dt.weekday() != 7).all()
    assert 3 not in hours
    assert hours[20] / hours[12] == pytest.approx(4, rel=0.1)
    assert days[dt.date(2024, 11, 29)] / days[dt.date(2024, 11, 22)] == pytest.approx(30, rel=0.25)


def test_unique_dates_are_a_permutation(column: Any) -> None:
    found = column("{date: {between: [2024-01-01, 2024-04-10]}, unique: true}", rows=100)

    assert sorted(found) == [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(100)]
    with pytest.raises(PlanError, match="only 100 values for 101 rows"):
        column("{date: {between: [2024-01-01, 2024-04-10]}, unique: true}", rows=101)
