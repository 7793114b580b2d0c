"""A DuckDB database as a source: read-only, tables and views of any schema."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from fanwise.segmenter.errors import SourceError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_frames, open_source
from tests.segmenter.shops import AS_OF, shop


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    connection = duckdb.connect(str(path))
    for name, frame in shop(7).items():
        frame.write_parquet(tmp_path / "one.parquet")
        connection.execute(f"CREATE TABLE \"{name}\" AS FROM read_parquet('{tmp_path / 'one.parquet'}')")
    connection.execute("CREATE SCHEMA old")
    connection.execute("CREATE TABLE old.remarks AS SELECT 1 AS remark")
    connection.close()
    return path


def test_a_database_gives_the_features_of_the_frames(database: Path, tmp_path: Path) -> None:
    before = database.read_bytes()
    with open_source(database, folder=tmp_path, as_of=AS_OF) as source:
        found = pl.read_parquet(build_features(source).path)
    with open_frames(shop(7), folder=tmp_path, as_of=AS_OF) as source:
        expected = pl.read_parquet(build_features(source).path)

    assert found.equals(expected)
    assert database.read_bytes() == before


def test_tables_of_other_schemas_have_their_names(database: Path, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        "tables: {order: {table: old.remarks, customer: remark, at: remark}, order_item: ~, return: ~}\n"
    )

    with pytest.raises(Exception, match=r"old\.remarks\.remark: the column is INTEGER, not a date or timestamp"):
        open_source(database, tmp_path / "map.yaml", folder=tmp_path)


def test_a_damaged_database_says_so(database: Path, tmp_path: Path) -> None:
    database.write_bytes(database.read_bytes()[:5000])

    with pytest.raises(SourceError, match="cannot be"):
        open_source(database, folder=tmp_path)


def test_a_database_without_tables_says_so(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()

    with pytest.raises(SourceError, match="holds no tables"):
        open_source(tmp_path / "empty.duckdb", folder=tmp_path)
