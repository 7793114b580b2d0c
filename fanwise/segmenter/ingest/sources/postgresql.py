"""PostgreSQL: the needed columns, streamed into DuckDB in one read-only snapshot.

The driver is ADBC's: it carries its own libpq and hands out Arrow batches of the binary COPY protocol, so that no value
passes through Python. DuckDB's own extension would have to be downloaded while the program runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.io.extras import require
from fanwise.io.quoting import quote_ident
from fanwise.io.url import Address
from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.fields import Kind
from fanwise.segmenter.ingest.sources.base import select

if TYPE_CHECKING:
    from fanwise.segmenter.ingest.layout_inference import Tables
    from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["PostgresqlReader"]

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 600
DRIVER = "adbc_driver_postgresql.dbapi"
_COLUMNS = """
SELECT n.nspname::text AS schema, c.relname::text AS name, a.attname::text AS col,
  format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END, NULL)::text AS kind,
  pg_table_is_visible(c.oid) AS visible
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY pg_table_is_visible(c.oid) DESC, n.nspname, c.relname, a.attnum
"""
_TYPES = {
    **{"smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "real": "FLOAT", "double precision": "DOUBLE"},
    **{"numeric": "DECIMAL", "boolean": "BOOLEAN", "date": "DATE", "uuid": "UUID"},
    **{"timestamp without time zone": "TIMESTAMP", "timestamp with time zone": "TIMESTAMP"},
}
"""The types that identify a field; every other one is sent as text."""


@dataclass(slots=True)
class PostgresqlReader:
    """Tables that the search path finds by their names, others as SCHEMA.TABLE."""

    url: str = field(repr=False)
    folders: Sequence[Path] = ()
    _connection: Any = field(default=None, repr=False)
    _cursor: Any = field(default=None, repr=False)
    _tables: dict[str, dict[str, str]] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)
    _kinds: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The URL without its password and parameters."""
        return Address(self.url).shown

    def begin(self, warehouse: Warehouse) -> None:
        """Connect, and begin the one transaction in which everything is read."""
        Address(self.url).refuse_ambiguous()
        driver = require(DRIVER, "sql", "postgresql://")
        refused = self._tried(lambda: self._start(driver))
        if refused:
            hint = "check host, port, user, password and database name; a password may also be in PGPASSWORD."
            raise SourceError(Problem(f"cannot connect: {refused}", hint, self.shown))
        if not self._tables:
            hint = "check the database name, and that the user may see its tables."
            raise SourceError(Problem("the database holds no tables", hint, self.shown))

    def _start(self, driver: Any) -> None:
        address = Address(self.url)
        schema = address.parameters.get("schema")
        self._connection = driver.connect(_patient(address.without("schema")), autocommit=True)  # so that BEGIN is ours
        self._cursor = self._connection.cursor()
        self._cursor.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if schema:
            self._cursor.execute(f"SET LOCAL search_path = {quote_ident(schema)}")
        if self._rows("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'") == [("0",)]:
            self._cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        for schema, table, column, kind, visible in self._rows(_COLUMNS):
            name = table if visible else f"{schema}.{table}"
            self._places[name] = f"{quote_ident(schema)}.{quote_ident(table)}"
            self._tables.setdefault(name, {})[column] = _TYPES.get(kind, "VARCHAR")
            self._kinds.setdefault(name, {})[column] = kind

    def tables(self) -> Tables:
        """Return what `begin` found."""
        return self._tables

    def open(self, warehouse: Warehouse, table: str, kinds: Mapping[str, Kind], date_format: str | None) -> str:
        """Copy the needed columns and return the query of the copy."""
        name = warehouse.new_name()
        refused = self._tried(lambda: self._copy(warehouse, table, kinds, name))
        if refused:
            hint = "see that the user may SELECT from it, and that the server answers."
            raise SourceError(Problem(f"cannot be read: {refused}", hint, f"{self.shown}: {table}"))
        return select(kinds, name)

    def _copy(self, warehouse: Warehouse, table: str, kinds: Mapping[str, Kind], name: str) -> None:
        sent = [_sent(column, self._kinds[table][column], kind) for column, kind in kinds.items()]
        self._cursor.execute(f"SELECT {', '.join(sent) or '1 AS one'} FROM {self._places[table]}")
        stream = warehouse.stream(self._cursor.fetch_arrow())
        warehouse.connection.execute(f"CREATE TEMP TABLE {name} AS FROM {stream}")

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        import polars as pl

        self._cursor.execute(sql)
        return pl.DataFrame(self._cursor.fetch_arrow()).rows()

    def _tried(self, action: Callable[[], object]) -> str:
        """Run `action`; return what the driver, or DuckDB while it reads from it, had to say against it.

        The caller raises outside of the `except`, so that no traceback holds the original, which may quote the URL.
        """
        import duckdb
        import polars as pl

        try:
            action()
        except (import_module(DRIVER).Error, duckdb.Error, pl.exceptions.PolarsError, OSError, ValueError) as error:
            return _said(Address(self.url).redacted(str(error))) or type(error).__name__
        return ""

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


def _sent(column: str, kind: str, wanted: Kind) -> str:
    """Return the SQL, in PostgreSQL, of a column as it travels: what Arrow has no type for travels as text."""
    name = quote_ident(column)
    if kind == "timestamp with time zone":
        return f"({name} AT TIME ZONE 'UTC') AS {name}"
    if kind == "numeric":
        # NaN and infinity survive, for the ingest to name them.
        return f"CAST({name} AS {'double precision' if wanted is Kind.NUMBER else 'text'}) AS {name}"
    return name if _TYPES.get(kind, "VARCHAR") not in ("VARCHAR", "UUID") else f"CAST({name} AS text) AS {name}"
