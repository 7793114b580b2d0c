"""The same defects whoever writes the rows, and wherever they go; `crm`, which uses every kind of table, in all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.errors import UsageError
from fanwise.generator.language import load
from fanwise.generator.output.manifest import Manifest, read_manifest
from fanwise.generator.plan import compile_plan
from fanwise.generator.run import filling
from fanwise.generator.run.dirt import integrity_of
from fanwise.generator.run.options import Observer, RunOptions
from fanwise.generator.run.run import run
from tests.generator.run.test_defects import SCHEMA

pytestmark = pytest.mark.system


class Stop(Exception):
    pass


class Stopping(Observer):
    """Stops a run when it begins a step, or after some chunks of it."""

    def __init__(self, step: str, after: int = 0) -> None:
        self.stage, self.left, self.now = step, after, ""

    def begin(self, stage: str, rows: float = 0.0) -> None:
        self.now = stage
        self.look()

    def advance(self, rows: int, size: int = 0) -> None:
        self.left -= 1
        self.look()

    def look(self) -> None:
        if self.now == self.stage and self.left <= 0:
            raise Stop


def options(out: Path, **changes: Any) -> RunOptions:
    return RunOptions(out=out, gates="integrity", chunk_rows=150, threads=1, **changes)


def hashes(manifest: Manifest | None) -> dict[str, str]:
    assert manifest is not None
    return {name: table.content_hash for name, table in manifest.tables.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "PART_ROWS", 500)
        run(load(SCHEMA), options(out, format="csv"))
    return out


@pytest.mark.parametrize(("step", "after"), [("generate", 4), ("audit", 0), ("defects", 0)])
def test_a_stopped_run_is_continued_with_the_same_defects(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: int
) -> None:
    monkeypatch.setattr(filling, "PART_ROWS", 500)
    out = tmp_path / "data"
    with pytest.raises(Stop):
        run(load(SCHEMA), options(out, format="csv", resume=True), Stopping(step, after))
    result = run(load(SCHEMA), options(out, format="csv", resume=True))

    assert result.kept > 0
    assert hashes(result.manifest) == hashes(read_manifest(whole))
    for path in whole.rglob("*.csv"):
        assert (out / path.relative_to(whole)).read_bytes() == path.read_bytes(), path.name


def test_a_damaged_file_of_a_dirty_run_is_made_again(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "PART_ROWS", 500)
    out = tmp_path / "data"
    run(load(SCHEMA), options(out, format="csv"))
    (out / "_defects.csv").unlink()
    result = run(load(SCHEMA), options(out, format="csv", resume=True))

    assert hashes(result.manifest) == hashes(read_manifest(whole))
    assert (out / "_defects.csv").read_bytes() == (whole / "_defects.csv").read_bytes()


def test_a_clean_run_is_not_continued_as_a_dirty_one(tmp_path: Path) -> None:
    out = tmp_path / "data"
    with pytest.raises(Stop):
        run(load(SCHEMA), options(out, resume=True, clean=True), Stopping("audit"))
    with pytest.raises(UsageError, match="other settings"):
        run(load(SCHEMA), options(out, resume=True))


@pytest.mark.slow
def test_processes_write_the_same_defects(whole: Path, tmp_path: Path) -> None:
    found = run(load(SCHEMA), options(tmp_path / "out", workers=2))

    assert hashes(found.manifest) == hashes(read_manifest(whole))


Read = Callable[[str], list[tuple[Any, ...]]]
LISTED = 'SELECT "table", "key", "column", defect, clean FROM _defects'
CONTACTS = "SELECT account_id, contact_no, email, phone FROM contact"


def in_duckdb(url: str) -> Read:
    def read(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(url.removeprefix("duckdb:///"), read_only=True) as database:
            return database.execute(sql).fetchall()

    return read


def in_sqlite(url: str) -> Read:
    def read(sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return database.execute(sql).fetchall()

    return read


def in_delta(url: str) -> Read:
    deltalake = pytest.importorskip("deltalake", reason="needs the extra 'delta'")

    def read(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as database:
            for table in ("contact", "_defects"):
                there = deltalake.DeltaTable(f"{url.removeprefix('delta:///')}/{table}")
                database.register(table, there.to_pyarrow_table())
            return database.execute(sql).fetchall()

    return read


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("crm") / "data"
    assert run(load("crm"), RunOptions(out=out, gates="integrity", scale=0.1, threads=1)).exit_code == 0
    return out


def same_as_files(read: Read, crm: Path, where: str) -> None:
    with duckdb.connect() as database:
        for table in ("contact", "_defects"):
            database.execute(f"CREATE VIEW {table} AS FROM '{crm}/{table}.parquet'")
        for sql in (LISTED, CONTACTS):
            assert sorted(read(sql), key=str) == sorted(database.execute(sql).fetchall(), key=str), sql
    report = validator.audit(where, integrity_of(compile_contract(compile_plan(load("crm"), scale=0.1))))
    assert [found.message for found in report.findings if found.status.name in ("FAIL", "ERROR")] == []


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "arrow"])
def test_crm_goes_into_every_format(crm: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    found = run(load("crm"), RunOptions(out=out, gates="integrity", scale=0.1, format=form, threads=1))

    assert hashes(found.manifest) == hashes(read_manifest(crm))
    assert found.exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["duckdb", "sqlite", "delta"])
def test_crm_goes_into_databases_with_its_defects(crm: Path, tmp_path: Path, name: str) -> None:
    if name == "sqlite":
        pytest.importorskip("adbc_driver_sqlite", reason="needs the extra 'sql'")
    where = tmp_path / f"crm.{name}"
    read = {"duckdb": in_duckdb, "sqlite": in_sqlite, "delta": in_delta}[name](f"{name}:///{where}")
    run(load("crm"), RunOptions(gates="integrity", scale=0.1, to=f"{name}:///{where}", threads=1))

    same_as_files(read, crm, str(where))


@pytest.mark.slow
def test_crm_goes_into_postgresql_with_its_defects(crm: Path, postgres: Any) -> None:
    url = postgres.fill("crm_with_defects", {})
    run(load("crm"), RunOptions(gates="integrity", scale=0.1, to=url, threads=1))

    def read(sql: str) -> list[tuple[Any, ...]]:
        with postgres.driver.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    same_as_files(read, crm, url)


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "seed"), [(0.5, 7), (1, 42), (1, 3), (3, 5)])
def test_crm_passes_its_audit(tmp_path: Path, scale: float, seed: int) -> None:
    found = run(load("crm"), RunOptions(out=tmp_path / "crm", scale=scale, seed=seed))

    assert found.exit_code == 0
    assert found.report is not None
    assert [each.message for each in found.report.findings if each.status.name == "WARN"] == []
    assert pl.read_parquet(tmp_path / "crm" / "_defects.parquet")["defect"].n_unique() == 6
