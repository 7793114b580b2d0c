"""Parquet: views over files, which keep their own types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fanwise.io.duckdb_session import Session
from fanwise.io.tables.base import Formats, TableInfo, Wanted, select

__all__ = ["find", "open_files"]


def find(session: Session, paths: Sequence[Path]) -> TableInfo:
    """Return the columns of the files."""
    return TableInfo("parquet", session.columns(f"SELECT * FROM {_relation(session, paths)}"))


def open_files(session: Session, paths: Sequence[Path], wanted: Wanted, formats: Formats) -> str:
    """Return a query of the files; only the wanted columns are read."""
    return select(wanted, _relation(session, paths))


def _relation(session: Session, paths: Sequence[Path]) -> str:
    # A view cannot bind a value; a variable keeps the paths out of the SQL text all the same.
    files = session.variable(session.paths(paths))
    return f"read_parquet({files}, hive_partitioning = false, union_by_name = true)"
