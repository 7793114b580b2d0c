"""Defects in a plan: where they are possible, and the schema of data that have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Dataset, Defect
from fanwise.generator.plan.foreign_keys import ForeignKey
from fanwise.generator.plan.schema import ColumnSchema, RelationalSchema, TableSchema
from fanwise.io.tables.base import DEFECTS_TABLE

_OF_TEXT = ("typo", "case", "whitespace")

__all__ = ["LISTED", "dirty_schema", "misplaced", "reference_of"]

LISTED = ("table", "key", "column", "defect", "clean")
"""The columns of the table of defects, all text."""


def reference_of(schema: RelationalSchema, defect: Defect) -> tuple[str, str] | None:
    """Return the table and column that the column of a defect refers to; None for one that refers to nothing."""
    for key in schema.tables[defect.table].foreign_keys:
        if defect.column in key.columns:
            return key.table, key.keys[key.columns.index(defect.column)]
    return None


def misplaced(dataset: Dataset, schema: RelationalSchema, defect: Defect) -> Iterator[Problem]:
    """Yield why a defect is not possible at its column, by types and references."""
    if defect.column is None:
        return
    where, column = f"{defect.table}.{defect.column}", schema.tables[defect.table].columns[defect.column]
    dtype = column.dtype
    why = ""
    if dtype.is_nested():
        why = f"{where} is nested, and a defect needs one value"
    elif defect.name == "orphan":
        if reference_of(schema, defect) is None:
            why = f"{where} is not a reference to a written table"
        elif not (dtype.is_integer() or dtype == pl.String()):
            why = f"an orphan needs a reference to integers or texts, and {where} is {dtype}"
    elif defect.name == "outlier" and not dtype.is_numeric():
        why = f"'outlier' is a defect of numbers, and {where} is {dtype}"
    elif defect.name in _OF_TEXT and column.type.partition("(")[0] not in ("text", "varchar", "char"):
        why = f"'{defect.name}' is a defect of text, and {where} is {column.type}"
    elif defect.lag is not None and not dtype.is_temporal():
        why = f"'late' is a defect of dates or timestamps, and {where} is {dtype}"
    if why:
        yield dataset.problem("FW-SCHEMA-DEFECT", defect.place, why)


def dirty_schema(dataset: Dataset, schema: RelationalSchema) -> RelationalSchema:
    """Return the schema of the data with their defects: what these break is not promised, and one table lists them.

    A table with duplicates has no key, and a text that may become longer has no length. A foreign key is left out where
    defects change its columns, or the rows or columns that it refers to.
    """
    doubled = {defect.table for defect in dataset.defects if defect.column is None}
    changed = {(defect.table, defect.column) for defect in dataset.defects if defect.name != "null"}
    nulls = {(defect.table, defect.column) for defect in dataset.defects}

    def kept(table: str, key: ForeignKey) -> bool:
        own = any((table, column) in changed for column in key.columns)
        target = any((key.table, column) in nulls for column in key.keys)
        return not own and not target and key.table not in doubled

    tables = {
        name: replace(
            table,
            key=() if name in doubled else table.key,
            foreign_keys=tuple(key for key in table.foreign_keys if kept(name, key)),
            columns={
                column: _relaxed(found) if (name, column) in nulls else found for column, found in table.columns.items()
            },
        )
        for name, table in schema.tables.items()
    }
    text = ColumnSchema(pl.String(), "text", True, None, "text", unique=False, hidden=False, comment="")
    listed = TableSchema(dict.fromkeys(LISTED, text), (), (), "the defects of the other tables")
    return replace(schema, tables={**tables, DEFECTS_TABLE: listed})


def _relaxed(column: ColumnSchema) -> ColumnSchema:
    kind = "text" if column.dtype == pl.String() and column.type != "uuid" else column.type
    return replace(column, type=kind, nullable=True, unique=False, required=False)
