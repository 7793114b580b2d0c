"""The warehouse: the locked-down DuckDB session in which a source's tables and all that is made of them live."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.io.duckdb_session import Session, reason
from fanwise.io.errors import FanwiseError, QueryError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Warehouse", "epoch_seconds"]

MEMORY_MB = 640
"""The default memory limit of DuckDB; with Python, NumPy and Polars beside it, under 1 GB."""


class Warehouse(Session):
    """A session with a work folder, whose failures are errors of discovery."""

    __slots__ = ()

    @classmethod
    def at(cls, folder: Path, *, threads: int | None = None, memory_mb: int | None = None) -> Warehouse:
        """Open an empty warehouse that spills to `folder`, which must exist."""
        return cls.open(folder=folder, threads=threads, memory_limit=f"{memory_mb or MEMORY_MB}MB")

    @classmethod
    def small(cls, folder: Path) -> Warehouse:
        """Return a warehouse for a few orders, which sees no file."""
        return cls.shared(folder, memory_limit=f"{MEMORY_MB}MB")

    @property
    def work(self) -> Path:
        """The work folder."""
        return self.folder or self.scratch

    def row(self, sql: str) -> dict[str, Any]:
        """Return the one row of a query by the names of its columns."""
        cursor = self.execute(sql)
        found = cursor.fetchone()
        return dict(zip([column[0] for column in cursor.description or ()], found or (), strict=True))

    def frame(self, sql: str) -> pl.DataFrame:
        """Return the rows of a query as a frame; its numbers must be finite or null."""
        import numpy as np
        import polars as pl

        # A relation would hand out an Arrow stream, but plans the query twice: for one customer, most of the time.
        columns = self.execute(sql).fetchnumpy()
        return pl.DataFrame(
            {
                name: pl.Series(values.filled(np.nan) if np.ma.isMaskedArray(values) else values, nan_to_null=True)
                if values.dtype.kind == "f"
                # Of no rows, the type of texts would not be known.
                else pl.Series(values, dtype=pl.String if values.dtype.kind == "O" else None)
                for name, values in columns.items()
            }
        )

    def refused(self, error: Exception) -> FanwiseError:
        """Return the error for what DuckDB said: of the source where it can be, else of the program."""
        import duckdb

        if isinstance(error, duckdb.ConversionException):
            return super().refused(error)
        if isinstance(error, duckdb.OutOfMemoryException):
            hint = "raise the memory limit, or use a work folder with more disk space."
            return QueryError("FW-SOURCE-UNREADABLE", f"memory ran out: {reason(error)}", hint)
        if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException):
            # The program wrote the SQL; a source cannot make it wrong.
            return FanwiseError("FW-DEFECT", f"a query failed: {reason(error)}")
        return QueryError("FW-SOURCE-UNREADABLE", f"the source cannot be read: {reason(error)}")


def epoch_seconds(instant: dt.datetime) -> int:
    """Return the whole seconds from 1970 to a naive UTC instant."""
    return (instant - dt.datetime(1970, 1, 1)) // dt.timedelta(seconds=1)
