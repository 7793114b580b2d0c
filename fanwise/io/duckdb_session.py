"""A DuckDB session, locked down: tables of a source and what is made of them, and nothing else of the machine.

Sources may be hostile: names are quoted, values bound, no extension is loaded, and once the doors are closed DuckDB
sees the folders of the source and the session's own folders only.
"""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fanwise.io.errors import ConversionError, FanwiseError, QueryError
from fanwise.io.problems import Problem
from fanwise.io.quoting import quote_ident

if TYPE_CHECKING:
    import duckdb

__all__ = ["Session", "Stream", "reason", "streamed"]

Config = dict[str, str | bool | int | float | list[str]]


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


def streamed(frame: object) -> Stream:
    """Return what DuckDB may see of a frame."""
    return _SchemaStream(frame) if hasattr(frame, "__arrow_c_schema__") else Stream(frame)


_PATTERN = frozenset("*?[")
"""Signs that make DuckDB take a path for a pattern."""

_NUMBERS = count(1)
_RENEWED = 100
"""Small sessions after which the database of the process is opened anew: each leaves some memory behind."""


@dataclass(slots=True)
class Session:
    """An open connection. folder: where it may write besides its scratch folder, if anywhere."""

    connection: duckdb.DuckDBPyConnection = field(repr=False)
    folder: Path | None = None
    _scratch: tempfile.TemporaryDirectory[str] | None = None
    _made: int = 0
    _database: str = ""

    @classmethod
    def open(
        cls,
        *,
        folder: Path | None = None,
        prefix: str = "scratch-",
        threads: int | None = None,
        memory_limit: str = "768MB",
    ) -> Self:
        """Open an empty session that spills to a scratch folder of its own, in `folder` (default: the system's)."""
        scratch = tempfile.TemporaryDirectory(prefix=prefix, dir=folder)
        config: Config = {"memory_limit": memory_limit, "preserve_insertion_order": False}
        config |= {"temp_directory": scratch.name} | ({} if threads is None else {"threads": threads})
        return cls(_connected(config), folder, scratch)

    @classmethod
    def shared(cls, folder: Path | None = None, *, memory_limit: str = "768MB") -> Self:
        """Return a session for few rows: a connection to one database of the process, which sees no file.

        What it makes is temporary and its own. Opening a database takes longer than a small question.
        """
        return cls(_shared(memory_limit).cursor(), folder)

    @classmethod
    def of_few_rows(cls, *, memory_limit: str = "768MB") -> Self:
        """Open an empty session for few rows: like `shared`, but with a database of its own beside those of others.

        It works on one thread and never spills.
        """
        number = next(_NUMBERS)
        if number % _RENEWED == 0:
            _shared.cache_clear()  # open sessions keep the one that they have
        session = cls.shared(memory_limit=memory_limit)
        session._database = quote_ident(f"database {number}")
        session.execute(f"ATTACH ':memory:' AS {session._database}")
        session.execute(f"USE {session._database}")
        return session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, and remove the database or the scratch folder; a second time does nothing."""
        database, self._database = self._database, ""
        if database:
            self.execute("USE memory")
            self.execute(f"DETACH {database}")
        self.connection.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    @property
    def scratch(self) -> Path:
        """A folder that lives as long as the session, and that DuckDB may read."""
        return Path(self._scratch.name) if self._scratch else self.folder or Path(tempfile.gettempdir())

    def close_the_doors(self, folders: Sequence[Path]) -> None:
        """From here on, DuckDB sees `folders` and the session's own folders only."""
        if self._scratch is None:
            return
        allowed = [str(folder.resolve()) for folder in (*folders, self.folder or self.scratch)]
        self.execute("SET allowed_directories = $1", [allowed])
        self.execute("SET enable_external_access = false")
        self.execute("SET lock_configuration = true")

    def rows(self, sql: str, values: object = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query; `values` are bound. Raises what `refused` makes of DuckDB's error."""
        import duckdb

        try:
            return self.execute(sql, values).fetchall()
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise self.refused(error) from error

    def execute(self, sql: str, values: object = None) -> duckdb.DuckDBPyConnection:
        """Run a statement and return its cursor; raises like `rows`."""
        import duckdb

        try:
            return self.connection.execute(sql, values)
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise self.refused(error) from error

    def columns(self, relation: str) -> dict[str, str]:
        """Return the DuckDB type of each column of a relation, as SQL has it."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE {relation}")}

    def load(self, select: str, values: object = None) -> str:
        """Read a query once, now, and return the name of its copy, kept within the memory limit and the scratch."""
        name = self.new_name()
        self.execute(f"CREATE TEMP TABLE {name} AS {select}", values)
        return name

    def variable(self, value: object) -> str:
        """Return the SQL of a variable that holds `value`: a view cannot bind one."""
        name = self.new_name()
        self.execute(f"SET VARIABLE {name} = $1", [value])
        return f"getvariable('{name}')"

    def stream(self, frame: object) -> str:
        """Return the SQL name of whatever hands out an Arrow stream."""
        name = self.new_name()
        self.connection.register(name, streamed(frame))
        return name

    def paths(self, files: Sequence[Path]) -> list[str]:
        """Return the paths of files as DuckDB reads them.

        DuckDB takes `orders[1].csv` for a pattern. Brackets around its signs make them plain, but not where folders
        are closed: there such a file is read by a link in the scratch folder.
        """
        return [self._plain(file) if _PATTERN & set(str(file)) else str(file) for file in files]

    def _plain(self, file: Path) -> str:
        if self._scratch is None:
            return "".join(f"[{sign}]" if sign in _PATTERN else sign for sign in str(file))
        suffixes = "".join(suffix for suffix in file.suffixes[-2:] if not _PATTERN & set(suffix))
        link = (self.folder or self.scratch).resolve() / f"{self.new_name()}{suffixes}"
        link.symlink_to(file.resolve())
        return str(link)

    def new_name(self) -> str:
        """Return a name that nothing in the session has yet."""
        self._made += 1
        return f"made_{self._made}"

    def refused(self, error: Exception) -> FanwiseError:
        """Return the error for what DuckDB said."""
        import duckdb

        kind = ConversionError if isinstance(error, duckdb.ConversionException) else QueryError
        return kind(Problem("FW-SOURCE-UNREADABLE", reason(error)))


def _connected(config: Config) -> duckdb.DuckDBPyConnection:
    import duckdb

    fixed: Config = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    connection = duckdb.connect(":memory:", config=fixed | config)
    connection.execute("SET enable_progress_bar = false")  # it would draw on the caller's terminal
    return connection


@cache
def _shared(memory_limit: str) -> duckdb.DuckDBPyConnection:
    connection = _connected({"enable_external_access": False, "memory_limit": memory_limit, "threads": 1})
    connection.execute("SET lock_configuration = true")
    return connection


atexit.register(_shared.cache_clear)


def reason(error: BaseException) -> str:
    """Return the first lines of what DuckDB said, without the query and its advice about its own options."""
    lines = [line.strip() for line in str(error).partition("LINE 1:")[0].splitlines() if line.strip()]
    return ("; ".join(lines[:3]) if lines else type(error).__name__)[:300]
