"""`running` adds up, counts and compares the rows so far; sums are exact."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.generator.errors import PlanError, SchemaError

FRAME = """
tables:
  top:
    rows: {rows}
    key: id
    columns:
      id: {{sequence: {{}}}}
      opening: {{normal: {{mean: 5000, sd: 900}}, type: "decimal(9,2)", null: 10%}}
  t:
    parent: top
    fanout: {{{fanout}}}
    columns:
      id: {{parent: id}}
      opening: {{parent: opening}}
      value: {{{value}}}
      x: {{running: {{{what}}}}}
"""


def drawn(tables: Any, value: str, what: str, rows: int = 150, fanout: str = "geometric: {mean: 6}") -> pl.DataFrame:
    return tables(FRAME.format(value=value, what=what, rows=rows, fanout=fanout))["t"]  # type: ignore[no-any-return]


MONEY = "normal: {mean: 0, sd: 1000}, type: 'decimal(12,2)'"


def test_a_balance_is_exact_and_starts_at_the_parent(tables: Any) -> None:
    found = drawn(tables, f"{MONEY}, null: 20%", "sum: value, start: top.opening")

    assert found["x"].dtype == pl.Decimal(38, 2)
    for (_,), rows in found.group_by("id", maintain_order=True):
        opening, values = rows["opening"][0], [value or Decimal(0) for value in rows["value"]]
        expected = [None] * len(rows) if opening is None else list(accumulate(values, initial=opening))[1:]
        assert rows["x"].to_list() == expected
    assert 0 < found["x"].null_count() < len(found)


def test_a_long_sum_of_cents_has_no_error(tables: Any) -> None:
    """0.1 added 100,000 times as fractions of two is 10000.000000018848."""
    found = drawn(tables, "constant: 0.1", "sum: value", rows=2, fanout="fixed: 100000")

    assert found["x"].dtype == pl.Float64
    assert found["x"][99_999] == found["x"][199_999] == 10_000.0
    assert np.cumsum(np.full(100_000, 0.1))[-1] != 10_000.0


@pytest.mark.parametrize(
    ("value", "what", "expected"),
    [
        ("integer: {min: -9, max: 99}", "sum: value", pl.col("value").cum_sum()),
        ("integer: {min: -9, max: 99}", "sum: value, start: 7", pl.col("value").cum_sum() + 7),
        ("boolean: {p: 0.3}", "sum: value", pl.col("value").cast(pl.Int64).cum_sum()),
        ("fake: word", "count: value", pl.col("value").cum_count().cast(pl.Int64)),
        (f"{MONEY}", "max: value", pl.col("value").cum_max()),
        ("date: {between: [window.start, window.end]}", "min: value", pl.col("value").cum_min()),
        ("boolean: {p: 0.3}", "max: value", pl.col("value").cast(pl.Int64).cum_max()),
    ],
)
@pytest.mark.parametrize("null", ["", ", null: 40%"])
def test_it_is_what_sql_says(tables: Any, value: str, what: str, expected: pl.Expr, null: str) -> None:
    found = drawn(tables, value + null, what)
    so_far = expected.forward_fill().over("id")
    if what.startswith("sum"):
        so_far = so_far.fill_null(7 if "start" in what else 0)

    assert found["x"].equals(found.select(so_far).to_series(), check_dtypes=True)
    assert found["x"].null_count() < len(found)


def test_sums_of_unrounded_fractions_go_row_by_row(tables: Any) -> None:
    """The parent's numbers have no known digits here; the order of the sum is that of the rows."""
    text = FRAME.replace("opening: {{normal: {{mean: 5000, sd: 900}}, type: \"decimal(9,2)\", null: 10%}}",
                         "opening: {{normal: {{mean: 1, sd: 9}}, round: 15}}")  # fmt: skip
    found = tables(text.format(value="parent: opening", what="sum: value", rows=40, fanout="fixed: 9"))["t"]
    expected = found["value"].to_numpy().reshape(-1, 9).cumsum(axis=1).ravel()

    assert found["x"].to_list() == expected.tolist()


def test_large_families_do_not_spoil_the_exact_sums_of_others(tables: Any) -> None:
    found = drawn(tables, "choice: {0.1: 9, 1000000000000000.0: 1}", "sum: value", fanout="fixed: 3")
    small = found.filter((pl.col("value") < 1).all().over("id"))

    assert set(small["x"]) == {0.1, 0.2, 0.3}
    assert len(small) < len(found)


@pytest.mark.parametrize(
    ("value", "what", "place", "words"),
    [
        ("fake: word", "sum: value", "sum", "'value' holds String, so it has no sum"),
        ("fake: word", "max: value", "max", "no max"),
        ("date: {between: [window.start, window.end]}", "sum: value", "sum", "no sum"),
        ("fixed: 1", "max: value, start: 0", "start", "only a sum has a start"),
        ("fixed: 1", "sum: value, min: value", "", "2 aggregates"),
        ("fixed: 1", "sum: value, start: 2024-01-01", "start", "a sum starts with a number"),
    ],
)
def test_what_has_no_running_value_is_refused(tables: Any, value: str, what: str, place: str, words: str) -> None:
    with pytest.raises(PlanError, match=words) as caught:
        drawn(tables, value, what)

    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("FW-PLAN-RUNNING", f"tables.t.columns.x.running.{place}".rstrip("."))


def test_sums_that_do_not_fit_are_refused(tables: Any) -> None:
    with pytest.raises(PlanError, match="does not fit 64 bits"):
        drawn(tables, "constant: 4611686018427387904", "sum: value", fanout="fixed: 3")
    with pytest.raises(PlanError, match="more than 15 digits"):
        drawn(tables, "constant: 999999999999.5, type: 'decimal(18,4)'", "sum: value", fanout="fixed: 3")


def test_a_root_has_no_rows_so_far(tables: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        tables("tables: {t: {rows: 9, columns: {n: {sequence: {}}, x: {running: {sum: n}}}}}")

    assert [problem.code for problem in caught.value.problems] == ["FW-SCHEMA-NEEDS-PARENT"]


def test_sums_that_do_not_fit_their_type_name_one_of_them(tables: Any) -> None:
    text = (
        "tables:\n  top: {rows: 3, key: id, columns: {id: {sequence: {}}}}\n"
        "  t:\n    parent: top\n    fanout: {fixed: 4}\n    columns:\n"
        "      value: {constant: 4.25, type: 'decimal(6,2)'}\n      x: {running: {sum: value}, type: 'decimal(3,2)'}\n"
    )
    with pytest.raises(PlanError) as caught:
        tables(text)

    (problem,) = caught.value.problems
    assert problem.code == "FW-PLAN-TYPE"
    assert problem.why == "a value does not fit type decimal(3,2): 12.75, and 5 more of 12 values"
