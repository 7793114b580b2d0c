"""`hidden: true` on a table: it is made, referred to and rolled up, and nothing writes it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from fanwise.generator.api.dataset import dataset
from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.errors import SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.run import RunOptions, run
from tests.invariants.laws import assert_laws, assert_same, tables

SCHEMA = """
fanwise: 1
name: hidden
segments:
  tier: {table: customer, share: {VIP: 0.3, Rest: 0.7}}
tables:
  mood: {hidden: true, key: name, values: [{name: good, factor: 2, w: 3}, {name: bad, factor: 1, w: 1}]}
  customer:
    rows: 200
    key: customer_id
    columns:
      tier: {segment: tier}
      mood: {ref: mood, weight: w}
      visits: {rollup: {count: visit}}
      spent: {rollup: {sum: visit.spend}, round: 2}
      best: {rollup: {max: visit.line.price}}
  visit:
    hidden: true
    parent: customer
    fanout: {poisson: {mean: 3}, multiplier: {tier: {VIP: 2, Rest: 1}}}
    key: visit_id
    columns: {spend: {gamma: {mean: 20, shape: 2}, multiplier: {mood.name: {good: 2, bad: 1}}}}
  line:
    parent: visit
    fanout: {poisson: {mean: 2}}
    key: line_id
    columns: {customer_id: {expr: customer.customer_id, references: customer.customer_id}, price: {uniform: {min: 1, max: 9}}}
"""
SHOWN = SCHEMA.replace("hidden: true, ", "").replace("    hidden: true\n", "")


def test_what_is_written_is_the_same_without_the_hidden_tables() -> None:
    found, shown = assert_laws(SCHEMA), tables(SHOWN)

    assert list(found) == ["customer", "line"]
    assert_same(found, {name: shown[name] for name in found})
    assert found["customer"]["spent"].sum() == pytest.approx(shown["visit"]["spend"].sum(), abs=1)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_writes_and_audits_the_other_tables(tmp_path: Path, workers: int) -> None:
    done = run(load(SCHEMA), RunOptions(out=tmp_path / "out", chunk_rows=40, workers=workers))
    files = {path.name.partition(".")[0] for path in (tmp_path / "out").iterdir()}

    assert done.report.verdict.exit_code == 0
    assert files == {"answers", "customer", "line", "manifest", "report", "verify"}
    assert pl.read_parquet(tmp_path / "out" / "line.parquet").equals(tables(SCHEMA)["line"])


def test_databases_have_the_other_tables_and_their_keys() -> None:
    connection = dataset(SCHEMA).to_duckdb()
    names = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
    keys = connection.execute(
        "select referenced_table from duckdb_constraints() where constraint_type = 'FOREIGN KEY'"
    ).fetchall()

    assert names == {"customer", "line"}
    assert keys == [("customer",)]


def test_the_contract_has_no_word_of_a_hidden_table_and_the_plan_says_why() -> None:
    plan = compile_plan(load(SCHEMA))
    contract = compile_contract(plan)

    assert list(contract.tables) == ["customer", "line"]
    assert [edge.table for edge in contract.tables["line"].edges] == ["customer"]
    assert any("visit is hidden" in str(problem) for problem in warnings(plan))
    assert contract.effects == {}


def test_the_api_lists_the_written_tables() -> None:
    made = dataset(SCHEMA)

    assert made.tables == ("customer", "line")
    with duckdb.connect() as session:
        session.register("customer", made["customer"])
        assert session.sql("select sum(visits) from customer").fetchall() == [(made["visit"].height,)]


BAD = {
    "an axis": (
        "{rows: 3, hidden: true, columns: {tier: {segment: tier}}}",
        "",
        "the audit reads segments from the files",
    ),
    "a check": ("{rows: 3, hidden: true, columns: {x: {constant: 1}}}", "checks: [t.x > 0]", "the table t is hidden"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_hidden_is_told(name: str) -> None:
    table, more, why = BAD[name]
    with pytest.raises(SchemaError) as caught:
        load(
            f"fanwise: 1\nname: s\nsegments: {{tier: {{table: t, share: {{a: 1}}}}}}\ntables:\n  t: {table}\n{more}\n"
            if name == "an axis"
            else f"fanwise: 1\nname: s\ntables:\n  t: {table}\n{more}\n"
        )

    assert any(why in problem.why and problem.code == "FW-SCHEMA-HIDDEN" for problem in caught.value.problems)
