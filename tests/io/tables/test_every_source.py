"""Every kind of source × audit and discovery: one small shop, the same verdict and the same features."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import polars as pl
import pytest

from fanwise import validator
from fanwise.io.quoting import quote_ident
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
from tests.segmenter.shops import AS_OF, shop

SHOP = shop(7)
TYPES = {pl.Int64: "int64", pl.Float64: "float64", pl.String: "text", pl.Boolean: "bool", pl.Datetime: "timestamp"}
CONTRACT = {
    "contract": 1,
    "name": "shop",
    "tables": {
        name: {
            "rows": frame.height,
            **({"key": f"{name}_id"} if f"{name}_id" in frame.columns else {}),
            "columns": {column: {"type": TYPES[type(kind)], "nullable": True} for column, kind in frame.schema.items()},
        }
        for name, frame in SHOP.items()
    },
    "checks": [{"table": "order", "text": "total > 0"}, {"table": "return", "text": "refund_amount > 0"}],
}
Frames = Mapping[str, pl.DataFrame]
Place = Callable[[Path, Any, Frames], Any]
SQLITE = {pl.Int64: "INTEGER", pl.Float64: "REAL", pl.String: "TEXT", pl.Boolean: "BOOLEAN", pl.Datetime: "TIMESTAMP"}


def files(ending: str, write: Callable[[pl.DataFrame, Path], object], parts: int = 1) -> Place:
    def place(folder: Path, _: Any, frames: Frames) -> Path:
        for name, frame in frames.items():
            for part in range(parts):
                path = folder / f"{name}.{ending}" if parts == 1 else folder / name / f"part-{part}.{ending}"
                path.parent.mkdir(exist_ok=True)
                write(frame[part * frame.height // parts : (part + 1) * frame.height // parts], path)
        return folder

    return place


def separated(separator: str) -> Place:
    return files("csv", lambda frame, path: frame.write_csv(path, separator=separator))


def in_duckdb(folder: Path, _: Any, frames: Frames) -> Path:
    files("parquet", pl.DataFrame.write_parquet)(folder, _, frames)
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        for name in frames:
            connection.execute(f"CREATE TABLE {quote_ident(name)} AS FROM '{folder / name}.parquet'")
    return folder / "shop.duckdb"


def in_sqlite(folder: Path, _: Any, frames: Frames) -> Path:
    connection = sqlite3.connect(folder / "shop.db")
    for name, frame in frames.items():
        columns = ", ".join(f"{quote_ident(column)} {SQLITE[type(kind)]}" for column, kind in frame.schema.items())
        connection.execute(f"CREATE TABLE {quote_ident(name)} ({columns})")
        marks = ", ".join("?" * frame.width)
        texts = frame.with_columns(pl.selectors.datetime().dt.to_string("iso:strict"))
        connection.executemany(f"INSERT INTO {quote_ident(name)} VALUES ({marks})", texts.rows())
    connection.commit()
    connection.close()
    return folder / "shop.db"


def in_delta(folder: Path, _: Any, frames: Frames) -> str:
    for name, frame in frames.items():
        half = frame.height // 2
        deltalake.write_deltalake(folder / name, frame[half:], mode="overwrite")  # a version that is gone
        deltalake.write_deltalake(folder / name, frame[:half], mode="overwrite")
        deltalake.write_deltalake(folder / name, frame[half:], mode="append")
    return f"delta:///{folder}"


def in_postgresql(_: Path, postgres: Any, frames: Frames) -> str:
    url = postgres.fill("every_source", dict(frames))
    postgres.run("CREATE SCHEMA shop", "every_source")
    for name in frames:
        postgres.run(f"ALTER TABLE {quote_ident(name)} SET SCHEMA shop", "every_source")
    return f"{url}?schema=shop"


SOURCES: dict[str, Place] = {
    "parquet": files("parquet", pl.DataFrame.write_parquet),
    "parquet parts": files("parquet", pl.DataFrame.write_parquet, parts=3),
    "csv": separated(","),
    "csv with ;": separated(";"),
    "csv with |": separated("|"),
    "csv with tab": separated("\t"),
    "csv with ^": separated("^"),
    "tsv": files("tsv", lambda frame, path: frame.write_csv(path, separator="\t")),
    "csv.gz": files("csv.gz", lambda frame, path: path.write_bytes(gzip.compress(frame.write_csv().encode()))),
    "csv parts": files("csv", pl.DataFrame.write_csv, parts=2),
    "json lines": files("jsonl", pl.DataFrame.write_ndjson),
    "arrow": files("arrow", pl.DataFrame.write_ipc),
    "duckdb": in_duckdb,
    "duckdb url": lambda *there: f"duckdb:///{in_duckdb(*there)}",
    "duckdb connection": lambda *there: duckdb.connect(str(in_duckdb(*there)), read_only=True),
    "sqlite": in_sqlite,
    "sqlite url": lambda *there: f"sqlite:///{in_sqlite(*there)}",
    "delta": in_delta,
    "delta folder": lambda *there: Path(in_delta(*there).removeprefix("delta:///")),
    "postgresql": in_postgresql,
    "polars": lambda _, __, frames: frames,
    "lazy polars": lambda _, __, frames: {name: frame.lazy() for name, frame in frames.items()},
    "pandas": lambda _, __, frames: {name: frame.to_pandas() for name, frame in frames.items()},
    "pyarrow": lambda _, __, frames: {name: frame.to_arrow() for name, frame in frames.items()},
}


def findings(source: Any) -> list[tuple[str, str, str]]:
    report = validator.audit(source, CONTRACT)
    return [(finding.id, str(finding.status), finding.message) for finding in report.findings]


def features(source: Any, work: Path) -> pl.DataFrame:
    with open_source(source, folder=work, as_of=AS_OF) as opened:
        return pl.read_parquet(build_features(opened).path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[str, str, str]], pl.DataFrame]:
    return findings(SHOP), features(SHOP, tmp_path_factory.mktemp("work"))


@pytest.mark.parametrize("kind", SOURCES)
def test_audit_and_discovery_read_the_same(kind: str, tmp_path: Path, postgres: Any, expected: Any) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "work").mkdir()
    source = SOURCES[kind](tmp_path / "data", postgres if kind == "postgresql" else None, SHOP)

    assert findings(source) == expected[0]
    assert {status for _, status, _ in expected[0]} == {"PASS"}
    assert features(source, tmp_path / "work").equals(expected[1])
    if isinstance(source, duckdb.DuckDBPyConnection):
        source.close()


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl", "arrow"])
def test_a_single_file_is_a_table_of_its_name(ending: str, tmp_path: Path) -> None:
    writers = {"parquet": "write_parquet", "csv": "write_csv", "jsonl": "write_ndjson", "arrow": "write_ipc"}
    path = tmp_path / f"order.{ending}"
    getattr(SHOP["order"], writers[ending])(path)
    contract = {**CONTRACT, "tables": {"order": CONTRACT["tables"]["order"]}, "checks": []}
    (tmp_path / "work").mkdir()

    assert validator.audit(path, contract).exit_code == 0
    assert features(path, tmp_path / "work").equals(features({"order": SHOP["order"]}, tmp_path / "work"))


@pytest.mark.parametrize("kind", SOURCES)
def test_an_audit_misses_the_same_in_every_source(kind: str, tmp_path: Path, postgres: Any) -> None:
    broken = {name: frame for name, frame in SHOP.items() if name != "ticket"}
    broken["product"] = SHOP["product"].rename({"category": "kind"})
    (tmp_path / "data").mkdir()
    source = SOURCES[kind](tmp_path / "data", postgres if kind == "postgresql" else None, broken)
    report = validator.audit(source, CONTRACT)
    wrong = {finding.id: finding.message for finding in report.findings if str(finding.status) == "FAIL"}

    assert report.exit_code == 1
    assert wrong == {
        "table.ticket": "table ticket is missing.",
        "columns.product.category": "column product.category is missing.",
    }
    hint = next(finding.hint for finding in report.findings if finding.id == "columns.product.category")
    assert hint == "product has product_id, kind."
    if isinstance(source, duckdb.DuckDBPyConnection):
        source.close()


@pytest.mark.parametrize("folder", ["data", "data[1]", "d*ta?"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_file_names_are_no_patterns(tmp_path: Path, folder: str, kind: str) -> None:
    """DuckDB reads orders1.csv where it is asked for orders[1].csv."""
    for name in (folder, "data1", "data"):
        (tmp_path / name).mkdir(exist_ok=True)
    rows = {"orders[1]": 3, "orders1": 5, "a*": 7, "ab": 9}
    for name, count in rows.items():
        frame = pl.DataFrame({"id": range(count)})
        place = tmp_path / folder / f"{name}.{kind}"
        {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[kind](place)
    tables = {name: {"key": "id", "columns": {"id": "int64"}} for name in rows}
    report = validator.audit(str(tmp_path / folder), contract={"contract": 1, "name": "c", "tables": tables})

    assert {finding.message for finding in report.findings if finding.check == "table"} == {
        f"{name} has {count} rows." for name, count in rows.items()
    }
