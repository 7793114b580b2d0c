"""Running numbers of a whole table: a wrong start, a gap, and a number that is none of them."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import ContractError, Finding, Status
from tests.validator.statistics.many import frames_of

SHOP = """
fanwise: 1
name: shop
tables:
  customer: {rows: 40, key: id, columns: {id: {sequence: {}}, spare: {sequence: {start: 7}, null: 0.2}}}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}}
    key: oid
    columns: {oid: {sequence: {start: 100, step: 5}}, id: {parent: id}, number: {sequence: {}}}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load(SHOP), seed=3)


def findings(plan: Plan, table: str, change: pl.Expr | None, kept: pl.Expr | None = None) -> dict[str, Finding]:
    frames = dict(frames_of(plan))
    frame = frames[table] if change is None else frames[table].with_columns(change)
    frames[table] = frame if kept is None else frame.filter(kept)
    report = validator.audit(frames, compile_contract(plan), threads=1)
    return {found.id: found for found in report.findings if found.check == "sequence"}


def test_healthy_numbers_pass_and_a_column_with_nulls_is_left_out(plan: Plan) -> None:
    found = findings(plan, "order", None)

    assert {name: each.status for name, each in found.items()} == dict.fromkeys(
        ("sequence.customer.id", "sequence.order.oid", "sequence.order.number"), Status.PASS
    )
    assert validator.load_contract(validator.to_dict(compile_contract(plan))) == compile_contract(plan)


@pytest.mark.parametrize(
    ("table", "column", "change", "kept", "said"),
    [
        ("customer", "id", pl.col("id") - 1, None, "1 number missing, such as 40; 1 number not one of them, such as 0"),
        ("customer", "id", pl.col("id"), pl.col("id") != 17, "1 number missing, such as 17; 1 number not one of them, such as 40"),
        ("order", "oid", pl.when(pl.col("oid") == 115).then(116).otherwise("oid").alias("oid"), None, "such as 115"),
        ("order", "oid", pl.when(pl.col("oid") == 115).then(120).otherwise("oid").alias("oid"), None, "such as 115"),
        ("order", "oid", pl.col("oid") * 2, None, "not one of them"),
        ("order", "number", pl.col("number") + 1, None, "order.number is not 1, 2, … up to"),
    ],
)  # fmt: skip
def test_a_wrong_start_a_gap_and_another_number_fail(
    plan: Plan, table: str, column: str, change: pl.Expr, kept: pl.Expr | None, said: str
) -> None:
    found = findings(plan, table, change, kept)[f"sequence.{table}.{column}"]

    assert found.status is Status.FAIL
    assert said in found.message


def test_running_numbers_are_integers() -> None:
    columns = {"id": {"type": "text", "numbered": {"start": 1}}}
    with pytest.raises(ContractError, match="running numbers are integers, not text"):
        validator.load_contract({"contract": 1, "name": "x", "tables": {"t": {"columns": columns}}})
