"""PostgreSQL, through ADBC: rows go as Arrow batches into a temporary table, and from there to their place."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from fanwise.io.extras import require
from fanwise.io.url import Address
from fanwise.segmenter.errors import OutputError, Problem
from fanwise.segmenter.stores.base import Rows
from fanwise.segmenter.stores.tables import TABLES

__all__ = ["PostgresqlStore"]

DRIVER = "adbc_driver_postgresql.dbapi"
_STAGE = "fanwise_rows"


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
        self.address.refuse_ambiguous()
        driver = require(DRIVER, "sql", "postgresql://")
        try:
            with closing(driver.connect(self.address.url)) as connection, closing(connection.cursor()) as cursor:
                self._fill(cursor, rows)
                connection.commit()
        except driver.Error as error:
            said = " ".join(self.address.redacted(str(error)).split())[:300] or type(error).__name__
        else:
            return
        # Outside the handler: a driver may quote the URL, and a chained exception would show it all the same.
        raise OutputError(Problem(f"the database reported: {said}", "nothing was saved", self.shown))

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
