"""Columns as the files hold them: type, nulls, decimals, and what sort of thing the values are."""

from __future__ import annotations

import polars as pl

from fanwise.generator.plan.schema import ColumnSchema
from fanwise.validator import Column

__all__ = ["promise_of", "type_name"]


def promise_of(column: ColumnSchema) -> Column:
    """Return what the contract says of a written column."""
    kind = column.nature if column.nature in {"continuous", "count", "text", "time"} else "other"
    return Column(type_name(column.dtype), column.nullable, column.unique, kind, column.decimals)


def type_name(dtype: pl.DataType) -> str:
    """Return the language's name of a Polars type; a column of nulls only is text."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "timestamp"
    simple = {pl.String: "text", pl.Null: "text", pl.Boolean: "bool", pl.Date: "date"}
    return simple.get(type(dtype)) or str(dtype).lower()
