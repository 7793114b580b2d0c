"""Every type of the language in every format and destination: what is there, and that the audit reads it back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import fanwise
from fanwise.generator.audit.contract import compile_contract
from fanwise.validator import Status
from tests.generator.output.destinations.conftest import Gen

SCHEMA = """
fanwise: 1
name: types
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.5, Standard: 0.5}, description: how much they buy}
tables:
  customer:
    description: a person who buys
    rows: 8
    key: id
    columns:
      id: {uuid: {}, type: uuid}
      tier: {segment: tier}
      code: {pattern: "AA-###", type: varchar(8), description: printed on the card}
      country: {choice: {DE: 1, FR: 2}, type: char(2), required: true}
      profile: {choice: {'{"a": "it''s"}': 1, '{"b": [1,2]}': 1}, type: json, null: 20%}
      seen: {timestamp: {between: [window.start, window.end]}, type: timestamptz}
      again: {after: {column: seen, lag: {exponential: {mean: 2d}}}, type: timestamptz, null: 10%}
      total: {uniform: {min: -50, max: 50}, decimal: [12, 2]}
      precise: {uniform: {min: 0, max: 1}, type: "decimal(30,5)"}
      opens: {choice: {"08:30": 1, "17:45:10": 1}, type: time}
      hour: {expr: seen, type: time}
      last: {rollup: {max: order.at}, type: timestamptz}
  order:
    parent: customer
    fanout: {fixed: 2}
    key: [id, no]
    columns:
      no: {ordinal: {}}
      at: {timestamp: {between: [customer.seen, 2026-01-01], order: ascending}, type: timestamptz}
      before: {previous: {column: at, else: null}, type: timestamptz}
checks: [customer.again >= customer.seen]
"""


@pytest.fixture(scope="module")
def dataset() -> fanwise.Dataset:
    return fanwise.dataset(SCHEMA)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "types.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


def without_times(path: Path) -> Path:
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if "type: time}" not in line), encoding="utf-8")
    return path


def read_back(dataset: fanwise.Dataset, where: Any) -> None:
    """Check that an audit of what is there finds every type as it is declared."""
    report = fanwise.audit(where, compile_contract(dataset.plan))
    assert [f.message for f in report.findings if f.status in (Status.FAIL, Status.ERROR)] == []
    assert [f.message for f in report.findings if f.check in ("columns", "form") and f.status is not Status.PASS] == []
    assert sum(f.check == "form" for f in report.findings) == 5


def test_frames_have_the_types(dataset: fanwise.Dataset) -> None:
    found = dataset["customer"].schema
    assert found["seen"] == pl.Datetime("us", "UTC")
    assert found["opens"] == found["hour"] == pl.Time
    assert found["total"] == pl.Decimal(12, 2)
    assert dataset["customer"].select((pl.col("seen").dt.time() == pl.col("hour")).all()).item()
    assert dataset["customer"]["opens"].cast(pl.String).unique().sort().to_list() == ["08:30:00", "17:45:10"]


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "arrow"])
def test_files(gen: Gen, file: Path, dataset: fanwise.Dataset, form: str) -> None:
    said = gen("run", file, "--no-audit", "--out", "out", "--format", form)
    assert said.code == 0, said.err
    read_back(dataset, "out")
    if form == "csv":
        head = Path("out/customer.csv").read_text(encoding="utf-8").splitlines()[1]
        row = dataset["customer"].row(0, named=True)
        assert f"{row['seen']:%Y-%m-%dT%H:%M:%SZ}" in head
        assert f"{row['opens']}" in head


def test_duckdb(gen: Gen, file: Path, dataset: fanwise.Dataset) -> None:
    assert gen("run", file, "--no-audit", "--to", "duckdb:///types.duckdb").code == 0
    read_back(dataset, "types.duckdb")
    with duckdb.connect("types.duckdb", read_only=True) as db:
        rows = db.execute(
            "SELECT column_name, data_type, comment, is_nullable FROM duckdb_columns() "
            "WHERE table_name = 'customer' ORDER BY column_index"
        ).fetchall()
        checks = db.execute("SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'CHECK'").fetchall()
    types = [(name, kind) for name, kind, *_ in rows]
    assert types == [
        ("id", "UUID"), ("tier", "VARCHAR"), ("code", "VARCHAR"), ("country", "VARCHAR"), ("profile", "JSON"),
        ("seen", "TIMESTAMP WITH TIME ZONE"), ("again", "TIMESTAMP WITH TIME ZONE"), ("total", "DECIMAL(12,2)"),
        ("precise", "DECIMAL(30,5)"), ("opens", "TIME"), ("hour", "TIME"), ("last", "TIMESTAMP WITH TIME ZONE"),
    ]  # fmt: skip
    assert checks == [(2,)]
    said = {name: (comment, nullable) for name, _, comment, nullable in rows}
    assert said["tier"][0] == "how much they buy"
    assert said["code"] == ("printed on the card", True)
    assert said["country"][1] is False


def test_sqlite_keeps_cents_exactly(gen: Gen, file: Path, dataset: fanwise.Dataset) -> None:
    pytest.importorskip("adbc_driver_sqlite", reason="needs the extra 'sql'")
    assert gen("run", file, "--no-audit", "--to", "sqlite:///types.db").code == 0
    read_back(dataset, "types.db")
    frame = dataset["customer"]
    with closing(sqlite3.connect("types.db")) as db:
        kinds = dict(db.execute("SELECT name, type FROM pragma_table_info('customer')").fetchall())
        cents, texts, total = db.execute(
            "SELECT json_group_array(total), json_group_array(precise), sum(total) FROM customer"
        ).fetchone()
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            db.execute("UPDATE customer SET total = 19.99")
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            db.execute("UPDATE customer SET profile = '{'")
    assert kinds["total"] == "INT_DECIMAL(12,2)"
    assert kinds["precise"] == "TEXT_DECIMAL(30,5)"
    assert (kinds["code"], kinds["country"]) == ("VARCHAR(8)", "CHAR(2)")
    assert [Decimal(int(cell)) / 100 for cell in cents.strip("[]").split(",")] == frame["total"].to_list()
    assert [Decimal(cell.strip('"')) for cell in texts.strip("[]").split(",")] == frame["precise"].to_list()
    assert Decimal(total) / 100 == frame["total"].sum()


def test_postgresql(gen: Gen, file: Path, dataset: fanwise.Dataset, postgres: Any) -> None:
    url = postgres.fill("all_types", {})
    said = gen("run", file, "--no-audit", "--to", url)
    assert said.code == 0, said.err
    read_back(dataset, url)
    types = (
        "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod)::text, a.attnotnull, "
        "col_description(a.attrelid, a.attnum)::text FROM pg_attribute a "
        "WHERE attrelid = 'customer'::regclass AND attnum > 0 ORDER BY attnum"
    )
    with postgres.driver.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(types)
        rows = cursor.fetchall()
        cursor.execute("SELECT profile->>'a', count(*) FROM customer WHERE profile ? 'a' GROUP BY 1")
        [(value, count)] = cursor.fetchall()
    assert {name: kind for name, kind, *_ in rows} == {
        "id": "uuid", "tier": "text", "code": "character varying(8)", "country": "character(2)", "profile": "jsonb",
        "seen": "timestamp with time zone", "again": "timestamp with time zone", "total": "numeric(12,2)",
        "precise": "numeric(30,5)", "opens": "time without time zone", "hour": "time without time zone", "last": "timestamp with time zone",
    }  # fmt: skip
    assert {name for name, _, required, _ in rows if required} == {"id", "country"}
    assert {name: said for name, *_, said in rows}["code"] == "printed on the card"
    assert value == "it's"
    assert count == dataset["customer"]["profile"].str.contains("it's").sum()


def test_delta(gen: Gen, file: Path) -> None:
    deltalake = pytest.importorskip("deltalake", reason="needs the extra 'delta'")
    refused = gen("run", file, "--no-audit", "--to", "delta:///lake")
    assert refused.code == 4
    assert "customer.opens is a time of day, which Delta Lake has no type for" in refused.err

    text = without_times(file)
    assert gen("run", text, "--no-audit", "--to", "delta:///lake").code == 0
    read_back(fanwise.dataset(text), "lake")
    fields = {field.name: field for field in deltalake.DeltaTable("lake/customer").schema().fields}
    assert {name: field.type.type for name, field in fields.items()} == {
        **dict.fromkeys(("id", "tier", "code", "country", "profile"), "string"),
        **dict.fromkeys(("seen", "again", "last"), "timestamp"), "total": "decimal(12,2)", "precise": "decimal(30,5)",
    }  # fmt: skip
    assert fields["code"].metadata == {
        "__CHAR_VARCHAR_TYPE_STRING": "varchar(8)", "comment": "printed on the card",
    }  # fmt: skip
