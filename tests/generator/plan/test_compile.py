"""The plan: rows of roots, seeds, and what cannot be planned."""

from __future__ import annotations

import pytest

from fanwise.generator.errors import PlanError, UsageError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: plan
tables:
  a: {rows: 50, key: id, columns: {id: {sequence: {}}}}
  fixed: {rows: 7, scale: false, columns: {n: {sequence: {}}}}
  b: {parent: a, fanout: {poisson: {mean: 4}}, columns: {id: {parent: id}}}
"""


@pytest.mark.parametrize(("scale", "rows"), [(0.29, 15), (0.31, 16), (1, 50), (0.001, 1), (2.5, 125), (1e-9, 1)])
def test_rows_are_scaled_and_rounded_half_up(scale: float, rows: int) -> None:
    plan = compile_plan(load(SCHEMA), scale=scale)

    assert dict(plan.rows) == {"a": rows, "fixed": 7}
    assert plan.expected_rows == pytest.approx({"a": rows, "fixed": 7, "b": 4 * rows})


def test_rows_of_a_root_are_set_after_scaling() -> None:
    assert compile_plan(load(SCHEMA), scale=3, rows={"a": 4}).rows == {"a": 4, "fixed": 7}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rows": {"b": 3}}, "'b' is fanned out from 'a'"),
        ({"rows": {"c": 3}}, "no table 'c'"),
        ({"rows": {"a": -1}}, "-1 rows"),
        ({"scale": 0.0}, "not a positive number"),
        ({"scale": float("nan")}, "not a positive number"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"seed": 2**63}, "out of range"),
    ],
)
def test_arguments_that_do_not_fit(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        compile_plan(load(SCHEMA), **options)  # type: ignore[arg-type]


def test_all_problems_of_a_plan_come_at_once_with_their_places() -> None:
    text = SCHEMA.replace(
        "columns: {id: {sequence: {}}}",
        "columns: {id: {sequence: {}}, x: {pattern: '#', unique: true}, y: {pattern: '['}}",
        1,
    )
    with pytest.raises(PlanError) as caught:
        compile_plan(load(text, file="plan.yaml"))

    found = [str(problem) for problem in caught.value.problems]
    assert [line.split(": ")[1] for line in found] == ["tables.a.columns.x", "tables.a.columns.y"]
    assert all(line.startswith("plan.yaml:5:") for line in found)


def test_more_than_ten_billion_rows_are_refused() -> None:
    with pytest.raises(PlanError, match=r"tables\.a\.rows: about 50,000,000,000 rows"):
        compile_plan(load(SCHEMA), scale=1e9)


def test_tables_come_after_what_they_need() -> None:
    text = SCHEMA.replace(
        "{rows: 50, key: id, columns: {id: {sequence: {}}}}",
        "{rows: 50, key: id, columns: {id: {sequence: {}}, f: {ref: fixed, column: n}}}",
    )

    assert list(compile_plan(load(text)).tables) == ["fixed", "a", "b"]
