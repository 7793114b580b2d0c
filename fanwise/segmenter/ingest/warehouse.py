"""The warehouse: one DuckDB connection, locked down, in which a source's tables and all that is made of them live.

Sources and mappings may be hostile: names are quoted, values bound, no extension is loaded, and DuckDB sees the
source's files and the work folder, nothing else.
"""

from __future__ import annotations

import atexit
import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fanwise.segmenter.errors import FanwiseError, Problem, SourceError

if TYPE_CHECKING:
    import duckdb
    import polars as pl

__all__ = ["Stream", "Warehouse", "epoch_seconds", "reason"]

MEMORY_MB = 640
"""The default memory limit of DuckDB; with Python, NumPy and scikit-learn beside it, under 1 GB."""


@dataclass(slots=True)
class Stream:
    """Shows DuckDB only the Arrow stream of a frame: for known types it would import pyarrow."""

    frame: Any

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the frame's Arrow stream."""
        return self.frame.__arrow_c_stream__(requested_schema)


class _SchemaStream(Stream):
    """A stream that tells its schema without being read: one that can be read only once must."""

    __slots__ = ()

    def __arrow_c_schema__(self) -> object:
        return self.frame.__arrow_c_schema__()


@dataclass(slots=True)
class Warehouse:
    """An open connection; `folder` is where it may write. One without a scratch folder of its own sees no file."""

    folder: Path
    connection: duckdb.DuckDBPyConnection = field(repr=False)
    _scratch: tempfile.TemporaryDirectory[str] | None = None
    _made: int = 0

    @classmethod
    def open(cls, folder: Path, *, threads: int | None = None, memory_mb: int | None = None) -> Warehouse:
        """Open an empty warehouse that spills to `folder`, which must exist."""
        import duckdb

        scratch = tempfile.TemporaryDirectory(prefix="scratch-", dir=folder)
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{memory_mb or MEMORY_MB}MB",
            "preserve_insertion_order": False,
            "python_enable_replacements": False,
            "temp_directory": scratch.name,
        }
        if threads is not None:
            config["threads"] = threads
        connection = duckdb.connect(":memory:", config=config)
        connection.execute("SET enable_progress_bar = false")  # it would draw on the caller's terminal
        return cls(folder, connection, scratch)

    @classmethod
    def small(cls, folder: Path) -> Warehouse:
        """Return a warehouse for a few orders: a connection to one database of the process, which sees no file.

        What it makes is temporary and its own. Opening a database takes longer than a customer's features.
        """
        return cls(folder, _shared().cursor())

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and remove what it made on the way; a second time does nothing."""
        self.connection.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    @property
    def scratch(self) -> Path:
        """A folder that lives as long as the warehouse."""
        return Path(self._scratch.name) if self._scratch else self.folder

    def close_the_doors(self, folders: Sequence[Path]) -> None:
        """From here on, DuckDB sees `folders` and the work folder only."""
        if self._scratch is None:
            return
        allowed = [str(folder.resolve()) for folder in (*folders, self.folder)]
        self.connection.execute("SET allowed_directories = $1", [allowed])
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")

    def rows(self, sql: str, values: object = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query; raises SourceError where the source cannot be read to the end."""
        return self._cursor(sql, values).fetchall()

    def row(self, sql: str, values: object = None) -> dict[str, Any]:
        """Return the one row of a query by the names of its columns."""
        cursor = self._cursor(sql, values)
        found = cursor.fetchone()
        return dict(zip([column[0] for column in cursor.description or ()], found or (), strict=True))

    def execute(self, sql: str, values: object = None) -> None:
        """Run a statement; raises SourceError like `rows`."""
        self._cursor(sql, values)

    def frame(self, sql: str) -> pl.DataFrame:
        """Return the rows of a query as a frame; its numbers must be finite or null."""
        import numpy as np
        import polars as pl

        # A relation would hand out an Arrow stream, but plans the query twice: for one customer, most of the time.
        columns = self._cursor(sql, None).fetchnumpy()
        return pl.DataFrame(
            {
                name: pl.Series(values.filled(np.nan) if np.ma.isMaskedArray(values) else values, nan_to_null=True)
                if values.dtype.kind == "f"
                # Of no rows, the type of texts would not be known.
                else pl.Series(values, dtype=pl.String if values.dtype.kind == "O" else None)
                for name, values in columns.items()
            }
        )

    def variable(self, value: object) -> str:
        """Return the SQL of a variable that holds `value`: a view cannot bind one."""
        name = self.new_name()
        self.connection.execute(f"SET VARIABLE {name} = $1", [value])
        return f"getvariable('{name}')"

    def stream(self, frame: object) -> str:
        """Return the SQL name of whatever hands out an Arrow stream."""
        name = self.new_name()
        kind = _SchemaStream if hasattr(frame, "__arrow_c_schema__") else Stream
        self.connection.register(name, kind(frame))
        return name

    def columns(self, relation: str) -> dict[str, str]:
        """Return the DuckDB type of each column of a relation (quoted)."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE {relation}")}

    def _cursor(self, sql: str, values: object) -> duckdb.DuckDBPyConnection:
        import duckdb

        try:
            return self.connection.execute(sql, values)
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise _refused(error) from error

    def new_name(self) -> str:
        """Return a name that nothing in the warehouse has yet."""
        self._made += 1
        return f"made_{self._made}"


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_external_access": False,
        "memory_limit": f"{MEMORY_MB}MB",
        "python_enable_replacements": False,
        "threads": 1,
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET lock_configuration = true")
    atexit.register(_shared.cache_clear)
    return connection


def _refused(error: Exception) -> FanwiseError:
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        hint = "raise the memory limit, or use a work folder with more disk space."
        return SourceError(Problem(f"memory ran out: {reason(error)}", hint))
    if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException):
        # The program wrote the SQL; a source cannot make it wrong.
        return FanwiseError(Problem(f"a query failed: {reason(error)}", "this is a defect; please report it."))
    return SourceError(Problem(f"the source cannot be read: {reason(error)}", "check that its files are complete."))


def reason(error: BaseException) -> str:
    """Return the first lines of what DuckDB said, without its advice about its own options."""
    lines = [line.strip() for line in str(error).partition("LINE 1:")[0].splitlines() if line.strip()]
    return ("; ".join(lines[:3]) if lines else type(error).__name__)[:300]


def epoch_seconds(instant: dt.datetime) -> int:
    """Return the whole seconds from 1970 to a naive UTC instant."""
    return (instant - dt.datetime(1970, 1, 1)) // dt.timedelta(seconds=1)
