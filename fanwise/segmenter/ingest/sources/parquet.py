"""Parquet: views over files, which keep their own types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.segmenter.ingest.fields import Kind
from fanwise.segmenter.ingest.sources.base import select

if TYPE_CHECKING:
    from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["columns_of", "opened"]

_OPTIONS = "hive_partitioning = false, union_by_name = true"


def columns_of(warehouse: Warehouse, paths: Sequence[Path]) -> dict[str, str]:
    """Return the DuckDB type of each column of the files."""
    found = warehouse.rows(f"DESCRIBE SELECT * FROM read_parquet($1, {_OPTIONS})", [[str(path) for path in paths]])
    return {str(row[0]): str(row[1]) for row in found}


def opened(warehouse: Warehouse, paths: Sequence[Path], kinds: Mapping[str, Kind]) -> str:
    """Return the query of the needed columns; only these are read."""
    # A view cannot bind a value; a variable keeps the paths out of the SQL text all the same.
    files = warehouse.variable([str(path) for path in paths])
    return select(kinds, f"read_parquet({files}, {_OPTIONS})")
