"""`after` adds a lag; `until` cuts its distribution off instead of heaping rows at the end."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from scipy import stats

DAY = 86_400_000_000


def lags(tables: Any, after: str, start: str = "2024-01-01", rows: int = 6000) -> pl.Series:
    found = tables(f"""
tables:
  t:
    rows: {rows}
    columns:
      a: {{timestamp: {{between: [{start}, {start}]}}}}
      x: {{after: {{column: a, {after}}}}}
""")["t"]
    return (found["x"] - found["a"]).dt.total_microseconds() / DAY


def test_the_lag_follows_its_distribution(tables: Any) -> None:
    found = lags(tables, "lag: {exponential: {mean: 2d}}")

    assert stats.kstest(found.to_numpy(), stats.expon(scale=2).cdf).pvalue > 1e-4


@pytest.mark.parametrize(("end", "room"), [("2024-01-03", 2.0), ("2024-01-01T00:30:00", 1 / 48), ("2024-06-01", 152.0)])
def test_until_cuts_the_distribution_off(tables: Any, end: str, room: float) -> None:
    law = stats.expon(scale=2)
    found = lags(tables, f"lag: {{exponential: {{mean: 2d}}}}, until: {end}").to_numpy()

    assert found.max() < room
    assert stats.kstest(found, lambda x: law.cdf(x) / law.cdf(room)).pvalue > 1e-4


def test_no_room_gives_the_start(tables: Any) -> None:
    assert lags(tables, "lag: {exponential: {mean: 2d}}, until: 2023-12-31", rows=20).to_list() == [0.0] * 20
