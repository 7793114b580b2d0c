"""PostgreSQL, through ADBC: rows go as Arrow batches into a temporary table, and from there to their place."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from fanwise.io.postgres_session import PostgresSession
from fanwise.io.quoting import quote_ident
from fanwise.io.url import Address
from fanwise.segmenter.errors import OutputError
from fanwise.segmenter.stores.base import Rows
from fanwise.segmenter.stores.tables import TABLES

__all__ = ["PostgresqlStore"]

_STAGE = "fanwise_rows"
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('fanwise segments', 0))"
"""Waits for others that save here: of two that make the same table at once, PostgreSQL lets one fail."""


@dataclass(frozen=True, slots=True)
class PostgresqlStore:
    """A database on a server, in the first schema of the search path."""

    address: Address

    @property
    def shown(self) -> str:
        """The URL without its password and parameters."""
        return self.address.shown

    def write(self, rows: Rows) -> None:
        """Write in one transaction."""
        server = PostgresSession(self.address)
        try:
            with closing(server.connect()) as connection, closing(connection.cursor()) as cursor:
                cursor.execute(_ONE_BY_ONE)
                if server.schema:
                    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_ident(server.schema)}")
                    cursor.execute(f"SET LOCAL search_path = {quote_ident(server.schema)}")
                self._fill(cursor, rows)
                connection.commit()
        except server.error as error:
            said = server.said(error)
        else:
            return
        # Outside the handler: a driver may quote the URL, and a chained exception would show it all the same.
        raise OutputError("FW-OUTPUT-DATABASE", f"the database reported: {said}", "nothing was saved", self.shown)

    @staticmethod
    def _fill(cursor: Any, rows: Rows) -> None:
        for table in TABLES:
            cursor.execute(table.create())
            names = ", ".join(table.columns)
            cursor.execute(f"CREATE TEMP TABLE {_STAGE} ON COMMIT DROP AS SELECT {names} FROM {table.name} LIMIT 0")
            for frame in rows[table.name]:
                cursor.adbc_ingest(_STAGE, frame.select(list(table.columns)), mode="append", temporary=True)
                cursor.execute(table.upsert(_STAGE))
                cursor.execute(f"TRUNCATE {_STAGE}")
            cursor.execute(f"DROP TABLE {_STAGE}")
