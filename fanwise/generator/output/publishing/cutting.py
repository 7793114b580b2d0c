"""Where tables are cut into part files: a part has about the same size in memory for every table.

The number of rows of a part depends only on the types of the columns. Boundaries therefore depend on the schema and
never on chunks, threads or values, and the data waiting to be written is bounded for tables of any width.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

__all__ = ["PART_BYTES", "PART_ROWS", "bytes_of_row", "rows_of_part", "rows_of_parts"]

PART_ROWS = 1 << 20  # eight row groups
PART_BYTES = 1 << 26
_LEAST_ROWS = 1 << 16
_TEXT = 24  # bytes of a text: its view of 16, and the bytes of longer texts
_BYTES: Mapping[type[pl.DataType], int] = {
    pl.Boolean: 1, pl.Int8: 1, pl.Int16: 2, pl.Int32: 4, pl.Float32: 4, pl.Date: 4, pl.Int64: 8, pl.Float64: 8,
    pl.Datetime: 8, pl.Decimal: 16,
}  # fmt: skip


def rows_of_part(schema: pl.Schema, most: int = PART_ROWS) -> int:
    """Return the rows per part of a table with these columns: a power of two, or `most` if that is less."""
    width = bytes_of_row(schema)
    fitting = 1 << (PART_BYTES // width).bit_length() - 1 if width <= PART_BYTES else 1
    return min(most, max(fitting, _LEAST_ROWS))


def bytes_of_row(schema: pl.Schema) -> int:
    """Return the approximate bytes of memory per row, at least 1."""
    return max(1, sum(_width(dtype) for dtype in schema.values()))


def rows_of_parts(schemas: Mapping[str, pl.Schema], most: int = PART_ROWS) -> dict[str, int]:
    """Return the rows per part of each table."""
    return {table: rows_of_part(schema, most) for table, schema in schemas.items()}


def _width(dtype: pl.DataType) -> int:
    return _BYTES.get(type(dtype), _TEXT)
