"""PostgreSQL: COPY through ADBC into a staging schema, then keys, then a move; all in one transaction.

ADBC is the database interface of Apache Arrow. Its driver is a small wheel without dependencies that speaks the binary
COPY protocol, so no value passes through Python. Because everything happens in one transaction, no other session sees
the staging schema, and a run killed at any point leaves nothing behind: the server rolls it back. Old tables are
replaced by the last statements, so their readers wait only for milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, ClassVar, TypeVar

import polars as pl

from fanwise.generator.errors import OutputError
from fanwise.generator.output.destinations.base import MANIFEST_TABLE, Delivery, Tables, refuse_taken, refused
from fanwise.generator.output.destinations.statements import POSTGRESQL, Statements
from fanwise.generator.output.formats.iso import iso_texts, json_texts
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.postgres_session import PostgresSession, rows
from fanwise.io.quoting import quote_ident
from fanwise.io.url import Address

__all__ = ["PostgresqlDestination"]

T = TypeVar("T")

# Timeouts in seconds for a server that does not answer, unless the URL sets them.
_LOCK_SECONDS = 10  # wait for a session that reads the old tables
_RELATIONS = """
SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""
_URL, _TLS = "the URL", "its SSL"  # errors of libpq itself have no code
_HINTS = {
    "28": "check user and password; the password may also be in PGPASSWORD or ~/.pgpass.",
    "3D": "create the database first: createdb NAME.",
    "42501": "ask for the right, GRANT CREATE ON DATABASE … and ON SCHEMA …, or name your own schema with ?schema=.",
    "2BP01": "drop what depends on the old tables first, or name another schema with ?schema=.",
    "53": "free disk space on the server, then run again.",
    "55P03": "another session holds the old tables; end it, then run again.",
    "08001": "check that the server is reachable from this machine at that host and port.",
    _URL: "write postgresql://USER@HOST:PORT/DATABASE, percent-encode special characters; parameters are libpq's.",
    _TLS: "enable SSL on the server, or remove sslmode from the URL.",
}
_WORDS = {  # a failed connection has no code
    "authentication failed": "28", "no password supplied": "28", "does not exist": "3D", "permission denied": "42501",
    "Connection refused": "08001", "could not translate host name": "08001", "timeout expired": "08001",
    "No route to host": "08001", "Network is unreachable": "08001", "does not support SSL": _TLS,
    "invalid URI": _URL, "percent-encoded": _URL, "end of string reached": _URL,
}  # fmt: skip


class PostgresqlDestination:
    """`postgresql://user@host/database[?schema=name]`: tables in that schema, or in the first of the search path.

    The schema is created if it does not exist. Its other tables are not changed.
    """

    schemes: ClassVar[tuple[str, ...]] = ("postgresql", "postgres")
    formats: ClassVar[tuple[str, ...]] = ("parquet",)

    def __init__(self, address: Address, *, force: bool = False) -> None:
        self._server, self._force = PostgresSession(address), force
        self._schema = self._server.schema

    @property
    def shown(self) -> str:
        """The URL without password and parameters, with the schema."""
        return self._server.shown

    def prepare(self, schema: RelationalSchema) -> None:
        """Rehearse the whole delivery with empty tables, in a transaction that is rolled back."""
        empty = Tables(schema, lambda _: iter(()))
        self._transact(lambda cursor: self._load(cursor, empty, ""), commit=False)

    def deliver(self, delivery: Delivery) -> None:
        """Load the tables and their manifest, and replace those of an earlier run."""
        text = delivery.manifest.stored_in("postgresql").text()
        self.fill(delivery.tables(), text)

    def fill(self, tables: Tables, manifest: str | None = None) -> None:
        """Create and fill tables, and store the manifest's text if there is one."""
        self._transact(lambda cursor: self._load(cursor, tables, manifest))

    def manifest(self) -> Manifest | None:
        """Return the manifest stored in the schema, or None if there is none."""
        return self._transact(lambda cursor: self._manifest(cursor, self._target(cursor)), commit=False, reads=True)

    def close(self) -> None:
        """Nothing is kept open between two transactions."""

    def _load(self, cursor: Any, tables: Tables, manifest: str | None) -> None:
        target = self._target(cursor)
        cursor.execute("SET LOCAL statement_timeout = 0")  # server defaults are for applications
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
        names = [*tables.schema.tables, *([] if manifest is None else [MANIFEST_TABLE])]
        old = self._replaceable(cursor, target, names)
        stage = f"fanwise_stage_{rows(cursor, 'SELECT pg_backend_pid()')[0][0]}"
        cursor.execute(f"CREATE SCHEMA {quote_ident(stage)}")
        made = Statements(tables.schema, POSTGRESQL, stage)
        for table in tables.schema.tables:
            self._copy(cursor, tables, table, made, stage)
        for statement in _finishing(made, tables.schema):
            cursor.execute(statement)
        if manifest is not None:
            cursor.execute(f"CREATE TABLE {made.name(MANIFEST_TABLE)} (manifest TEXT NOT NULL)")
            cursor.execute(f"INSERT INTO {made.name(MANIFEST_TABLE)} VALUES ($1)", [manifest])
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_ident(target)}")
        if old:
            cursor.execute(f"DROP TABLE {', '.join(f'{quote_ident(target)}.{quote_ident(table)}' for table in old)}")
        for table in names:
            cursor.execute(f"ALTER TABLE {made.name(table)} SET SCHEMA {quote_ident(target)}")
        cursor.execute(f"DROP SCHEMA {quote_ident(stage)}")

    def _copy(self, cursor: Any, tables: Tables, table: str, made: Statements, stage: str) -> None:
        cursor.execute(made.create(table, bare=True))
        conversion = made.converted(table)
        for frame in tables.frames(table):
            # Of times of day the driver knows only whole seconds, and of UUIDs and JSON nothing.
            sent = frame if conversion is None else iso_texts(json_texts(frame), (pl.Time(),))
            cursor.adbc_ingest(table, sent, mode="append", db_schema_name=stage)
        if conversion is not None:
            cursor.execute(conversion)

    def _target(self, cursor: Any) -> str:
        """Return the schema to write to."""
        found = self._schema or rows(cursor, "SELECT current_schema()::text")[0][0]
        if found is None:
            raise refused(self.shown, "no schema on the user's search path exists", "add ?schema=NAME.")
        return str(found)

    def _replaceable(self, cursor: Any, target: str, new: Sequence[str]) -> list[str]:
        """Return the tables to drop. Raises OutputError if another run writes there or other tables are in the way."""
        lock = "SELECT pg_try_advisory_xact_lock(hashtextextended('fanwise ' || $1, 0))"
        if not rows(cursor, lock, [target])[0][0]:
            raise refused(self.shown, f"another run is writing to schema '{target}'", "wait for that run to end.")
        there = {name for (name,) in rows(cursor, _RELATIONS, [target])}
        manifest = self._manifest(cursor, target)
        old: list[str] = []
        if manifest is not None and MANIFEST_TABLE in new:
            refuse_taken(self.shown, manifest, force=self._force)
            old = sorted(there & {*manifest.tables, MANIFEST_TABLE})
        if clashes := sorted(there & set(new) - set(old)):
            why = f"schema '{target}' already holds {', '.join(clashes)}, which Fanwise did not create."
            raise refused(self.shown, why, "use an empty database, or name another schema with ?schema=.")
        return old

    def _manifest(self, cursor: Any, target: str) -> Manifest | None:
        name = f"{quote_ident(target)}.{quote_ident(MANIFEST_TABLE)}"
        if rows(cursor, "SELECT to_regclass($1)::text", [name]) == [(None,)]:
            return None
        texts = rows(cursor, f"SELECT manifest::text FROM {name}")
        return Manifest.from_text(str(texts[0][0]), f"{self.shown}: {MANIFEST_TABLE}") if len(texts) == 1 else None

    def _transact(self, work: Callable[[Any], T], *, commit: bool = True, reads: bool = False) -> T:
        """Return the result of `work` in one transaction, which is rolled back on any error, or without `commit`.

        reads: nothing is to be delivered, so that an error does not speak of it.
        """
        last = False
        try:
            with closing(self._server.connect()) as connection, closing(connection.cursor()) as cursor:
                result = work(cursor)
                if commit:
                    last = True
                    connection.commit()
                else:
                    connection.rollback()
        except self._server.error as error:
            # Raised outside the handler: a driver may quote the URL, and a chained exception would show it too.
            failure = self._failure(error, last=last, reads=reads)
        else:
            return result
        raise failure

    def _failure(self, error: Any, *, last: bool, reads: bool) -> OutputError:
        said = self._server.said(error)
        code = getattr(error, "sqlstate", None) or next((code for words, code in _WORDS.items() if words in said), "")
        hint = next((hint for start, hint in _HINTS.items() if code.startswith(start)), "")
        if last:
            why = f"the connection was lost during the commit, so it is not known whether the data was written: {said}"
            return refused(self.shown, why, f"check whether {MANIFEST_TABLE} exists; if not, run again.")
        if not reads:
            hint = f"{hint} No data was delivered." if hint else "no data was delivered."
        return refused(self.shown, f"the database reported: {said}", hint)


def _finishing(made: Statements, schema: RelationalSchema) -> Iterator[str]:
    """Yield the statements after the load: keys of all tables, foreign keys, comments, statistics."""
    for table in schema.tables:
        yield from made.keys(table)
    for table in schema.tables:
        yield from made.foreign_keys(table)
        yield from made.comments(table)
        yield f"ANALYZE {made.name(table)}"
