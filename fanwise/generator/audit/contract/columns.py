"""Columns as the files hold them: type, nulls, decimals, and what sort of thing the values are."""

from __future__ import annotations

from fanwise.generator.plan.schema import ColumnSchema
from fanwise.validator import Column

__all__ = ["promise_of"]


def promise_of(column: ColumnSchema) -> Column:
    """Return what the contract says of a written column."""
    kind = column.nature if column.nature in {"continuous", "count", "text", "time"} else "other"
    return Column(column.type, column.nullable, column.unique, kind, column.decimals)
