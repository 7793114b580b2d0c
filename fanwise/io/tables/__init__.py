"""Tables of any source: files, frames, databases, a lake. `reader_of` picks and imports the reader of a location."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.io.errors import SourceError
from fanwise.io.tables.base import Reader
from fanwise.io.url import Address, without_passwords

if TYPE_CHECKING:
    import duckdb

    Location = str | Path | Mapping[str, Any] | duckdb.DuckDBPyConnection

__all__ = ["Reader", "database_of", "reader_of"]

WAYS = (
    "give a folder of Parquet, CSV, JSON lines or Arrow files, such a file, a DuckDB or SQLite file, "
    "postgresql://USER@HOST/NAME, or delta:///FOLDER."
)


_LOOKED_AT = 65_536
_DESCRIBED = (
    ((".sql",), b"", "SQL"),
    ((".json",), b'"dbt_schema_version"', "a dbt manifest"),
    ((".json", ".yaml", ".yml"), b"DataContract", "a contract of data"),
)
"""Files of which `gen init --from` makes a schema: endings, what is in them, what they are."""


def reader_of(source: Location) -> Reader:
    """Return the reader of a source: a location, a mapping of frames, or an open DuckDB connection.

    Raises SourceError for what is not a source. Nothing is opened yet but the first bytes of a file.
    """
    if isinstance(source, Mapping):
        from fanwise.io.tables.frames import FrameReader

        return FrameReader(source)
    if isinstance(source, str) and "://" in source:
        return _of_url(Address(source))
    if isinstance(source, str | Path):
        return _of_path(Path(source))
    from fanwise.io.tables.duckdb import ConnectionReader

    return ConnectionReader.of(source)


def _of_url(address: Address) -> Reader:
    if address.scheme in ("postgresql", "postgres"):
        from fanwise.io.tables.postgresql import PostgresqlReader

        return PostgresqlReader(address)
    if address.scheme.startswith("delta+"):
        from fanwise.io.tables.delta import DeltaReader

        return DeltaReader(address)
    if address.scheme in ("duckdb", "sqlite", "delta"):
        return _of_path(Path(address.file))
    # The rest of the URL may hold a password.
    raise SourceError("FW-SOURCE-MISSING", f"{address.scheme[:20]}:// is not a supported source", WAYS)


def _of_path(path: Path) -> Reader:
    from fanwise.io.tables.folder import FolderReader, format_of

    if path.parts and path.parts[0].lower() in ("postgresql:", "postgres:"):
        raise SourceError("FW-SOURCE-MISSING", "a Path removed a slash from the URL", "give the URL as text.")
    try:
        if path.is_dir():
            return FolderReader(path)
        found, kind = path.exists(), database_of(path)
    except (OSError, ValueError) as error:
        why = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise SourceError("FW-SOURCE-MISSING", why, "check the path and its permissions.", str(path)) from None
    if not found:
        raise SourceError("FW-SOURCE-MISSING", "no such folder or file", WAYS, without_passwords(str(path)))
    if kind == "duckdb":
        from fanwise.io.tables.duckdb import DuckdbReader

        return DuckdbReader(path)
    if kind == "sqlite":
        from fanwise.io.tables.sqlite import SqliteReader

        return SqliteReader(path)
    if format_of(path):
        return FolderReader(path)
    why, hint = _described(path) or ("is neither a data file nor a DuckDB or SQLite database", WAYS)
    raise SourceError("FW-SOURCE-MISSING", why, hint, str(path))


def _described(path: Path) -> tuple[str, str] | None:
    """Return what is wrong with a file that describes tables where rows are wanted, and what to do; None for others."""
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if path.suffix.lower() in (".yaml", ".yml") and re.search(rb"^fanwise *:", start, re.MULTILINE):
        return "is a schema, which has no rows", f"make them first: gen run {path}"
    what = next((what for ending, sign, what in _DESCRIBED if path.suffix.lower() in ending and sign in start), None)
    if what is None:
        return None
    hint = f"write a schema by it: gen init --from {path}; or give the database or the files with the rows."
    return f"is {what}, which describes tables and has no rows", hint


def database_of(path: Path) -> str | None:
    """Return `duckdb` or `sqlite` for a file that begins as such a database does, else None (OSError)."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        start = file.read(16)
    return "sqlite" if start == b"SQLite format 3\0" else "duckdb" if start[8:12] == b"DUCK" else None
