"""What each kind of source says where it cannot be read: the same for audit and discovery, and no secret."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from pathlib import Path
from typing import Any

import deltalake
import polars as pl
import pytest

import fanwise
from fanwise import validator
from fanwise.io.duckdb_session import Session
from fanwise.io.errors import ConversionError, MissingTableError, QueryError
from fanwise.io.problems import Mark
from fanwise.io.tables import reader_of
from fanwise.segmenter.ingest.source import open_source
from tests.generator.output.destinations.object_store import s3, s3_server  # noqa: F401

ONE = {"contract": 1, "name": "x", "tables": {"order": {"columns": {"order_id": "int64"}}}}
FRAME = pl.DataFrame({"order_id": [1, 2], "customer_id": ["a", "b"], "amount": [1.5, 2.5]})


def both(source: Any, work: Path) -> list[str]:
    """Return what audit and discovery say against a source."""
    said = []
    for read in (lambda: validator.audit(source, ONE), lambda: open_source(source, folder=work)):
        with pytest.raises(fanwise.FanwiseError) as caught:
            read()
        said.append("".join(traceback.format_exception(caught.value)) + str(caught.value))
    return said


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda folder: folder / "none", "no such folder or file"),
        (lambda folder: f"sqlite:///{folder}/none.db", "no such folder or file"),
        (lambda folder: f"delta:///{folder}/none", "no such folder or file"),
        (lambda folder: f"duckdb:///{folder}/none.duckdb", "no such folder or file"),
        (lambda folder: "mysql://ann:CANARY@host/db", "mysql:// is not a supported source"),
        (lambda folder: "postgresql://ann:CANARY@127.0.0.1:1/db", "cannot connect"),
        (lambda folder: "postgresql://ann:a/CANARY@127.0.0.1:1/db", "percent-encode"),
        (lambda folder: _written(folder / "text.txt", b"hello"), "is neither a data file nor a DuckDB or SQLite"),
        (lambda folder: _written(folder / "s.sql", b"CREATE TABLE t (i int);"), "is SQL, which describes tables"),
        (lambda folder: _written(folder / "m.json", b'{"metadata": {"dbt_schema_version": 1}}'), "is a dbt manifest"),
        (lambda folder: _written(folder / "c.yaml", b"kind: DataContract"), "is a contract of data, which describes"),
        (lambda folder: _written(folder / "s.sql", b""), "gen init --from "),
        (lambda folder: _written(folder / "s.yaml", b"# of\nfanwise: 1"), "is a schema, which has no rows"),
        (lambda folder: _written(folder / "o.yaml", b"a: 1"), "is neither a data file nor a DuckDB or SQLite"),
        (lambda folder: _written(folder / "bad.db", b"SQLite format 3\0" + bytes(999)), "cannot be opened"),
        (lambda folder: _written(folder / "bad.duckdb", bytes(8) + b"DUCK" + bytes(999)), "cannot be opened"),
    ],
)
def test_what_cannot_be_opened_says_why_to_both(make: Any, why: str, tmp_path: Path) -> None:
    for said in both(make(tmp_path), tmp_path):
        assert why in said
        assert "CANARY" not in said


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("module", "extra", "source"),
    [
        ("adbc_driver_postgresql.dbapi", "sql", "postgresql://ann:CANARY@host/db"),
        ("deltalake", "delta", "delta:///{folder}"),
        ("obstore.store", "delta", "delta+s3://lake/x"),
    ],
)
def test_a_missing_extra_is_named_to_both(
    module: str, extra: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "order").mkdir()
    (tmp_path / "order" / "_delta_log").mkdir()
    monkeypatch.setitem(sys.modules, module, None)
    for read in (validator.audit, lambda place, _: open_source(place, folder=tmp_path)):
        with pytest.raises(fanwise.MissingExtraError, match=rf"pip install 'fanwise\[{extra}\]'") as caught:
            read(source.format(folder=tmp_path), ONE)
        assert "CANARY" not in str(caught.value)


def test_sqlite_holds_values_of_any_type_and_wrong_ones_are_named(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("CREATE TABLE good (i INTEGER, r REAL, d DECIMAL(8,2), b BOOLEAN, t TIMESTAMP, s, l VARCHAR(9))")
    connection.execute("INSERT INTO good VALUES (1, 2, 3.25, 1, '2024-01-02T03:04:05', 7, 'x')")
    connection.execute("INSERT INTO good VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
    for name, value in (("text", "many"), ("fraction", 1.5)):
        connection.execute(f"CREATE TABLE {name} (i INTEGER)")
        connection.execute(f"INSERT INTO {name} VALUES (1), (?)", [value])
    connection.commit()
    connection.close()
    reader = reader_of(tmp_path / "shop.db")
    with Session.open() as session:
        reader.begin(session)
        info = reader.find(session, "good")
        query = reader.open(session, "good", {**dict.fromkeys(info.columns), "s": "BIGINT"})

        assert session.columns(query) == {
            "i": "BIGINT", "r": "DOUBLE", "d": "DECIMAL(8,2)", "b": "BOOLEAN", "t": "TIMESTAMP", "s": "BIGINT",
            "l": "VARCHAR",
        }  # fmt: skip
        assert session.rows(f"SELECT i, r, d::VARCHAR, b, t::VARCHAR, s, l FROM ({query}) WHERE i = 1") == [
            (1, 2.0, "3.25", True, "2024-01-02 03:04:05", 7, "x")
        ]
        with pytest.raises(ConversionError, match="many"):
            reader.open(session, "text", {"i": None})
        with pytest.raises(ConversionError, match=r"column i holds '1\.5', which is not an integer"):
            reader.open(session, "fraction", {"i": None})
        with pytest.raises(
            MissingTableError, match=r"table none is missing\. Hint: the source holds fraction, good, text"
        ):
            reader.find(session, "none")
        reader.close()


def test_a_delta_table_whose_files_are_gone_is_an_error_of_its_table(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "order", FRAME)
    for path in (tmp_path / "order").glob("*.parquet"):
        path.unlink()
    report = validator.audit(f"delta:///{tmp_path}", ONE)

    assert report.exit_code == 4
    assert "table order cannot be read" in report.findings[0].message


def test_a_delta_table_with_partitions_has_their_columns(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "order", FRAME, partition_by=["customer_id"])
    reader = reader_of(f"delta:///{tmp_path}")
    with Session.open() as session:
        reader.begin(session)
        assert reader.names() == ["order"]
        assert set(reader.find(session, "order").columns) == {"order_id", "customer_id", "amount"}
        query = reader.open(session, "order", {"customer_id": None, "amount": None})
        assert sorted(session.rows(query)) == [("a", 1.5), ("b", 2.5)]


def test_a_lake_in_an_object_store_is_read(s3: Any, tmp_path: Path) -> None:  # noqa: F811
    options = {"endpoint": s3.endpoint, "region": "us-east-1", "allow_http": "true"}
    deltalake.write_deltalake("s3://lake/read/order", FRAME, storage_options=options)
    s3.put("read/notes/readme.txt", b"not a table")
    reader = reader_of(s3.url("read", "delta+s3"))
    with Session.open() as session:
        reader.begin(session)
        assert reader.names() == ["order"]
        assert reader.shown == "delta+s3://lake/read"
        assert sorted(session.rows(reader.open(session, "order", {"order_id": None}))) == [(1,), (2,)]
    assert validator.audit(s3.url("read", "delta+s3"), ONE).exit_code == 0
    for said in both(s3.url("x", "delta+s3", "nosuchbucket"), tmp_path):
        assert "the store refused" in said
        assert s3.secret not in said


def test_a_csv_value_that_does_not_fit_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "order.csv").write_text("order_id;amount\n1;2\n3;x\n")
    reader = reader_of(tmp_path / "order.csv")
    with Session.open() as session:
        reader.begin(session)
        with pytest.raises(ConversionError) as caught:
            reader.open(session, "order", {"order_id": "BIGINT", "amount": "DOUBLE"})
        (tmp_path / "order.csv").write_text("order_id;amount\n1\n")
        with pytest.raises(QueryError, match=r"order\.csv:2"):
            reader.open(session, "order", {"order_id": "BIGINT"})
    problem = caught.value.problems[0]

    assert (problem.file.endswith("order.csv"), problem.mark) == (True, Mark(3, 3))
    assert problem.why == "column amount holds 'x', which is not a number"
