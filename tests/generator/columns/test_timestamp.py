"""`timestamp` and `date` stay between the row's own ends, in whole seconds."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.api.dataset import dataset
from fanwise.generator.columns.support.siblings import sorted_below
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.errors import PlanError, SchemaError, UsageError


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


DAYS = {
    "a date": "{date: {between: [a, window.end]}}",
    "an instant as a date": "{timestamp: {between: [a, window.end]}, type: date}",
    "a lag as a date": "{after: {column: a, lag: {exponential: {mean: 9h}}}, type: date}",
    "a chain as dates": "{after: {column: top.a, lag: {exponential: {mean: 9h}}, chain: true}, type: date}",
    "dates in order": "{date: {between: [top.a, window.end], order: ascending}}",
}


@pytest.mark.parametrize("case", DAYS)
def test_a_date_after_a_timestamp_is_not_before_it(tables: Any, case: str) -> None:
    """The day of an instant begins before it; only such days move, to the next one."""
    found = tables(f"""
tables:
  top: {{rows: 800, key: id, columns: {{id: {{sequence: {{}}}}, a: {{timestamp: {{between: [2024-12-20, window.end]}}}}}}}}
  t: {{parent: top, fanout: {{fixed: 3}}, columns: {{id: {{parent: id}}, a: {{parent: a}}, x: {DAYS[case]}}}}}
""")["t"]
    early = found.filter(pl.col("x").cast(pl.Datetime("us")) < pl.col("a"))

    assert found["x"].dtype == pl.Date
    assert len(early) == 0
    assert found.select((pl.col("x") == pl.col("a").dt.date().dt.offset_by("1d")).mean()).item() > 0.05


def test_dates_from_a_day_on_keep_their_values(tables: Any) -> None:
    found = tables("""
tables:
  t:
    rows: 2000
    columns:
      a: {date: {between: [2024-12-20, window.end]}}
      x: {date: {between: [a, window.end]}}
      y: {date: {between: [2024-02-03T09:00:00, 2024-02-06]}}
""")["t"]

    assert (found["x"] >= found["a"]).all()
    assert (found["x"] == found["a"]).mean() > 0.05
    assert set(found["y"]) == {dt.date(2024, 2, 4), dt.date(2024, 2, 5)}


@pytest.mark.parametrize(
    ("ends", "refused"),
    [
        ("[2024-06-01, 2024-08-01]", True),
        ("[2024-04-01, 2024-10-01]", True),
        ("[2024-03-31, 2024-08-01]", False),
        ("[2024-05-01, window.end]", False),
        ("[2024-05-01, a]", False),
        ("[2024-05-01, 2024-05-01]", False),
    ],
)
def test_a_curve_that_is_0_in_all_of_the_interval_is_refused(tables: Any, ends: str, refused: bool) -> None:
    text = f"""
curves: {{winter: {{month: {{Apr: 0, May: 0, Jun: 0, Jul: 0, Aug: 0, Sep: 0}}}}}}
tables: {{t: {{rows: 9, columns: {{a: {{date: {{between: [window.start, window.end]}}}}, x: {{timestamp: {{between: {ends}, curve: winter}}}}}}}}}}
"""
    if not refused:
        assert len(tables(text)["t"]) == 9
        return
    with pytest.raises(PlanError) as caught:
        tables(text)
    assert [problem.code for problem in caught.value.problems] == ["FW-PLAN-CURVE"]


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


BELOW = """
tables:
  top: {{rows: {rows}, key: id, columns: {{id: {{sequence: {{}}}}, began: {{timestamp: {{between: [window.start, 2024-07-01]}}, null: 10%}}}}}}
  event: {{parent: top, fanout: {{fixed: {n}}}, columns: {{id: {{parent: id}}, began: {{parent: began}}, no: {{ordinal: {{}}}}, x: {x}}}}}
"""


@pytest.mark.parametrize("kind", ["timestamp", "date"])
def test_ordered_draws_are_the_same_draws_sorted(tables: Any, kind: str) -> None:
    """Whatever the ends and the curve are: per parent the same values, the earliest first, and null where an end is."""
    text = f"{{{kind}: {{between: [began, window.end], order: ascending}}}}"
    ordered, free = (
        tables(BELOW.format(rows=400, n=5, x=x))["event"] for x in (text, text.replace(", order: ascending", ""))
    )
    firsts, known = free.filter(no=1), free.filter(pl.col("began").is_not_null())

    assert ordered.equals(
        free.select("id", "began", "no", pl.col("x").sort().over("id", mapping_strategy="group_to_rows"))
    )
    assert 0 < ordered["x"].null_count() == ordered["began"].null_count()
    assert not known.equals(known.sort("id", "x"))
    assert len(firsts) == 400


def test_ordered_instants_are_order_statistics(tables: Any) -> None:
    """The k-th of n uniform draws has a Beta(k, n + 1 - k) distribution."""
    x = "{timestamp: {between: [window.start, window.end], order: ascending}}"
    found = tables(BELOW.format(rows=4000, n=4, x=x))["event"]
    year = 366 * 86_400_000_000
    for k in range(1, 5):
        share = (found.filter(no=k)["x"] - dt.datetime(2024, 1, 1)).dt.total_microseconds() / year
        assert stats.kstest(share.to_numpy(), stats.beta(k, 5 - k).cdf).pvalue > 1e-4


def test_unique_dates_in_order_stay_unique(tables: Any) -> None:
    x = "{date: {between: [2000-01-01, 2010-01-01], order: ascending}, unique: true}"
    found = tables(BELOW.format(rows=100, n=7, x=x))["event"]

    assert found["x"].n_unique() == 700
    assert found.equals(found.sort("id", "x"))


def test_spans_too_wide_for_one_number_are_sorted_all_the_same() -> None:
    rows = Rows.below("t", Rows.of_root("r", np.arange(3)), np.array([2, 3, 1]))
    ctx = cast(GenerationContext, SimpleNamespace(rows=rows))
    far = 2**62

    assert sorted_below(ctx, np.array([5, -far, far, 0, -far, 7])).tolist() == [-far, 5, -far, 0, far, 7]


def test_a_pin_keeps_the_order(tmp_path: Any) -> None:
    x = "{date: {between: [window.start, window.end], order: ascending}}"
    text = f"fanwise: 1\nname: p\nwindow: {{start: 2024-01-01, end: 2025-01-01}}\n{BELOW.format(rows=3, n=3, x=x)}"
    day = dataset(text)["event"]["x"][1]

    assert dataset(text, pin={"event": {1: {"x": day}}})["event"].equals(dataset(text)["event"])
    with pytest.raises(UsageError, match="are in order, and the next row has"):
        dataset(text, pin={"event": {0: {"x": day + dt.timedelta(days=1)}}})


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("tables: {t: {rows: 9, columns: {x: {date: {between: [2024-01-01, 2024-02-01], order: ascending}}}}}",
         "FW-SCHEMA-NEEDS-PARENT", "tables.t.columns.x.date.order"),
        ("tables: {t: {rows: 9, columns: {x: {date: {between: [2024-01-01, 2023-02-01]}}}}}",
         "FW-SCHEMA-ORDER", "tables.t.columns.x.date.between[1]"),
        ("tables: {t: {rows: 9, columns: {x: {timestamp: {between: [2025-01-02, window.end]}}}}}",
         "FW-SCHEMA-ORDER", "tables.t.columns.x.timestamp.between[1]"),
        (BELOW.format(rows=3, n=3, x="{timestamp: {between: [due, window.end], order: ascending}}, "
         "due: {date: {between: [window.start, window.end]}}"),
         "FW-SCHEMA-SIBLINGS", "tables.event.columns.x.timestamp.between[0]"),
    ],
)  # fmt: skip
def test_what_cannot_be_in_order_is_refused(tables: Any, text: str, code: str, place: str) -> None:
    with pytest.raises(SchemaError) as caught:
        tables(text)

    assert [(problem.code, problem.path) for problem in caught.value.problems] == [(code, place)]
    assert caught.value.problems[0].mark is not None
