"""PostgreSQL: the wanted columns, streamed into DuckDB in one read-only snapshot.

DuckDB's own extension would have to be downloaded while the program runs. The questions are put to DuckDB, as for every
other source: one SQL dialect, one arithmetic.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import ConversionError, FanwiseError, LostSourceError, QueryError, SourceError
from fanwise.io.postgres_session import PostgresSession, rows
from fanwise.io.quoting import quote_ident
from fanwise.io.tables.base import AS_ISO, Formats, Reader, TableInfo, Wanted, missing
from fanwise.io.tables.constraints import Constraints, ForeignKey
from fanwise.io.tables.strict import refusal_in, strict
from fanwise.io.url import Address

__all__ = ["PostgresqlReader"]

T = TypeVar("T")

STATEMENT_SECONDS = 600
_COLUMNS = """
SELECT n.nspname::text AS schema, c.relname::text AS name, a.attname::text AS col, format_type(
    CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END,
    CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END)::text AS kind,
  pg_table_is_visible(c.oid) AS visible
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY pg_table_is_visible(c.oid) DESC, n.nspname, c.relname, a.attnum
"""
_CONSTRAINTS = """
SELECT k.contype::text AS kind, n.nspname::text AS schema, c.relname::text AS name, f.relname::text AS target,
  (SELECT string_agg(a.attname::text, chr(31) ORDER BY o.at) FROM unnest(k.conkey) WITH ORDINALITY AS o(num, at)
   JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = o.num) AS columns,
  (SELECT string_agg(a.attname::text, chr(31) ORDER BY o.at) FROM unnest(k.confkey) WITH ORDINALITY AS o(num, at)
   JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = o.num) AS keys,
  pg_get_constraintdef(k.oid)::text AS said
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS f ON f.oid = k.confrelid
WHERE k.contype IN ('p', 'u', 'f', 'c') ORDER BY k.oid
"""
_REQUIRED = """
SELECT n.nspname::text, c.relname::text, a.attname::text FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT LIKE 'pg\\_%'
"""
_LABELS = """
SELECT n.nspname::text, c.relname::text, a.attname::text, e.enumlabel::text FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
JOIN pg_enum AS e ON e.enumtypid = a.atttypid WHERE a.attnum > 0 ORDER BY e.enumsortorder
"""
_TYPES = {
    **{"smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "real": "FLOAT", "double precision": "DOUBLE"},
    **{"boolean": "BOOLEAN", "date": "DATE", "timestamp without time zone": "TIMESTAMP"},
    **{"time without time zone": "TIME", "uuid": "UUID", "json": "JSON", "jsonb": "JSON"},
}
"""The types that DuckDB has, too."""
_TEXTS = ("uuid", "json", "jsonb", "time without time zone")
"""Those of them that travel as text, as all others do: Arrow, or the driver, does not have them."""
_ZONED = "TIMESTAMP WITH TIME ZONE"
_DAYS = ("DATE", "TIMESTAMP", _ZONED)
_BEYOND = "294247-01-01"
"""Instants from here on are no microseconds in 64 bits."""
_UNCONNECTED = "cannot connect: "
_TIMEOUT = "statement timeout"
_REFUSED = re.compile(r"permission denied for (?:table|view|schema|function)\b")
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")


class PostgresqlReader(Reader):
    """Tables that the search path finds, or those of the URL's `?schema=`, by their names; others as SCHEMA.TABLE."""

    hint = "see that the user may SELECT from it, and that the server answers."

    def __init__(self, address: Address) -> None:
        self.shown, self._address = address.shown, address
        self._server: PostgresSession | None = None
        self._connection: Any = None
        self._cursor: Any = None
        self._tables: dict[str, dict[str, str]] = {}
        self._places: dict[str, tuple[str, str, bool]] = {}

    def begin(self, session: Session) -> None:
        """Connect, and begin the one transaction in which everything is read."""
        server = self._server = PostgresSession(self._address)
        hint = "check host, port, user, password and database name; a password may also be in PGPASSWORD."
        try:
            self._tried(lambda: self._start(server), SourceError, _UNCONNECTED, hint)
        except SourceError as error:  # the driver itself reads the catalogue while it connects
            words = error.problems[0].why.removeprefix(_UNCONNECTED)
            if not _REFUSED.search(words):
                raise
            why, hint = f"the catalogue cannot be read: {words}", "grant the user SELECT on the tables of pg_catalog."
            raise SourceError("FW-SOURCE-UNREADABLE", why, hint, self.shown) from None

    def _start(self, server: PostgresSession) -> None:
        self._connection = server.connect(autocommit=True)  # BEGIN and savepoints are ours
        self._cursor = self._connection.cursor()
        self._cursor.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if server.schema:
            self._cursor.execute(f"SET LOCAL search_path = {quote_ident(server.schema)}")
        if rows(self._cursor, "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'") == [("0",)]:
            self._cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        for schema, table, column, kind, visible in rows(self._cursor, _COLUMNS):
            name = table if visible else f"{schema}.{table}"
            self._places[name] = (schema, table, visible)
            self._tables.setdefault(name, {})[column] = kind
        # A statement that fails would take the transaction, and with it the snapshot, along.
        self._cursor.execute("SAVEPOINT fanwise")

    def names(self) -> Sequence[str]:
        if not self._tables:
            hint = "check the database name, and that the user may see its tables."
            raise SourceError("FW-SOURCE-EMPTY", "the database holds no tables", hint, self.shown)
        return list(self._tables)

    def find(self, session: Session, table: str) -> TableInfo:
        if table not in self._tables:
            elsewhere = [schema for schema, name, _ in self._places.values() if name == table]
            hint = f"it is in schema {elsewhere[0]}: add ?schema={elsewhere[0]} to the URL." if elsewhere else ""
            raise missing(table, [name for _, name, visible in self._places.values() if visible], hint)
        types: dict[str, str | None] = {column: _type(kind) for column, kind in self._tables[table].items()}
        return TableInfo("postgresql", types, whole=False)

    def constraints(self, session: Session, table: str) -> Constraints:
        reading = f"the constraints of table {table}"
        return self._tried(lambda: self._declared(table), QueryError, "the catalogue: ", self.hint, reading)

    def _declared(self, table: str) -> Constraints:
        place = self._places[table][:2]
        own = [row for row in rows(self._cursor, _CONSTRAINTS) if tuple(row[1:3]) == place]
        parts = [(kind, _names(columns), target, _names(keys), said) for kind, _, _, target, columns, keys, said in own]
        labels: dict[str, tuple[str, ...]] = {}
        for *home, column, label in rows(self._cursor, _LABELS):
            if tuple(home) == place:
                labels[column] = (*labels.get(column, ()), label)
        return Constraints(
            next((columns for kind, columns, *_ in parts if kind == "p"), ()),
            tuple(columns for kind, columns, *_ in parts if kind == "u"),
            tuple(ForeignKey(columns, target, keys) for kind, columns, target, keys, _ in parts if kind == "f"),
            frozenset(column for *home, column in rows(self._cursor, _REQUIRED) if tuple(home) == place),
            tuple(said for kind, *_, said in parts if kind == "c"),
            labels,
        )

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        copied = self._tried(lambda: self._copy(session, table, wanted), QueryError, "", self.hint, f"table {table}")
        return f"SELECT * FROM {copied}"

    def _copy(self, session: Session, table: str, wanted: Wanted) -> str:
        kinds = self._tables[table]
        try:
            ends = _ends(kinds, wanted)
            sent = [_sent(column, kinds[column], wanted[column]) for column in wanted]
            sent += [_end(column, kinds[column], travels) for column, travels in ends.items()]
            place = ".".join(map(quote_ident, self._places[table][:2]))
            self._cursor.execute(f"SELECT {', '.join(sent) or '1 AS one'} FROM {place}")
            stream = session.stream(self._cursor.fetch_arrow())
            kept = ", ".join(_kept(column, kinds[column], wanted[column]) for column in wanted)
            return session.load(f"SELECT {kept or '1 AS one'} FROM {_whole(stream, kinds, ends)}")
        except QueryError as error:
            problem = refusal_in(error, wanted)
            raise (ConversionError(problem) if problem else error) from None

    def _tried(self, action: Callable[[], T], kind: type[FanwiseError], what: str, hint: str, reading: str = "") -> T:
        """Return what `action` does; what the driver, or DuckDB while it reads from it, says against it is an error.

        reading: what is lost if the server has gone away. The error is raised outside of the `except`, so that no
        traceback holds the original, which may quote the URL.
        """
        import polars as pl

        server = self._server
        assert server is not None
        try:
            return action()
        except ConversionError:
            raise
        except (server.error, QueryError, pl.exceptions.PolarsError, OSError, ValueError) as error:
            said = server.said(error)
        if reading and self._is_lost(server):
            why, hint = f"the server went away while {reading} was read: {said}", "see that it runs, and try again."
            raise LostSourceError("FW-SOURCE-UNREADABLE", why, hint, self.shown)
        if reading and _TIMEOUT in said:
            hint = "let a statement take longer: add ?options=-cstatement_timeout%3D2h to the URL."
        raise kind("FW-SOURCE-UNREADABLE", f"{what}{said}", hint, self.shown)

    def _is_lost(self, server: PostgresSession) -> bool:
        """Return whether the server no longer answers; where it does, the transaction goes on after a failure."""
        try:
            self._cursor.execute("ROLLBACK TO SAVEPOINT fanwise")
        except server.error:
            return True
        return False

    def close(self) -> None:
        """End the transaction and the connection."""
        for opened in (self._cursor, self._connection):
            if opened is not None:
                opened.close()
        self._cursor = self._connection = None


def _names(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split("\x1f")) if joined else ()


def _type(kind: str) -> str:
    """Return the DuckDB type of a PostgreSQL type; `DECIMAL` for numbers of any length."""
    if kind.startswith("timestamp"):
        return _ZONED if kind.endswith("with time zone") else "TIMESTAMP"
    if kind.startswith("numeric"):
        sized = _NUMERIC.fullmatch(kind)
        return f"DECIMAL({sized[1]},{sized[2]})" if sized and int(sized[1]) <= 38 else "DECIMAL"
    return _TYPES.get(kind, "VARCHAR")


def _ends(kinds: Mapping[str, str], wanted: Wanted) -> dict[str, str]:
    """Return the columns of days and instants, with the names under which their infinite values travel as text."""
    found = [column for column in wanted if _type(kinds[column]) in _DAYS]
    free = (name for number in itertools.count(1) if (name := f"infinite_{number}") not in wanted)
    return dict(zip(found, free, strict=False))


def _usable(name: str, sql_type: str) -> str:
    """Return the SQL, in PostgreSQL, of whether Arrow has a number for a day or an instant."""
    return f"isfinite({name})" if sql_type == "date" else f"(isfinite({name}) AND {name} < '{_BEYOND}')"


def _end(column: str, sql_type: str, travels: str) -> str:
    """Return the SQL, in PostgreSQL, of the infinite values of a column, as text: Arrow has none."""
    name = quote_ident(column)
    sign = f"CASE WHEN {name} < '2000-01-01' THEN '-infinity' ELSE 'infinity' END"
    return f"CASE WHEN NOT {_usable(name, sql_type)} THEN {sign} END AS {quote_ident(travels)}"


def _whole(stream: str, kinds: Mapping[str, str], ends: Mapping[str, str]) -> str:
    """Return the SQL, in DuckDB, of the rows as they arrived, with the infinite values in their columns again."""
    if not ends:
        return stream
    held = {column: "DATE" if _type(kinds[column]) == "DATE" else "TIMESTAMP" for column in ends}
    put = ", ".join(
        f"coalesce({quote_ident(column)}, CAST({quote_ident(travels)} AS {held[column]})) AS {quote_ident(column)}"
        for column, travels in ends.items()
    )
    return f"(SELECT * EXCLUDE ({', '.join(map(quote_ident, ends.values()))}) REPLACE ({put}) FROM {stream})"


def _sent(column: str, kind: str, wanted: str | None) -> str:
    """Return the SQL, in PostgreSQL, of a column as it travels: what Arrow has no type for travels as text."""
    name = quote_ident(column)
    if _type(kind) in _DAYS:
        value = f"{name} AT TIME ZONE 'UTC'" if kind == "timestamp with time zone" else name
        return f"CASE WHEN {_usable(name, kind)} THEN {value} END AS {name}"
    if kind.startswith("numeric") and wanted == "DOUBLE":
        return f"CAST({name} AS double precision) AS {name}"  # NaN and infinity survive
    return name if kind in _TYPES and kind not in _TEXTS else f"CAST({name} AS text) AS {name}"


def _kept(column: str, kind: str, wanted: str | None) -> str:
    """Return the SQL, in DuckDB, of a column as it is kept: numbers that travelled as text become numbers again."""
    name, own = quote_ident(column), _type(kind)
    target = wanted or (own if own != "DECIMAL" else "DOUBLE")
    if own == _ZONED and target in (own, "TIMESTAMP"):  # it has travelled as an instant in UTC
        return name
    if target == own and not own.startswith("DECIMAL"):
        return f"CAST({name} AS {own}) AS {name}" if kind in _TEXTS else name
    if target in (own, "DOUBLE"):  # nothing is lost, or it has travelled as one
        return f"CAST({name} AS {target}) AS {name}"
    return f"{strict(column, target)} AS {name}"
