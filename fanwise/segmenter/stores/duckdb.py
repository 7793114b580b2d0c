"""DuckDB: a database file, made where it is not there yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.io.duckdb_session import Stream
from fanwise.segmenter.errors import OutputError
from fanwise.segmenter.stores.base import Rows
from fanwise.segmenter.stores.tables import TABLES

if TYPE_CHECKING:
    import duckdb

__all__ = ["DuckdbStore"]

_HINT = "nothing was saved; close it elsewhere, or give another file"


@dataclass(frozen=True, slots=True)
class DuckdbStore:
    """A database file."""

    path: Path

    @property
    def shown(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def write(self, rows: Rows) -> None:
        """Write in one transaction; a file that was made for it is removed if it fails."""
        import duckdb

        fresh = not self.path.exists()
        try:
            with duckdb.connect(str(self.path)) as connection:
                connection.begin()
                self._fill(connection, rows)
                connection.commit()
        except BaseException as error:
            if fresh:
                for path in (self.path, self.path.with_name(f"{self.path.name}.wal")):
                    path.unlink(missing_ok=True)
            if not isinstance(error, duckdb.Error):
                raise
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise OutputError(
                "FW-OUTPUT-DATABASE", f"the database reported: {first[:300]}", _HINT, self.shown
            ) from None

    @staticmethod
    def _fill(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
        for table in TABLES:
            connection.execute(table.create())
            for frame in rows[table.name]:
                connection.register("fanwise_rows", Stream(frame))
                try:
                    connection.execute(table.upsert("fanwise_rows"))
                finally:
                    connection.unregister("fanwise_rows")
