"""Tables of a data set in a database: created with keys and foreign keys, then filled, all in one transaction.

DuckDB is filled through its own connection; SQLite and PostgreSQL through ADBC, the database interface of Apache Arrow,
whose drivers are small wheels without further dependencies. All take Arrow streams, so no value passes through Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import polars as pl

from generator.contract.columns import Nulls
from generator.contract.edges import Edges
from generator.errors import MissingExtraError, OutputError, Problem, UsageError, nearest
from generator.language.spec import Dataset

if TYPE_CHECKING:
    import duckdb

__all__ = ["fill_database", "fill_duckdb", "require"]

_SHORTEST_SECRET = 4  # a shorter one cannot be blanked out without tearing words apart

Frames = Mapping[str, pl.DataFrame]

_DUCKDB: Mapping[Any, str] = {
    pl.Int8: "TINYINT", pl.Int16: "SMALLINT", pl.Int32: "INTEGER", pl.Int64: "BIGINT", pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE", pl.Boolean: "BOOLEAN", pl.Date: "DATE", pl.Datetime: "TIMESTAMP", pl.Decimal: "DECIMAL",
}  # fmt: skip
_SQLITE: Mapping[Any, str] = {
    **dict.fromkeys((pl.Int8, pl.Int16, pl.Int32, pl.Int64), "INTEGER"),
    **dict.fromkeys((pl.Float32, pl.Float64), "REAL"),
    pl.Boolean: "BOOLEAN", pl.Date: "DATE", pl.Datetime: "TIMESTAMP", pl.Decimal: "DECIMAL",
}  # fmt: skip
_POSTGRESQL: Mapping[Any, str] = {**_DUCKDB, pl.Int8: "SMALLINT", pl.Float32: "REAL", pl.Float64: "DOUBLE PRECISION"}


@dataclass(frozen=True, slots=True)
class _Stream:
    """Hides what a frame is from DuckDB but for its Arrow stream: for known types it would import pyarrow."""

    frame: pl.DataFrame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a database says things. self_references: it checks a foreign key into the own table after the statement."""

    driver: str
    types: Mapping[Any, str]
    self_references: bool = True
    extra: str = "sql"


_DIALECTS = {
    "sqlite": _Dialect("adbc_driver_sqlite.dbapi", _SQLITE),
    "postgresql": _Dialect("adbc_driver_postgresql.dbapi", _POSTGRESQL),
}
_DUCKDB_DIALECT = _Dialect("duckdb", _DUCKDB, self_references=False)


def require(module: str, extra: str, purpose: str) -> Any:
    """Return the module of an optional dependency (MissingExtraError with the way to install it)."""
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        hint = f"install it: pip install 'fanwise[{extra}]'"
        raise MissingExtraError(Problem(f"{purpose} needs {name}, which is not installed", hint)) from error


def fill_duckdb(
    dataset: Dataset, frames: Frames, connection: duckdb.DuckDBPyConnection | None
) -> duckdb.DuckDBPyConnection:
    """Create and fill the tables in `connection`, or in a new database in memory; return the connection.

    Raises UsageError for a connection that is closed or holds one of the tables already: it is then as it was.
    """
    import duckdb

    target = duckdb.connect(":memory:") if connection is None else connection
    try:
        with _transaction(target):
            for name, frame in frames.items():
                target.execute(_create(dataset, name, frame.schema, _DUCKDB_DIALECT))
                target.register("fanwise_frame", _Stream(frame))
                try:
                    target.execute(f"INSERT INTO {_quoted(name)} SELECT * FROM fanwise_frame")
                finally:
                    target.unregister("fanwise_frame")
    except duckdb.Error as error:
        raise _refused("connection", str(error), closed="closed" in str(error)) from error
    return target


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Make what happens inside one transaction, or a part of the one that the caller has begun."""
    if _in_transaction(connection):
        yield
        return
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _in_transaction(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the caller has begun a transaction (outside one, each query has its own; a vain BEGIN aborts)."""
    first, second = (connection.execute("SELECT txid_current()").fetchall() for _ in "ab")
    return bool(first == second)


def fill_database(dataset: Dataset, frames: Callable[[], Frames], url: str) -> None:
    """Create and fill the tables in the database at `url`: sqlite:///FILE or postgresql://USER@HOST/NAME.

    Raises UsageError for another kind of URL, MissingExtraError without the driver, OutputError where the database
    refuses: nothing of the data set is then in it.
    """
    kind, separator, rest = url.partition("://")
    kind = {"postgres": "postgresql"}.get(kind, kind)
    if not separator or kind not in _DIALECTS:
        hint = nearest(kind, _DIALECTS) if separator else "write sqlite:///shop.db or postgresql://user@host/name"
        raise UsageError(Problem("databases of this kind cannot be written", hint, "url", _without_password(url)))
    dialect = _DIALECTS[kind]
    driver = require(dialect.driver, dialect.extra, f"to_sql({kind}://…)")
    # SQLAlchemy's habit, which others share: three slashes begin a relative path, four an absolute one.
    target = rest.removeprefix("/") if kind == "sqlite" else f"{kind}://{rest}"
    try:
        with closing(driver.connect(target or ":memory:")) as connection, closing(connection.cursor()) as cursor:
            for name, frame in frames().items():
                cursor.execute(_create(dataset, name, frame.schema, dialect))
                cursor.adbc_ingest(name, _storable(frame, kind), mode="append")
            connection.commit()
    except driver.Error as error:
        # Outside the handler: a driver may quote the URL, and a chained exception would show it all the same.
        refused = _refused(_without_password(url), _without_secrets(url, str(error)) or type(error).__name__)
    else:
        return
    raise refused


def _storable(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the frame in types that the driver takes: SQLite has no decimals, and makes numbers of their text."""
    return frame.with_columns(pl.selectors.decimal().cast(pl.String)) if kind == "sqlite" else frame


def _create(dataset: Dataset, name: str, schema: pl.Schema, dialect: _Dialect) -> str:
    """Return the CREATE TABLE of one table, with its key, its foreign keys, and what others refer to as unique."""
    lines = [f"{_quoted(column)} {_type(dtype, dialect)}" for column, dtype in schema.items()]
    key = dataset.tables[name].key
    if key:
        lines.append(f"PRIMARY KEY ({_list(key)})")
    by_table = Edges.of(dataset, Nulls(dataset)).by_table
    referred = {edge.keys for edges in by_table.values() for edge in edges if edge.table == name}
    lines += [f"UNIQUE ({_list(columns)})" for columns in sorted(referred - {key})]
    for edge in by_table[name]:
        if edge.table != name or dialect.self_references:
            target = f"{_quoted(edge.table)} ({_list(edge.keys)})"
            lines.append(f"FOREIGN KEY ({_list(edge.columns)}) REFERENCES {target}")
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {_quoted(name)} (\n  {body}\n)"


def _type(dtype: pl.DataType, dialect: _Dialect) -> str:
    if isinstance(dtype, pl.Decimal):
        return f"{dialect.types[pl.Decimal]}({dtype.precision},{dtype.scale})"
    return dialect.types.get(type(dtype), "VARCHAR" if dialect is _DUCKDB_DIALECT else "TEXT")


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refused(place: str, told: str, *, closed: bool = False) -> UsageError | OutputError:
    why = " ".join(told.split())[:300]
    if closed:
        return UsageError(Problem("is closed", "give an open connection, or none for a new database", place))
    hint = "use an empty database" if "exists" in why.lower() else "nothing of the data set is in it"
    return OutputError(Problem(f"the database refused: {why}", hint, place))


def _without_secrets(url: str, text: str) -> str:
    """Return a driver's text without the password and the parameters of the URL, as written and as read."""
    address, _, query = url.partition("://")[2].partition("?")
    password = address.rpartition("@")[0].partition(":")[2]
    secrets = {form for value in (password, query) for form in (value, unquote(value)) if form}
    text = text.replace(url, _without_password(url))
    if any(len(secret) < _SHORTEST_SECRET and secret in text for secret in secrets):
        return "its message is withheld, as it may hold the password"
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _without_password(url: str) -> str:
    """Return the URL as it may be shown: the password and the parameters in it are left out."""
    head, at, tail = url.partition("?")[0].rpartition("@")
    kind, separator, login = head.partition("://")
    return f"{kind}{separator}{login.partition(':')[0]}@{tail}" if at else url.partition("?")[0]
