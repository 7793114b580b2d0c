"""`after` adds a lag; `until` cuts its distribution off instead of heaping rows at the end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.errors import PlanError, SchemaError

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


def test_a_fixed_lag(tables: Any) -> None:
    assert set(lags(tables, "lag: {fixed: 36h}", rows=20)) == {1.5}
    assert (lags(tables, "lag: {fixed: 36h}, until: 2024-01-02", rows=20) < 1).all()


def gaps(tables: Any, after: str, parents: int = 2000) -> pl.DataFrame:
    """Return the lags of chains of five rows, in days, by the number of the row."""
    found = tables(f"""
tables:
  top: {{rows: {parents}, key: id, columns: {{id: {{sequence: {{}}}}, a: {{timestamp: {{between: [2024-01-01, 2024-01-02]}}}}}}}}
  t: {{parent: top, fanout: {{fixed: 5}}, columns: {{id: {{parent: id}}, a: {{parent: a}}, no: {{ordinal: {{}}}}, x: {{after: {{column: top.a, {after}, chain: true}}}}}}}}
""")["t"]
    before = pl.col("x").shift(1).over("id").fill_null(pl.col("a"))
    return found.with_columns(before=before, lag=(pl.col("x") - before).dt.total_microseconds() / DAY)


def test_each_lag_of_a_chain_follows_the_distribution_by_itself(tables: Any) -> None:
    found = gaps(tables, "lag: {exponential: {mean: 2d}}")
    wide = found.pivot("no", index="id", values="lag").drop("id").to_numpy()

    for no in range(5):
        assert stats.kstest(wide[:, no], stats.expon(scale=2).cdf).pvalue > 1e-4
    assert (np.abs(np.corrcoef(wide.T) - np.eye(5)) < 0.1).all()


def test_a_chain_is_cut_off_at_its_end(tables: Any) -> None:
    """Each lag has the distribution cut off at what the rows before it have left."""
    found = gaps(tables, "lag: {exponential: {mean: 3d}}, until: 2024-01-11").with_columns(
        room=(pl.lit(dt.datetime(2024, 1, 11)) - pl.col("before")).dt.total_microseconds() / DAY
    )
    law = stats.expon(scale=3)

    assert (found["x"] < dt.datetime(2024, 1, 11)).all()
    for no in range(1, 6):
        rows = found.filter(pl.col("no") == no, pl.col("room") > 0.01)
        share = law.cdf(rows["lag"].to_numpy()) / law.cdf(rows["room"].to_numpy())
        assert stats.kstest(share, "uniform").pvalue > 1e-4


def test_a_chain_without_a_start_is_null(tables: Any) -> None:
    found = tables("""
tables:
  top: {rows: 200, key: id, columns: {id: {sequence: {}}, a: {date: {between: [2024-01-01, 2024-02-01]}, null: 30%}}}
  t: {parent: top, fanout: {fixed: 3}, columns: {a: {parent: a}, x: {after: {column: top.a, lag: {exponential: {mean: 2d}}, chain: true}}}}
""")["t"]

    assert found["x"].is_null().equals(found["a"].is_null())
    assert 0 < found["x"].null_count() < 600


OUTSIDE = {
    "a law without end": ("2024-01-01", "pareto: {min: 1d, alpha: 0.5}"),
    "a law that overflows 64 bits": ("2024-01-01", "pareto: {min: 1d, alpha: 0.25}"),
    "a mean of 2,700 years": ("2024-01-01", "exponential: {mean: 1000000d}"),
    "a start near the end": ("9998-06-01", "uniform: {min: 400d, max: 800d}"),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_no_lag_leaves_the_calendar(tables: Any, case: str) -> None:
    """Years beyond 9999 cannot be read back from CSV, and SQLite and Python have none."""
    start, lag = OUTSIDE[case]
    with pytest.raises(PlanError, match="calendar") as caught:
        lags(tables, f"lag: {{{lag}}}", start=start, rows=20_000)

    (problem,) = caught.value.problems
    assert problem.code == "FW-PLAN-CALENDAR"
    assert problem.mark is not None
    assert "until: window.end" in problem.hint
    assert lags(tables, f"lag: {{{lag}}}, until: 9999-12-31", start=start, rows=2000).min() >= 0


def test_a_chain_stays_in_the_calendar(tables: Any) -> None:
    with pytest.raises(PlanError, match="calendar"):
        gaps(tables, "lag: {fixed: 600000d}", parents=3)


def test_a_chain_needs_a_parent(tables: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        lags(tables, "lag: {fixed: 1d}, chain: true")

    assert [problem.code for problem in caught.value.problems] == ["FW-SCHEMA-NEEDS-PARENT"]
