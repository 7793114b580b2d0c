"""`arrival` is the instant of each arrival of the fanout."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from scipy import stats

from fanwise.generator.errors import PlanError

FRAME = """
curves: {{shop: {{weekday: {{Sun: 0}}, hour: {{3: 0, 20: 4}}}}}}
tables:
  top: {{rows: {rows}, key: id, columns: {{id: {{sequence: {{}}}}, a: {{timestamp: {{between: [window.start, 2024-02-01]}}}}}}}}
  t:
    parent: top
    fanout: {{arrivals: {{from: top.a, until: window.end, gap: {gap}}}{more}}}
    columns: {{id: {{parent: id}}, no: {{ordinal: {{}}}}, a: {{parent: a}}, x: {{arrival: {{}}{type}}}}}
"""
DAY = 86_400_000_000


def drawn(tables: Any, gap: str, more: str = "", kind: str = "", rows: int = 1500) -> pl.DataFrame:
    return tables(FRAME.format(gap=gap, more=more, type=kind, rows=rows))["t"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("gap", ["{exponential: {mean: 20d}}", "{gamma: {mean: 20d, shape: 3}}"])
def test_gaps_follow_their_distribution(tables: Any, gap: str) -> None:
    """The first ten gaps: nearly all of them end before the interval does."""
    found = drawn(tables, gap).with_columns(before=pl.col("x").shift(1).over("id").fill_null(pl.col("a")))
    days = found.filter(pl.col("no") <= 5).select((pl.col("x") - pl.col("before")).dt.total_microseconds() / DAY)
    law = stats.expon(scale=20) if "expo" in gap else stats.gamma(3, scale=20 / 3)

    assert stats.kstest(days.to_series().to_numpy(), law.cdf).pvalue > 1e-4


def test_fixed_gaps_are_exact(tables: Any) -> None:
    found = drawn(tables, "{fixed: 7d}", rows=40)
    weeks = (found["x"] - found["a"]).dt.total_microseconds() / (7 * DAY)

    assert ((weeks - found["no"]).abs() < 1e-5).all()


def test_a_curve_makes_them_denser(tables: Any) -> None:
    found = drawn(tables, "{exponential: {mean: 5d}}", ", curve: shop")["x"]
    hours = dict(found.dt.hour().value_counts().iter_rows())

    assert (found.dt.weekday() != 7).all()
    assert 3 not in hours
    assert hours[20] / hours[12] == pytest.approx(4, rel=0.1)


def test_a_day_is_not_before_the_start(tables: Any) -> None:
    found = drawn(tables, "{exponential: {mean: 12h}}", ", max: 2", ", type: date", rows=400)

    assert found["x"].dtype == pl.Date
    assert (found["x"].cast(pl.Datetime("us")) >= found["a"]).all()
    assert (found["x"] <= dt.date(2025, 1, 1)).all()


def test_a_table_of_another_fanout_has_no_arrivals(tables: Any) -> None:
    text = "tables: {a: {rows: 3, columns: {n: {sequence: {}}}}, b: {parent: a, fanout: {fixed: 2}, columns: {x: {arrival: {}}}}}"
    with pytest.raises(PlanError, match="not made by arrivals") as caught:
        tables(text)

    assert caught.value.problems[0].path == "tables.b.columns.x.arrival"
