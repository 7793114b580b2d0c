"""`after` adds a lag; `until` cuts its distribution off instead of heaping rows at the end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.columns.after import After, _largest_inside
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


def test_the_law_is_inverted_for_the_rows_only_that_do_not_fit(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    inverse = After._inverse

    def counted(self: After, ctx: Any, room: Any, rows: Any) -> Any:
        asked.append(len(rows))
        return inverse(self, ctx, room, rows)

    monkeypatch.setattr(After, "_inverse", counted)
    found = lags(tables, "lag: {exponential: {mean: 2d}}, until: 2024-01-01T01:12:00", rows=6000)

    assert found.max() < 0.05
    assert 0 < sum(asked) < 3000


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


PAIR = "intervals: {from: admitted_at, to: discharged_at, overlap: false}"
STAYS = """
tables:
  patient: {{rows: {rows}, key: id, columns: {{id: {{sequence: {{}}}}}}}}
  stay:
    parent: patient
    fanout: {{fixed: {n}}}
    {intervals}
    columns:
      id: {{parent: id}}
      admitted_at: {{{start}}}
      discharged_at: {{{end}}}
"""
ORDERED = "timestamp: {between: [window.start, window.end], order: ascending}"
STAY = "after: {column: admitted_at, lag: {exponential: {mean: 60d}}}"


def stays(
    tables: Any, intervals: str, start: str = ORDERED, end: str = STAY, n: int = 6, rows: int = 900
) -> pl.DataFrame:
    text = STAYS.format(intervals=intervals, start=start, end=end, n=n, rows=rows)
    return tables(text)["stay"]  # type: ignore[no-any-return]


def overlapping(found: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that begin before an earlier row of the patient has ended."""
    return found.filter(pl.col("admitted_at") < pl.col("discharged_at").cum_max().shift(1).over("id"))


@pytest.mark.parametrize("pair", ["{{{}}}", "[{{{}}}]"])
def test_stays_that_do_not_overlap(tables: Any, pair: str) -> None:
    free = stays(tables, "")
    found = stays(tables, "intervals: " + pair.format("from: admitted_at, to: discharged_at, overlap: false"))

    assert len(overlapping(free)) > 500
    assert len(overlapping(found)) == 0
    assert found["admitted_at"].equals(free["admitted_at"])
    assert stays(tables, "intervals: " + pair.format("from: admitted_at, to: discharged_at")).equals(free)


def test_a_stay_has_its_distribution_cut_off_at_the_next_one(tables: Any) -> None:
    found = stays(tables, "intervals: {from: admitted_at, to: discharged_at, overlap: false}").with_columns(
        room=(pl.col("admitted_at").shift(-1).over("id") - pl.col("admitted_at")).dt.total_microseconds() / DAY,
        lag=(pl.col("discharged_at") - pl.col("admitted_at")).dt.total_microseconds() / DAY,
    )
    law, last = stats.expon(scale=60), found.filter(pl.col("room").is_null())
    cut = found.filter(pl.col("room") > 0.01)

    assert stats.kstest(last["lag"].to_numpy(), law.cdf).pvalue > 1e-4
    assert stats.kstest(law.cdf(cut["lag"].to_numpy()) / law.cdf(cut["room"].to_numpy()), "uniform").pvalue > 1e-4


def test_stays_of_days_do_not_overlap(tables: Any) -> None:
    found = stays(tables, PAIR, ORDERED.replace("timestamp", "date"), f"{STAY}, type: date")

    assert found["discharged_at"].dtype == pl.Date
    assert len(overlapping(found)) == 0


def test_a_null_stay_is_passed_over(tables: Any) -> None:
    start = f"{ORDERED}, null: 40%"
    found = stays(tables, "intervals: {from: admitted_at, to: discharged_at, overlap: false}", start)
    known = found.filter(pl.col("admitted_at").is_not_null())

    assert found["discharged_at"].is_null().equals(found["admitted_at"].is_null())
    assert len(overlapping(known)) == 0
    assert len(known) < len(found)


@pytest.mark.parametrize(
    ("intervals", "start", "end", "place", "words"),
    [
        (PAIR, ORDERED.replace(", order: ascending", ""), STAY, "from", "not in the order of the rows"),
        (PAIR, f"{ORDERED}, when: {{id: {{1: null}}}}", STAY, "from", "not in the order of the rows"),
        (PAIR, ORDERED, ORDERED, "to", "does not follow 'admitted_at'"),
        (PAIR, ORDERED, STAY.replace("lag:", "chain: true, lag:"), "to", "does not follow"),
        (PAIR, ORDERED, f"{STAY}, type: date", "to", "is a date, which may be after"),
        (PAIR.replace("discharged_at", "left_at"), ORDERED, STAY, "to", "stay has no column 'left_at'"),
        ("intervals: [{from: admitted_at, overlap: false}]", ORDERED, STAY, "[0]", "'to' is missing"),
    ],
)
def test_intervals_that_cannot_be_kept_apart_are_refused(
    tables: Any, intervals: str, start: str, end: str, place: str, words: str
) -> None:
    with pytest.raises(SchemaError, match=words) as caught:
        stays(tables, intervals, start, end)

    (problem,) = caught.value.problems
    assert problem.path == f"tables.stay.intervals.{place}".replace(".[", "[")
    assert problem.mark is not None
    assert problem.hint


def test_intervals_of_a_root_are_refused(tables: Any) -> None:
    text = "tables: {t: {rows: 9, INTERVALS, columns: {a: {date: {between: [2024-01-01, 2024-02-01]}}, b: {after: {column: a, lag: {fixed: 1d}}}}}}"
    with pytest.raises(SchemaError) as caught:
        tables(text.replace("INTERVALS", "intervals: {from: a, to: b, overlap: false}"))

    assert [problem.code for problem in caught.value.problems] == ["FW-SCHEMA-NEEDS-PARENT"]


@pytest.mark.parametrize("rows", [1, 3, 40, 2000])
def test_several_halvings_at_once_are_those_made_one_by_one(rows: int) -> None:
    edges = np.random.default_rng(rows).random(rows) ** 4
    low, high = np.zeros(rows), np.ones(rows)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = np.where(middle < edges, middle, low), np.where(middle < edges, high, middle)

    assert np.array_equal(_largest_inside(lambda u: u < edges, rows), low)


@pytest.mark.parametrize("together", [1, 7, 1 << 20])
def test_lags_do_not_depend_on_how_many_are_drawn_at_once(
    tables: Any, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """Few rows have room for a usual lag, so many lanes are tried, and some rows take the inverse."""
    law = "lag: {gamma: {mean: 2d, shape: 2}}"
    usual = lags(tables, f"{law}, until: 2024-01-01T06:00", rows=400)
    monkeypatch.setattr("fanwise.generator.columns.after._TOGETHER", together)

    assert lags(tables, f"{law}, until: 2024-01-01T06:00", rows=400).equals(usual)
