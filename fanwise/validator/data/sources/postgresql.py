"""PostgreSQL: the needed columns, streamed into DuckDB in one read-only snapshot.

The driver is ADBC's: it carries its own libpq, needs no compiler and no further package, and hands out Arrow batches of
the binary COPY protocol, so that no value passes through Python. DuckDB's own extension would have to be downloaded
while the program runs. The sums are asked of DuckDB, as for every other source: one SQL dialect, one arithmetic.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fanwise.io.extras import require
from fanwise.io.quoting import quote_ident
from fanwise.io.url import Address
from fanwise.validator.contract.model import Table
from fanwise.validator.data.sources.base import Absent, named_some, needed
from fanwise.validator.errors import Problem, QueryError, SourceError

if TYPE_CHECKING:
    from fanwise.validator.data.warehouse import Warehouse

__all__ = ["PostgresqlReader"]

T = TypeVar("T")

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 600
DRIVER = "adbc_driver_postgresql.dbapi"
_PLAIN = {
    *("smallint", "integer", "bigint", "real", "double precision", "boolean", "date", "text"),
    "timestamp without time zone",
}
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_COLUMNS = """
SELECT a.attname::text AS name, format_type(
  CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END,
  CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END)::text AS type
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_TABLES = """
SELECT n.nspname::text AS schema, c.relname::text AS name, pg_table_is_visible(c.oid) AS visible
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
ORDER BY 1, 2 LIMIT 1000
"""


class _Refused(Exception):
    """What the server or the driver said, without secrets; the original may quote the URL and is let go."""


@dataclass(slots=True)
class PostgresqlReader:
    """Copies of the needed columns of the tables that the search path finds, or of those in the URL's `?schema=`."""

    url: str = field(repr=False)
    folders: Sequence[Path] = ()
    hint: str = "see that the user may SELECT from it, and that the server answers."
    _connection: Any = field(default=None, repr=False)
    _cursor: Any = field(default=None, repr=False)
    _tables: list[tuple[str, str, bool]] = field(default_factory=list)

    def begin(self, warehouse: Warehouse) -> None:
        """Connect, and begin the one transaction in which everything is read."""
        address = Address(self.url)
        address.refuse_ambiguous()
        driver = require(DRIVER, "sql", "postgresql://")
        refused = self._tried(lambda: self._start(driver))
        if refused is not None:
            hint = "check host, port, user, password and database name; a password may also be in PGPASSWORD."
            raise SourceError(Problem(f"cannot connect: {refused}", hint, address.shown))

    def _start(self, driver: Any) -> None:
        address = Address(self.url)
        schema = address.parameters.get("schema")
        self._connection = driver.connect(
            _patient(address.without("schema")), autocommit=True
        )  # BEGIN and savepoints are ours
        self._cursor = self._connection.cursor()
        self._cursor.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if schema:
            self._cursor.execute(f"SET LOCAL search_path = {quote_ident(schema)}")
        if self._rows("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'") == [("0",)]:
            self._cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        self._tables = [(schema, name, visible) for schema, name, visible in self._rows(_TABLES)]

    def open(self, warehouse: Warehouse, name: str, table: Table) -> None:
        """Copy the columns that the contract names."""
        refused = self._tried(lambda: self._copy(warehouse, name, table))
        if refused is not None:
            raise QueryError(Problem(str(refused)))

    def _copy(self, warehouse: Warehouse, name: str, table: Table) -> None:
        # A statement that fails would take the transaction, and with it the snapshot, along.
        self._cursor.execute("SAVEPOINT fanwise")
        try:
            types = dict(self._rows(_COLUMNS, [quote_ident(name)]))
            if not types:
                raise self._absent(name)
            warehouse.formats[name] = "postgresql"
            columns = needed(name, table, list(types))
            sent = ", ".join(f"{_sent(column, types[column])} AS {quote_ident(column)}" for column in columns)
            self._cursor.execute(f"SELECT {sent} FROM {quote_ident(name)}")
            declared = {column: spec.type for column, spec in table.columns.items()}
            kept = ", ".join(_kept(column, types[column], declared.get(column, "text")) for column in columns)
            warehouse.load(name, f"SELECT {kept} FROM {warehouse.stream(self._cursor.fetch_arrow())}")
        except BaseException:
            with suppress(import_module(DRIVER).Error):  # a server that has gone away: what it said first counts
                self._cursor.execute("ROLLBACK TO SAVEPOINT fanwise")
            raise

    def _absent(self, name: str) -> Absent:
        elsewhere = [schema for schema, table, _ in self._tables if table == name]
        if elsewhere:
            hint = f"it is in schema {elsewhere[0]}: add ?schema={elsewhere[0]} to the URL."
        else:
            hint = f"the database holds {named_some([table for _, table, visible in self._tables if visible])}."
        return Absent(Problem(f"table {name} is missing", hint=hint))

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        import polars as pl

        self._cursor.execute(sql, list(values) or None)
        return pl.DataFrame(self._cursor.fetch_arrow()).rows()

    def _tried(self, action: Callable[[], object]) -> _Refused | None:
        """Run `action`; return what the driver, or DuckDB while it reads from it, had to say against it.

        The caller raises outside of the `except`, so that no traceback holds the original.
        """
        import duckdb
        import polars as pl

        driver = import_module(DRIVER)
        try:
            action()
        except duckdb.ConversionException:
            raise
        except (driver.Error, duckdb.Error, pl.exceptions.PolarsError, OSError, ValueError) as error:
            return _Refused(_said(Address(self.url).redacted(str(error))) or type(error).__name__)
        return None

    def close(self) -> None:
        """End the transaction and the connection."""
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _patient(url: str) -> str:
    """Return the URL with a limit to the wait for a server that does not answer, unless there is one."""
    if "connect_timeout" in url or "PGCONNECT_TIMEOUT" in os.environ:
        return url
    return f"{url}{'&' if '?' in url else '?'}connect_timeout={CONNECT_SECONDS}"


def _said(text: str) -> str:
    """Return the server's own words: the driver puts codes before them and the whole query after."""
    text = text.partition("\n\nQuery was:")[0].partition("\nLINE 1:")[0]
    before, error, after = text.partition("ERROR:  ")
    text = f"ERROR: {after}" if error else before.rpartition("[libpq] ")[2]
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())[:300]


def _sent(column: str, kind: str) -> str:
    """Return the SQL, in PostgreSQL, of a column as it travels: what Arrow has no type for travels as text."""
    name = quote_ident(column)
    if kind in _PLAIN:
        return name
    return f"({name} AT TIME ZONE 'UTC')" if kind == "timestamp with time zone" else f"CAST({name} AS text)"


def _kept(column: str, kind: str, declared: str) -> str:
    """Return the SQL, in DuckDB, of a column as it is kept: decimals get their type back."""
    name = quote_ident(column)
    sized = _NUMERIC.fullmatch(kind)
    if sized and int(sized[1]) <= 38:
        return f"CAST({name} AS DECIMAL({sized[1]},{sized[2]})) AS {name}"
    if kind.startswith("numeric"):
        # Numbers of any length: as declared where that is exact, else as the nearest double.
        target = declared if declared.startswith("decimal") else "double"
        return f"CAST({name} AS {target}) AS {name}"
    return name
