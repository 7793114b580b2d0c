"""Where orders come from: files, a DuckDB database, a PostgreSQL server, frames. One file each."""

from __future__ import annotations

from pathlib import Path

from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.sources.base import Reader

__all__ = ["Reader", "reader_of"]

WAYS = "give a folder of Parquet or CSV files, such a file, a DuckDB file, or postgresql://USER@HOST/NAME."


def reader_of(location: str | Path) -> Reader:
    """Return the reader of a source; raises SourceError if it is not a source."""
    if isinstance(location, str) and "://" in location:
        scheme = location.partition("://")[0].lower()
        if scheme in ("postgresql", "postgres"):
            from fanwise.segmenter.ingest.sources.postgresql import PostgresqlReader

            return PostgresqlReader(location)
        # The rest of the URL may hold a password.
        raise SourceError(Problem(f"{scheme[:20]}:// is not a supported source", WAYS))
    return _of_path(Path(location))


def _of_path(path: Path) -> Reader:
    from fanwise.segmenter.ingest.sources.duckdb import DuckdbReader, is_duckdb_file
    from fanwise.segmenter.ingest.sources.folder import FileReader, format_of

    if path.parts and path.parts[0].lower() in ("postgresql:", "postgres:"):
        raise SourceError(Problem("a Path removed a slash from the URL", "give the URL as text."))
    try:
        if path.is_dir():
            return FileReader(path)
        found = path.exists()
    except (OSError, ValueError) as error:
        raise SourceError(Problem(f"cannot be read: {error}", WAYS, str(path))) from None
    if not found:
        raise SourceError(Problem("no such folder or file", WAYS, str(path)))
    if is_duckdb_file(path):
        return DuckdbReader(path)
    if format_of(path):
        return FileReader(path)
    raise SourceError(Problem("neither Parquet, CSV nor a DuckDB database", WAYS, str(path)))
