"""The warehouse: DuckDB over the tables of a source, locked down, with one way to ask.

A source is a folder of files or a mapping from names to frames. Every table of the contract that can be opened is a
view or table `data."name"`; one that cannot has a `Fault`, which the checks report. Data files and contracts may be
hostile: names are quoted, values bound, and DuckDB sees the source's folder and its own scratch folder, nothing else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from validator.contract import Contract, Table
from validator.errors import Problem, QueryError, SourceError
from validator.files import Files, find_files, header_of, keys_of
from validator.findings import Status
from validator.quoting import quote_ident
from validator.types import duckdb_type

if TYPE_CHECKING:
    import duckdb

__all__ = ["Fault", "Frame", "Frames", "Warehouse", "table_sql"]


class Frame(Protocol):
    """Anything that hands out an Arrow stream: a polars.DataFrame, a pyarrow.Table."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Frames = Mapping[str, Frame]


def table_sql(table: str) -> str:
    """Return the quoted name of a table of the contract."""
    return f"data.{quote_ident(table)}"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a table cannot be used: FAIL where the data break the promise, ERROR where they cannot be read."""

    status: Status
    message: str
    hint: str


@dataclass(slots=True)
class _Stream:
    """Hides what a frame is from DuckDB but for its Arrow stream: for known types it would import pyarrow."""

    frame: Frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


@dataclass(slots=True)
class Warehouse:
    """An open source. `columns`: DuckDB type of each column of each open table; `faults`: what is not open."""

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    _connection: duckdb.DuckDBPyConnection | None = None
    _scratch: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def open(
        cls,
        source: str | Path | Frames,
        contract: Contract,
        *,
        threads: int | None = None,
        memory_limit: str = "768MB",
    ) -> Warehouse:
        """Open the contract's tables in `source`; raises SourceError where the folder itself cannot be used."""
        folder = None if isinstance(source, Mapping) else Path(source)
        if folder is not None and not folder.is_dir():
            hint = "give the folder that holds the tables' files."
            raise SourceError(Problem("no such folder" if not folder.exists() else "not a folder", str(folder), hint))
        warehouse = cls(_scratch=tempfile.TemporaryDirectory(prefix="audit-"))
        try:
            warehouse._connect([folder] if folder else [], threads, memory_limit)
            for index, (name, table) in enumerate(contract.tables.items()):
                if folder is not None:
                    warehouse._open_files(index, name, table, folder)
                elif isinstance(source, Mapping):
                    warehouse._open_frame(index, name, source)
            warehouse._execute("SET lock_configuration = true")
        except BaseException:
            warehouse.close()
            raise
        return warehouse

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and remove the scratch folder."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query; `values` are bound to $1, $2, …. Raises QueryError."""
        import duckdb

        if self._connection is None:
            raise QueryError(Problem("the warehouse is closed"))
        try:
            return self._connection.execute(sql, list(values) or None).fetchall()
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise QueryError(Problem(_reason(error))) from error

    def _connect(self, folders: Sequence[Path], threads: int | None, memory_limit: str) -> None:
        import duckdb

        scratch = self._scratch.name if self._scratch else tempfile.gettempdir()
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory_limit,
            "preserve_insertion_order": False,
            "python_enable_replacements": False,
            "temp_directory": scratch,
        }
        if threads is not None:
            config["threads"] = threads
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET enable_progress_bar = false")  # it would draw on the caller's terminal
        allowed = [str(folder.resolve()) for folder in folders] + [scratch]
        self._connection.execute("SET allowed_directories = $1", [allowed])
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("CREATE SCHEMA data")

    def _open_frame(self, index: int, name: str, frames: Frames) -> None:
        frame = frames.get(name)
        if frame is None:
            known = ", ".join(sorted(map(str, frames))[:12]) or "nothing"
            self.faults[name] = Fault(Status.FAIL, f"table {name} is missing", f"the source holds {known}.")
            return
        self.formats[name] = "frame"
        if not hasattr(frame, "__arrow_c_stream__") and hasattr(frame, "collect"):
            frame = frame.collect()
        self._attempt(name, lambda: self._register(index, name, frame))

    def _open_files(self, index: int, name: str, table: Table, folder: Path) -> None:
        files = find_files(folder.resolve(), name)
        if isinstance(files, str):
            hint = f"write the table to {folder}, or take it out of the contract."
            self.faults[name] = Fault(Status.FAIL, f"table {name} is missing: {files}", hint)
            return
        self.formats[name] = files.format
        opener = {
            "parquet": self._open_parquet,
            "csv": self._open_csv,
            "jsonl": self._open_jsonl,
            "arrow": self._open_arrow,
        }[files.format]
        self._attempt(name, lambda: opener(index, name, table, files))

    def _attempt(self, name: str, opener: Any) -> None:
        """Open one table; whatever its data do wrong becomes its fault."""
        import duckdb
        import polars as pl

        try:
            opener()
            found = self.rows(f"DESCRIBE {table_sql(name)}")
            self.columns[name] = {str(row[0]): str(row[1]) for row in found}
        except duckdb.ConversionException as error:
            hint = "correct the value, or the type in the contract."
            self.faults[name] = Fault(Status.FAIL, f"table {name} has a wrong type: {_reason(error)}", hint)
        except (duckdb.Error, QueryError, pl.exceptions.PolarsError, OSError, ValueError, TypeError) as error:
            hint = "the file is damaged or not what its name says; write it again."
            self.faults[name] = Fault(Status.ERROR, f"table {name} cannot be read: {_reason(error)}", hint)

    def _execute(self, sql: str, values: object = None) -> None:
        if self._connection is not None:
            self._connection.execute(sql, values)

    def _register(self, index: int, name: str, frame: Frame) -> None:
        if self._connection is not None:
            self._connection.register(f"frame_{index}", _Stream(frame))
            self._execute(f"CREATE VIEW {table_sql(name)} AS SELECT * FROM frame_{index}")

    def _open_parquet(self, index: int, name: str, table: Table, files: Files) -> None:
        # A view cannot bind a value; a variable keeps the paths out of the SQL text all the same.
        self._execute(f"SET VARIABLE files_{index} = $1", [[str(path) for path in files.paths]])
        reader = f"read_parquet(getvariable('files_{index}'), hive_partitioning = false, union_by_name = true)"
        self._execute(f"CREATE VIEW {table_sql(name)} AS SELECT * FROM {reader}")

    def _open_csv(self, index: int, name: str, table: Table, files: Files) -> None:
        types = {column: duckdb_type(spec.type) for column, spec in table.columns.items()}
        columns = {column: types.get(column, "VARCHAR") for column in header_of(files.paths[0])}
        # Text is parsed once: every later query reads DuckDB's own table.
        self._execute(
            f"CREATE TABLE {table_sql(name)} AS SELECT * FROM read_csv($files, columns = $columns, header = true, "
            "auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false)",
            {"files": [str(path) for path in files.paths], "columns": columns},
        )

    def _open_jsonl(self, index: int, name: str, table: Table, files: Files) -> None:
        present = keys_of(files.paths[0])
        columns = {
            column: duckdb_type(spec.type)
            for column, spec in table.columns.items()
            if present is None or column in present
        }
        self._execute(
            f"CREATE TABLE {table_sql(name)} AS SELECT * FROM read_json($files, columns = $columns, "
            "format = 'newline_delimited')",
            {"files": [str(path) for path in files.paths], "columns": columns},
        )

    def _open_arrow(self, index: int, name: str, table: Table, files: Files) -> None:
        import polars as pl

        # DuckDB reads Arrow IPC only through an extension; Polars maps the file into memory.
        self._register(index, name, pl.scan_ipc(list(files.paths), glob=False).collect())


def _reason(error: BaseException) -> str:
    # DuckDB names the file's line first, and what was wrong with it on the lines below.
    lines = [line.strip() for line in str(error).partition("LINE 1:")[0].splitlines() if line.strip()]
    return ("; ".join(lines[:3]) if lines else type(error).__name__)[:300]
