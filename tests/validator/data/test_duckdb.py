"""DuckDB as a source: a file, read-only and locked down, and a connection that stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import SourceError, Status
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.errors import QueryError

pytestmark = pytest.mark.system


class Stream:
    """Hides from DuckDB what a frame is but for its Arrow stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def fill(connection: duckdb.DuckDBPyConnection, frames: dict[str, pl.DataFrame], schema: str = "main") -> None:
    for name, frame in frames.items():
        connection.register("frame_to_copy", Stream(frame))
        connection.execute(f'CREATE TABLE {schema}."{name}" AS SELECT * FROM frame_to_copy')
        connection.unregister("frame_to_copy")


@pytest.fixture
def file(shop: Any, tmp_path: Path) -> Path:
    """The shop in a file whose name is hostile."""
    path = tmp_path / 'it\'s a "shop".duckdb'
    with duckdb.connect(str(path)) as connection:
        fill(connection, shop.frames)
    return path


@pytest.fixture
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        yield connection


def only(table: str, **columns: str) -> dict[str, Any]:
    return {"contract": 1, "name": "x", "tables": {table: {"columns": columns}}}


def test_a_file_gives_the_findings_of_the_frames_and_is_not_touched(shop: Any, file: Path) -> None:
    before = file.read_bytes()
    report = validator.audit(str(file), shop.contract)

    assert report.findings == shop.audit().findings
    assert {table.format for table in report.tables} == {"duckdb"}
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_is_attached_read_only_and_nothing_else_can_be_reached(shop: Any, file: Path) -> None:
    hostile = [
        'INSERT INTO source.main."order" DEFAULT VALUES',
        'DROP TABLE source.main."order"',
        "SELECT * FROM read_text('/etc/hostname')",
        f"ATTACH '{file.parent / 'other.duckdb'}'",
        "SET enable_external_access = true",
    ]
    with Warehouse.open(file, validator.load_contract(shop.contract)) as warehouse:
        for sql in hostile:
            with pytest.raises(QueryError):
                warehouse.rows(sql)


def test_a_view_that_reads_other_files_is_refused_and_the_rest_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "views.duckdb"
    (tmp_path / "other.csv").write_text("i\n1\n")
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1::BIGINT AS i; CREATE VIEW good AS SELECT * FROM t")
        connection.execute(f"CREATE VIEW bad AS SELECT * FROM read_csv('{tmp_path / 'other.csv'}')")
    contract = only("good", i="int64")
    contract["tables"]["bad"] = {"columns": {"i": "int64"}}
    found = {finding.id: finding for finding in validator.audit(path, contract).findings}

    assert found["table.good"].status is Status.PASS
    assert found["table.bad"].status is Status.ERROR
    assert "disabled by configuration" in found["table.bad"].message


def test_a_table_in_another_schema_is_found_where_it_is_the_only_one(tmp_path: Path) -> None:
    path = tmp_path / "schemas.duckdb"
    with duckdb.connect(str(path)) as connection:
        for schema in ("one", "two"):
            connection.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.both AS SELECT 1::BIGINT AS i")
        connection.execute("CREATE TABLE one.single AS SELECT 1::BIGINT AS i")

    assert validator.audit(path, only("single", i="int64")).exit_code == 0
    clash = validator.audit(path, only("both", i="int64"))
    missing = validator.audit(path, only("none", i="int64"))
    assert (clash.exit_code, missing.exit_code) == (1, 1)
    assert "several schemas: one, two" in clash.findings[0].message
    assert "both, both, single" in missing.findings[0].hint


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "nor a DuckDB or SQLite database"),
        (b"SQLite format 3\0" + bytes(4096), "cannot be opened: file is not a database"),
        (b"a,b\n1,2\n" * 100, "nor a DuckDB or SQLite database"),
        (bytes(8) + b"DUCK", "cannot be opened"),
        (bytes(8) + b"DUCK" + bytes(16384), "cannot be opened"),
    ],
)
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "data.duckdb"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=why) as caught:
        validator.audit(path, only("a", i="int64"))

    assert "Hint" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_database_that_is_open_for_writing_is_refused_with_the_way_out(shop: Any, file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        with pytest.raises(SourceError, match="give the open connection"):
            validator.audit(file, shop.contract)

        assert validator.audit(connection, shop.contract).exit_code == 0


def test_a_connection_gives_the_findings_of_the_frames(shop: Any, memory: duckdb.DuckDBPyConnection) -> None:
    fill(memory, shop.frames)
    report = validator.audit(memory, shop.contract)

    assert report.findings == shop.audit().findings
    assert memory.execute("SELECT current_setting('enable_external_access')").fetchone() == (True,)
    assert memory.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (len(shop.frames),)


def test_a_connection_shows_registered_frames_temporary_tables_and_its_open_transaction(
    memory: duckdb.DuckDBPyConnection,
) -> None:
    memory.register("seen", Stream(pl.DataFrame({"i": [1, 2, 3]})))
    memory.execute("CREATE TEMP TABLE passing AS SELECT 1::BIGINT AS i")
    memory.execute("CREATE TABLE kept (i BIGINT)")
    memory.begin()
    memory.execute("INSERT INTO kept VALUES (1), (2)")
    rows = {name: validator.audit(memory, only(name, i="int64")).tables[0].rows for name in ("seen", "passing", "kept")}
    memory.rollback()

    assert rows == {"seen": 3, "passing": 1, "kept": 2}


def test_a_python_variable_is_no_table(memory: duckdb.DuckDBPyConnection) -> None:
    customer = pl.DataFrame({"i": [1]})
    report = validator.audit(memory, only("customer", i="int64"))

    assert customer.height == 1
    assert report.exit_code == 1
    assert report.findings[0].message == "table customer is missing."


def test_a_result_that_waits_to_be_fetched_is_not_lost(memory: duckdb.DuckDBPyConnection) -> None:
    pending = memory.execute("SELECT * FROM range(5)")
    with pytest.raises(SourceError, match="unfinished result"):
        validator.audit(memory, only("a", i="int64"))

    assert len(pending.fetchall()) == 5


def test_a_closed_connection_and_a_stranger_are_errors() -> None:
    connection = duckdb.connect(":memory:")
    connection.close()
    with pytest.raises(SourceError, match="give an open connection"):
        validator.audit(connection, only("a", i="int64"))
    with pytest.raises(SourceError, match="int is not a supported source"):
        validator.audit(7, only("a", i="int64"))  # type: ignore[arg-type]
