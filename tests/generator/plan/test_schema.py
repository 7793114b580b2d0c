"""The schema of a plan says what the rows then hold: types, nulls, digits, foreign keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import fanwise
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.language.document.resources import ready_names
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.plan.schema import ColumnSchema

ROUTES = Path(__file__).parents[1] / "api" / "routes.yaml"


def plan_of(columns: dict[str, Any], **more: Any) -> Plan:
    """Return the plan of a table `t` with these columns, beside its key `id` and a `k` that is mostly b."""
    own = {"id": {"sequence": {"start": 1}}, "k": {"choice": {"a": 1, "b": 20}}, **columns}
    tables = {"t": {"rows": 60, "key": "id", "columns": own}, **more}
    return compile_plan(load({"fanwise": 1, "name": "s", "tables": tables}))


def known(plan: Plan, column: str, table: str = "t") -> ColumnSchema:
    return plan.schema.tables[table].columns[column]


@pytest.mark.parametrize("schema", [*ready_names(), str(ROUTES)])
def test_every_chunk_has_the_types_of_the_schema(schema: str) -> None:
    plan = fanwise.dataset(schema).plan
    plan = compile_plan(plan.dataset, rows={table.name: 30 for table in plan.roots if (table.rows or 0) > 30})
    seen: dict[str, pl.Schema] = {}

    for frames in generate(plan, threads=1, chunk_rows=20):
        for name, frame in frames.items():
            assert seen.setdefault(name, frame.schema) == frame.schema
    assert seen == plan.schema.written


@pytest.mark.parametrize("chunk_rows", [1, 60])
@pytest.mark.parametrize(
    ("base", "case", "dtype"),
    [
        ({"expr": "id * 2"}, 0.5, pl.Float64()),
        ({"expr": "id * 0.5"}, 7, pl.Float64()),
        ({"expr": "k"}, 7, pl.String()),
        ({"constant": None}, 7, pl.String()),
        ({"integer": {"min": 1, "max": 9}}, None, pl.Int64()),
    ],
)
def test_a_column_has_one_type_whichever_cases_its_rows_take(
    base: dict[str, Any], case: Any, dtype: pl.DataType, chunk_rows: int
) -> None:
    plan = plan_of({"x": {**base, "when": {"k": {"a": case}}}})
    frames = [frames["t"] for frames in generate(plan, threads=1, chunk_rows=chunk_rows)]

    assert known(plan, "x").dtype == dtype
    assert {frame["x"].dtype for frame in frames} == {dtype}
    assert "a" in pl.concat(frames)["k"].to_list()


def test_cases_of_sorts_that_no_type_holds_are_refused_at_the_column() -> None:
    with pytest.raises(
        PlanError, match=r"tables\.t\.columns\.x.*no common type for the replacements of `when`: Boolean, Date"
    ):
        plan_of({"x": {"expr": "id > 3", "when": {"k": {"a": {"date": {"between": ["2024-01-01", "2024-02-01"]}}}}}})


def test_a_rollup_of_text_is_refused_at_the_column() -> None:
    child = {"parent": "t", "fanout": {"fixed": 2}, "columns": {"id": {"parent": "id"}, "w": {"expr": "upper(t.k)"}}}

    with pytest.raises(PlanError, match=r"tables\.t\.columns\.x.*c\.w is neither numbers nor times"):
        plan_of({"x": {"rollup": {"min": "c.w"}}}, c=child)


@pytest.mark.parametrize(
    ("aggregate", "column", "dtype"),
    [
        ("sum", "whole", pl.Int64()),
        ("sum", "decimal_of_whole", pl.Int64()),
        ("sum", "decimal", pl.Float64()),
        ("mean", "whole", pl.Float64()),
        ("max", "decimal", pl.Decimal(8, 2)),
        ("max", "flag", pl.Int64()),
        ("min", "day", pl.Date()),
    ],
)
def test_what_is_rolled_up_has_the_type_of_its_rows(aggregate: str, column: str, dtype: pl.DataType) -> None:
    child = {
        "parent": "t",
        "fanout": {"fixed": 2},
        "columns": {
            "id": {"parent": "id"},
            "whole": {"integer": {"min": 1, "max": 9}},
            "decimal_of_whole": {"integer": {"min": 1, "max": 9}, "type": "decimal(8,2)"},
            "decimal": {"uniform": {"min": 1, "max": 9}, "type": "decimal(8,2)"},
            "flag": {"boolean": {"p": 0.5}},
            "day": {"date": {"between": ["2024-01-01", "2024-02-01"]}},
        },
    }
    plan = plan_of({"x": {"rollup": {aggregate: f"c.{column}"}}}, c=child)

    assert known(plan, "x").dtype == dtype == next(generate(plan))["t"]["x"].dtype


def test_hidden_columns_are_known_and_not_written() -> None:
    plan = plan_of({"x": {"uniform": {"min": 0, "max": 1}, "hidden": True}})

    assert known(plan, "x").dtype == pl.Float64()
    assert list(plan.schema.written["t"]) == ["id", "k"]


def test_keys_name_what_they_refer_to() -> None:
    schema = fanwise.dataset(ROUTES).plan.schema
    keys = {
        (name, key.columns, key.table, key.step.column)
        for name, table in schema.tables.items()
        for key in table.foreign_keys
    }

    assert ("line", ("order_id",), "order", None) in keys
    assert ("order", ("shop",), "shop", "shop") in keys


def test_a_path_over_two_references_is_named_by_all_of_them_where_one_is_not_enough() -> None:
    text = """
fanwise: 1
name: s
segments:
  kind: {table: customer, share: {a: 0.5, b: 0.5}}
tables:
  customer: {rows: 200, key: id, columns: {id: {sequence: {}}, kind: {segment: kind}}}
  account: {rows: 300, key: no, columns: {no: {sequence: {}}, owner: {ref: customer}}}
  transfer:
    rows: 3000
    columns:
      source: {ref: account}
      target: {ref: account, not: source}
      amount: {normal: {mean: 9, sd: 1}, multiplier: {source.customer.kind: {a: 1, b: 2}}}
      back: {normal: {mean: 9, sd: 1}, multiplier: {target.customer.kind: {a: 1, b: 2}}}
checks:
  - transfer.source.customer.kind in ('a', 'b')
"""
    plan = compile_plan(load(text))
    laws = {law.column: law.by for law in compile_contract(plan).distributions if law.table == "transfer"}

    assert laws["amount"] == ("source.customer.kind",)
    assert laws["back"] == ("target.customer.kind",)
