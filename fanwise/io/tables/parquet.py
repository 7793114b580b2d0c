"""Parquet: views over files, which keep their own types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fanwise.io.duckdb_session import Session
from fanwise.io.tables.base import Formats, TableInfo, Wanted, select

__all__ = ["find", "open_files", "told_ends"]


def find(session: Session, paths: Sequence[Path]) -> TableInfo:
    """Return the columns of the files."""
    return TableInfo("parquet", session.columns(f"SELECT * FROM {_relation(session, paths)}"))


def open_files(session: Session, paths: Sequence[Path], wanted: Wanted, formats: Formats) -> str:
    """Return a query of the files; only the wanted columns are read."""
    return select(wanted, _relation(session, paths))


def told_ends(session: Session, paths: Sequence[Path]) -> str:
    """Return the query of column, smallest and largest value by the statistics of integer columns that are complete."""
    files = session.variable(session.paths(paths))
    low, high = (f"TRY_CAST(stats_{end}_value AS BIGINT)" for end in ("min", "max"))
    return (
        f"SELECT path_in_schema, min({low}), max({high}) FROM parquet_metadata({files}) "
        f"WHERE type IN ('INT32', 'INT64') GROUP BY 1 HAVING count(*) = count({low}) AND count(*) = count({high})"
    )


def _relation(session: Session, paths: Sequence[Path]) -> str:
    # A view cannot bind a value; a variable keeps the paths out of the SQL text all the same.
    files = session.variable(session.paths(paths))
    return f"read_parquet({files}, hive_partitioning = false, union_by_name = true)"
