"""What the Python API puts into a database: a connection of the caller, or one that a URL names. All or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from fanwise.generator.errors import OutputError, UsageError, nearest
from fanwise.generator.output.destinations.base import Tables
from fanwise.generator.output.destinations.duckdb import fill
from fanwise.generator.output.destinations.postgresql import PostgresqlDestination
from fanwise.generator.output.destinations.sqlite import fill_file
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.duckdb_session import Stream
from fanwise.io.quoting import quote_ident
from fanwise.io.url import Address

if TYPE_CHECKING:
    import duckdb

__all__ = ["fill_database", "fill_duckdb"]

Frames = Mapping[str, pl.DataFrame]

_KINDS = ("postgresql", "sqlite")


def fill_duckdb(
    schema: RelationalSchema, frames: Frames, connection: duckdb.DuckDBPyConnection | None
) -> duckdb.DuckDBPyConnection:
    """Create and fill the tables in `connection`, or in a new database in memory; return the connection.

    Raises UsageError for a connection that is closed or holds one of the tables already: it is then as it was.
    """
    import duckdb

    target = duckdb.connect(":memory:") if connection is None else connection

    def insert(into: duckdb.DuckDBPyConnection, table: str) -> None:
        into.register("fanwise_frame", Stream(frames[table]))
        try:
            into.execute(f"INSERT INTO {quote_ident(table)} SELECT * FROM fanwise_frame")
        finally:
            into.unregister("fanwise_frame")

    try:
        with _transaction(target):
            fill(target, schema, insert)
    except duckdb.Error as error:
        raise _refused(str(error)) from error
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


def fill_database(schema: RelationalSchema, frames: Callable[[], Frames], url: str) -> None:
    """Create and fill the tables in the database at `url`: sqlite:///FILE or postgresql://USER@HOST/NAME.

    Raises UsageError for another kind of URL, MissingExtraError without the driver, OutputError where the database
    refuses: nothing of the data set is then in it.
    """
    address = Address(url)
    kind = {"postgres": "postgresql"}.get(address.scheme, address.scheme)
    if kind not in _KINDS:
        hint = nearest(kind, _KINDS) if kind else "write sqlite:///shop.db or postgresql://user@host/name"
        raise UsageError("FW-USAGE-URL", "this kind of database is not supported", hint, "url", address.shown)
    if kind == "postgresql":
        PostgresqlDestination(address).fill(_tables(schema, frames()))
    else:
        fill_file(address, lambda: _tables(schema, frames()))


def _tables(schema: RelationalSchema, frames: Frames) -> Tables:
    return Tables(schema, lambda name: iter((frames[name],)))


def _refused(told: str) -> UsageError | OutputError:
    why = " ".join(told.split())[:300]
    if "closed" in why:
        return UsageError("FW-USAGE-CONNECTION", "is closed", path="connection")
    hint = "use an empty database" if "exists" in why.lower() else "no data was delivered"
    return OutputError("FW-OUTPUT-DATABASE", f"the database reported: {why}", hint, "connection")
