"""Structs, lists and JSON in every format and destination, read back by an audit."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
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
name: nested
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  customer:
    rows: 40
    key: id
    columns:
      address: {struct: {city: {choice: {'Bo"nn': 1, "Ki'el": 1}}, since: {timestamp: {between: [window.start, window.end]}}}, null: 10%}
      tags: {list: {of: {choice: {a: 1, b: 2}}, length: {poisson: {mean: 2}}}}
      visits: {list: {of: {struct: {at: {timestamp: {between: [window.start, window.end]}, type: timestamptz}, pages: {poisson: {mean: 3}}}}, length: {poisson: {mean: 1}}}, null: 10%}
      settings: {json: {size: {poisson: {mean: 4}}}}
      size: {expr: "json_value(settings, '$.size', 'bigint')"}
checks:
  - json_value(customer.settings, '$.size', 'bigint') = customer.size
"""


@pytest.fixture(scope="module")
def dataset() -> fanwise.Dataset:
    return fanwise.dataset(SCHEMA)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "nested.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


def read_back(dataset: fanwise.Dataset, where: Any) -> None:
    report = fanwise.audit(where, compile_contract(dataset.plan))
    assert [f.message for f in report.findings if f.status is not Status.PASS] == []


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "arrow"])
def test_files(gen: Gen, file: Path, dataset: fanwise.Dataset, form: str) -> None:
    said = gen("run", file, "--no-audit", "--out", "out", "--format", form)
    assert said.code == 0, said.err
    read_back(dataset, "out")
    frame = dataset["customer"]
    if form == "parquet":
        assert pl.read_parquet("out/customer.parquet").equals(frame)
    elif form == "csv":
        found = pl.read_csv("out/customer.csv")
        assert [json.loads(cell) for cell in found["tags"]] == frame["tags"].to_list()
        cities = [None if cell is None else json.loads(cell)["city"] for cell in found["address"]]
        assert cities == frame["address"].struct.field("city").to_list()
    elif form == "jsonl":
        row = json.loads(Path("out/customer.jsonl").read_text(encoding="utf-8").splitlines()[0])
        assert row["tags"] == frame["tags"][0].to_list()


def test_duckdb_has_them_as_they_are(gen: Gen, file: Path, dataset: fanwise.Dataset) -> None:
    assert gen("run", file, "--no-audit", "--to", "duckdb:///nested.duckdb").code == 0
    read_back(dataset, "nested.duckdb")
    with duckdb.connect("nested.duckdb", read_only=True) as db:
        found = db.execute("SELECT address.city, len(tags), settings FROM customer ORDER BY id").fetchall()
    frame = dataset["customer"].sort("id")
    cities, sizes = frame["address"].struct.field("city"), frame["tags"].list.len()
    assert found == list(zip(cities, sizes, frame["settings"], strict=True))


def test_sqlite_has_json(gen: Gen, file: Path, dataset: fanwise.Dataset) -> None:
    pytest.importorskip("adbc_driver_sqlite", reason="needs the extra 'sql'")
    assert gen("run", file, "--no-audit", "--to", "sqlite:///nested.db").code == 0
    read_back(dataset, "nested.db")
    with closing(sqlite3.connect("nested.db")) as db:
        found = db.execute("SELECT address ->> 'city', json_array_length(tags) FROM customer ORDER BY id").fetchall()
    frame = dataset["customer"].sort("id")
    assert found == list(zip(frame["address"].struct.field("city"), frame["tags"].list.len(), strict=True))


def test_postgresql_has_jsonb(gen: Gen, file: Path, dataset: fanwise.Dataset, postgres: Any) -> None:
    url = postgres.fill("all_nested", {})
    said = gen("run", file, "--no-audit", "--to", url)
    assert said.code == 0, said.err
    read_back(dataset, url)
    sql = "SELECT pg_typeof(visits)::text, address ->> 'city', jsonb_array_length(tags) FROM customer ORDER BY id"
    with postgres.driver.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchall()
    frame = dataset["customer"].sort("id")
    cities, sizes = frame["address"].struct.field("city"), frame["tags"].list.len()
    assert found == [("jsonb", *row) for row in zip(cities, sizes, strict=True)]


def test_delta_has_them_as_they_are(gen: Gen, file: Path, dataset: fanwise.Dataset) -> None:
    deltalake = pytest.importorskip("deltalake", reason="needs the extra 'delta'")
    assert gen("run", file, "--no-audit", "--to", "delta:///lake").code == 0
    read_back(dataset, "lake")
    fields = {field.name: field.type for field in deltalake.DeltaTable("lake/customer").schema().fields}
    assert fields["tags"].element_type.type == "string"
    assert [field.name for field in fields["visits"].element_type.fields] == ["at", "pages"]
