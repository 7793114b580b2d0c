"""PostgreSQL, through ADBC: rows go as Arrow batches into a temporary table, and from there to their place."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from fanwise.segmenter.errors import MappingError, OutputError, Problem
from fanwise.segmenter.ingest.sources.secrets import Login
from fanwise.segmenter.stores.base import Rows
from fanwise.segmenter.stores.tables import TABLES

__all__ = ["PostgresqlStore"]

DRIVER = "adbc_driver_postgresql.dbapi"
_STAGE = "fanwise_rows"


@dataclass(frozen=True, slots=True)
class PostgresqlStore:
    """A database on a server, in the first schema of the search path."""

    login: Login

    @property
    def shown(self) -> str:
        """The URL without its password and parameters."""
        return self.login.shown

    def write(self, rows: Rows) -> None:
        """Write in one transaction."""
        if self.login.ambiguous:
            why = "the password or the user's name holds one of @ / ? # [ ]"
            raise MappingError(Problem(why, "write these signs percent-encoded: @ is %40, / is %2F", "to"))
        try:
            driver = import_module(DRIVER)
        except ImportError:
            why = "postgresql:// needs adbc-driver-postgresql, which is not installed"
            raise MappingError(Problem(why, "install it: pip install 'fanwise[sql]'", self.shown)) from None
        try:
            with closing(driver.connect(self.login.url)) as connection, closing(connection.cursor()) as cursor:
                self._fill(cursor, rows)
                connection.commit()
        except driver.Error as error:
            said = " ".join(self.login.redacted(str(error)).split())[:300] or type(error).__name__
        else:
            return
        # Outside the handler: a driver may quote the URL, and a chained exception would show it all the same.
        raise OutputError(Problem(f"the database refused: {said}", "nothing was saved", self.shown))

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
