"""The warehouse: DuckDB over the tables of a source, locked down, with one way to ask.

Every table of the contract that can be opened is a view or table `data."name"`; one that cannot has a `Fault`, which
the checks report. Data and contracts may be hostile: names are quoted, values bound, and DuckDB sees the source's
folder and its own scratch folder, nothing else. What a source is, and how its tables come here, is in `sources/`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Contract, Table
from fanwise.validator.data.sources import reader_of
from fanwise.validator.data.sources.base import Absent, Frame, Reader
from fanwise.validator.errors import Problem, QueryError
from fanwise.validator.findings import Status

if TYPE_CHECKING:
    import duckdb

    from fanwise.validator.data.sources import AnySource

__all__ = ["Fault", "Warehouse", "table_sql"]


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
    """Shows DuckDB only the Arrow stream of a frame: for known types it would import pyarrow."""

    frame: Frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


class _SchemaStream(_Stream):
    """A stream that tells its schema without being read: one that can be read only once must."""

    def __arrow_c_schema__(self) -> object:
        return self.frame.__arrow_c_schema__()  # type: ignore[attr-defined]


@dataclass(slots=True)
class Warehouse:
    """An open source. `columns`: DuckDB type of each column of each open table; `faults`: what is not open.

    `formats` says what each table that was found is read from.
    """

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    _connection: duckdb.DuckDBPyConnection | None = None
    _scratch: tempfile.TemporaryDirectory[str] | None = None
    _made: int = 0

    @classmethod
    def open(
        cls,
        source: AnySource,
        contract: Contract,
        *,
        threads: int | None = None,
        memory_limit: str = "768MB",
    ) -> Warehouse:
        """Open the contract's tables in `source`; raises SourceError where the source itself cannot be used."""
        reader = reader_of(source)
        warehouse = cls(_scratch=tempfile.TemporaryDirectory(prefix="audit-"))
        try:
            warehouse._connect(threads, memory_limit)
            try:
                reader.begin(warehouse)
                warehouse._close_the_doors(reader.folders)
                for name, table in contract.tables.items():
                    warehouse._open(reader, name, table)
            finally:
                reader.close()
            warehouse.execute("SET lock_configuration = true")
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

    @property
    def scratch(self) -> Path:
        """A folder that lives as long as the warehouse, and that DuckDB may read."""
        return Path(self._scratch.name if self._scratch else tempfile.gettempdir())

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query; `values` are bound to $1, $2, …. Raises QueryError."""
        import duckdb

        if self._connection is None:
            raise QueryError(Problem("the warehouse is closed"))
        try:
            return self._connection.execute(sql, list(values) or None).fetchall()
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise QueryError(Problem(_reason(error))) from error

    def execute(self, sql: str, values: object = None) -> None:
        """Run a statement of a reader."""
        if self._connection is not None:
            self._connection.execute(sql, values)

    def view(self, name: str, select: str) -> None:
        """Define a table that is read again by every question."""
        self.execute(f"CREATE VIEW {table_sql(name)} AS {select}")

    def load(self, name: str, select: str, values: object = None) -> None:
        """Define a table that is read once, now; DuckDB keeps it within its memory limit and the scratch folder."""
        self.execute(f"CREATE TABLE {table_sql(name)} AS {select}", values)

    def variable(self, value: object) -> str:
        """Return the SQL of a variable that holds `value`."""
        name = self._new_name()
        self.execute(f"SET VARIABLE {name} = $1", [value])
        return f"getvariable('{name}')"

    def stream(self, frame: Frame) -> str:
        """Return the SQL name of a frame."""
        name = self._new_name()
        if self._connection is not None:
            kind = _SchemaStream if hasattr(frame, "__arrow_c_schema__") else _Stream
            self._connection.register(name, kind(frame))
        return name

    def _new_name(self) -> str:
        self._made += 1
        return f"made_{self._made}"

    def _connect(self, threads: int | None, memory_limit: str) -> None:
        import duckdb

        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory_limit,
            "preserve_insertion_order": False,
            "python_enable_replacements": False,
            "temp_directory": str(self.scratch),
        }
        if threads is not None:
            config["threads"] = threads
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET enable_progress_bar = false")  # it would draw on the caller's terminal
        self._connection.execute("CREATE SCHEMA data")

    def _close_the_doors(self, folders: Sequence[Path]) -> None:
        allowed = [str(folder.resolve()) for folder in folders] + [str(self.scratch)]
        self.execute("SET allowed_directories = $1", [allowed])
        self.execute("SET enable_external_access = false")

    def _open(self, reader: Reader, name: str, table: Table) -> None:
        """Open one table; whatever its data do wrong becomes its fault."""
        import duckdb

        try:
            reader.open(self, name, table)
            found = self.rows(f"DESCRIBE {table_sql(name)}")
            self.columns[name] = {str(row[0]): str(row[1]) for row in found}
        except Absent as absent:
            self.faults[name] = Fault(Status.FAIL, absent.problems[0].why, absent.problems[0].hint)
        except duckdb.ConversionException as error:
            hint = "correct the value, or the type in the contract."
            self.faults[name] = Fault(Status.FAIL, f"table {name} has a wrong type: {_reason(error)}", hint)
        except (duckdb.Error, QueryError, OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
            hint = (error.problems[0].hint if isinstance(error, QueryError) else "") or reader.hint
            self.faults[name] = Fault(Status.ERROR, f"table {name} cannot be read: {_reason(error)}", hint)


def _reason(error: BaseException) -> str:
    # DuckDB names the file's line first, and what was wrong with it on the lines below.
    text = error.problems[0].why if isinstance(error, QueryError) else str(error)
    lines = [line.strip() for line in text.partition("LINE 1:")[0].splitlines() if line.strip()]
    return ("; ".join(lines[:3]) if lines else type(error).__name__)[:300]
