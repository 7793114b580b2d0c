"""`count` makes exactly as many rows as a column of the parent says."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan

FRAME = """
fanwise: 1
name: c
tables:
  place: {{rows: 5, key: code, columns: {{code: {{sequence: {{}}}}, size: {{integer: {{min: 0, max: 4}}}}}}}}
  top: {{rows: {rows}, key: id, columns: {{id: {{sequence: {{}}}}, at: {{ref: place}}, n: {n}}}}}
  t: {{parent: top, fanout: {{count: {column}{more}}}, columns: {{id: {{parent: id}}}}}}
"""


def plan(n: str, column: str = "n", more: str = "", rows: int = 500) -> Plan:
    return compile_plan(load(FRAME.format(n=n, column=column, more=more, rows=rows)))


def counted(found: Plan, chunk_rows: int = 10_000) -> pl.DataFrame:
    """Return the rows of the parent with the number of rows below each."""
    parts = list(generate(found, chunk_rows=chunk_rows))
    top, t = (pl.concat([part[name] for part in parts if name in part]) for name in ("top", "t"))
    return top.join(t.group_by("id").len("rows"), on="id", how="left", maintain_order="left").with_columns(
        pl.col("rows").fill_null(0)
    )


NUMBERS = {
    "drawn": "{poisson: {mean: 3}}",
    "computed": "{expr: id % 4}",
    "with nulls": "{negbin: {mean: 3, k: 1}, null: 30%}",
    "in a small type": "{integer: {min: 0, max: 9}, type: int8}",
}


@pytest.mark.parametrize("case", NUMBERS)
def test_as_many_rows_as_the_column_says(case: str) -> None:
    found = counted(plan(NUMBERS[case]))

    assert found["rows"].to_list() == found["n"].fill_null(0).to_list()
    assert found.equals(counted(plan(NUMBERS[case]), chunk_rows=37))
    assert counted(plan(NUMBERS[case], rows=900)).head(500).equals(found)


@pytest.mark.parametrize("case", NUMBERS)
def test_the_plan_knows_about_how_many(case: str) -> None:
    planned, found = plan(NUMBERS[case]), counted(plan(NUMBERS[case]))["rows"].sum()

    assert planned.expected_rows["t"] == pytest.approx(found, rel=0.12)


def test_a_column_that_is_reached() -> None:
    found = counted(plan("{constant: 1}", "place.size"))

    assert found.select(pl.col("rows").n_unique().over("at")).to_series().max() == 1
    assert found["rows"].n_unique() > 1


def test_bounds_hold() -> None:
    found = counted(plan("{poisson: {mean: 3}}", more=", min: 2, max: 4"))

    assert (found["rows"] == found["n"].clip(2, 4)).all()


@pytest.mark.parametrize(
    ("n", "column", "error", "words"),
    [
        ("{normal: {mean: 5, sd: 2}}", "n", PlanError, "holds Float64, and a number of rows is whole"),
        ("{integer: {min: -5, max: 5}}", "n", PlanError, "is not negative"),
        ("{fake: word}", "n", SchemaError, "holds text"),
        ("{constant: 1}", "m", SchemaError, "'m' is neither a column"),
    ],
)
def test_what_is_not_a_number_of_rows_is_refused(n: str, column: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        list(generate(plan(n, column)))

    (problem,) = caught.value.problems  # type: ignore[attr-defined]
    assert problem.path.startswith("tables.t.fanout")
    assert problem.mark is not None


def test_it_takes_no_multiplier() -> None:
    with pytest.raises(SchemaError, match="a multiplier is not possible for 'count'"):
        plan("{poisson: {mean: 3}}", more=", multiplier: {n: {1: 2, else: 1}}")
