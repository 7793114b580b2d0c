"""Where data come from: a folder of files, frames, a DuckDB file or connection, a PostgreSQL server. One file each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.validator.data.sources.base import Reader
from fanwise.validator.data.sources.folder import FolderReader
from fanwise.validator.data.sources.frames import FrameReader, Frames
from fanwise.validator.errors import Problem, SourceError

if TYPE_CHECKING:
    import duckdb

    AnySource = str | Path | Frames | duckdb.DuckDBPyConnection

__all__ = ["reader_of"]

WAYS = "give a folder of files, a DuckDB file, or postgresql://USER@HOST/NAME."


def reader_of(source: AnySource) -> Reader:
    """Return the reader of a source; raises SourceError if it is not a source."""
    if isinstance(source, Mapping):
        return FrameReader(source)
    if isinstance(source, str) and "://" in source:
        return _of_url(source)
    if isinstance(source, str | Path):
        return _of_path(Path(source))
    from fanwise.validator.data.sources.duckdb import ConnectionReader

    return ConnectionReader.of(source)


def _of_url(url: str) -> Reader:
    scheme = url.partition("://")[0].lower()
    if scheme in ("postgresql", "postgres"):
        from fanwise.validator.data.sources.postgresql import PostgresqlReader

        return PostgresqlReader(url)
    if scheme == "duckdb":
        return _of_path(Path(url.partition("://")[2].removeprefix("/")))  # three slashes: relative, four: absolute
    # The rest of the URL may hold a password.
    raise SourceError(Problem(f"{scheme[:20]}:// is not a supported source", WAYS, "DATA"))


def _of_path(path: Path) -> Reader:
    if path.parts and path.parts[0].lower() in ("postgresql:", "postgres:"):
        raise SourceError(Problem("a Path removed a slash from the URL", "give the URL as text.", "DATA"))
    try:
        if path.is_dir():
            return FolderReader(path)
        found = path.exists()
    except (OSError, ValueError) as error:
        raise SourceError(Problem(f"cannot be read: {error}", WAYS, str(path))) from None
    if not found:
        raise SourceError(Problem("no such folder or file", WAYS, str(path)))
    from fanwise.validator.data.sources.duckdb import FileReader, is_duckdb_file

    if not is_duckdb_file(path):
        hint = "give the folder that holds the tables' files." if path.suffix else WAYS
        raise SourceError(Problem("neither a folder nor a DuckDB file", hint, str(path)))
    return FileReader(path)
