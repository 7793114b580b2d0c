"""What a pin must not break: types, keys, references and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.api.pins.cells import cell_of
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.context import GenerationContext
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Generator
from fanwise.generator.plan import BoundTable, Plan

__all__ = ["Checker"]


class Checker:
    """Judges pins against the tables of a plan: a cell before it is held, a row after all cells are."""

    def __init__(self, plan: Plan, tables: Mapping[str, BoundTable]) -> None:
        self._dataset, self._schema = plan.dataset, plan.schema
        self._tables = tables
        self._references = TableReferences(tables)

    def cell(self, ctx: GenerationContext, row: int, column: str, value: Any) -> tuple[pl.Series, int | None]:
        """Return the cell to hold and, for a reference, the row number that it refers to.

        Raises ValueError, whose text says why not, where the value is none of the column's type or refers to nothing.
        """
        table = self._tables[ctx.table.name]
        bound = table.columns[column]
        reference = bound.generator.reference
        if bound.generator.held_elsewhere:
            raise ValueError(bound.generator.held_elsewhere)
        if reference is None and column in self._carried(table.name):
            raise ValueError("it is part of a foreign key; pin the reference instead")
        known = self._schema.made[table.name].columns[column]
        if value is None and not known.nullable:
            raise ValueError("the column is never null")
        cell = cell_of(value, known.dtype, known.decimals)
        return cell, None if reference is None else self._target(ctx, row, reference, cell)

    def _carried(self, table: str) -> set[str]:
        return {name for key in self._schema.made[table].foreign_keys for name in key.columns}

    def _target(self, ctx: GenerationContext, row: int, ref: ReferenceKind, cell: pl.Series) -> int:
        """Return the row number of the row whose key the cell is (0 for null)."""
        if ref.within is not None or (ref.table == ref.own and ctx.parent is not None):
            raise ValueError("references within an ancestor or to the same child table cannot be pinned yet")
        if cell.null_count():
            return 0
        size = self._references.size(ref.table)
        keys = self._references.gather(ref.table, np.arange(size), (), ref.column).series()
        rows = (keys == cell[0]).arg_true()
        if not len(rows):
            raise ValueError(f"no row of {ref.table} has this {ref.column}; the first one has {keys[0]!r}")
        if ref.table == ref.own and rows[0] >= ctx.rows.numbers[row]:
            raise ValueError(f"a row of {ref.table} refers to an earlier one only")
        return int(rows[0])

    def problems(self, table: str, row: int, cells: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield the rules that the pinned cells of one row break, with all pins applied."""
        ctx, place = self._references.locate(table, np.array([row]))
        at = int(place[0])
        for column in cells:
            why = self._broken(ctx, at, column)
            if why:
                yield Problem("FW-USAGE-PIN", why, path=f"pin.{table}.{row}.{column}", value=repr(cells[column]))

    def _broken(self, ctx: GenerationContext, row: int, column: str) -> str:
        bound = self._tables[ctx.table.name].columns[column]
        if self._stands_twice(ctx, row, column):
            return "another row already has this key"
        reference = bound.generator.reference
        if reference is not None and reference.distinct_in is not None:
            return _clash(ctx, row, column, reference.distinct_in)
        values = ctx.column(column)
        if values.null is not None and values.null[row]:
            return ""
        cell = values.take(np.array([row])).series()[0] if values.dtype == pl.String() else values.data[row]
        if self._is_literal(ctx.table.name, column, cell):
            return ""
        return bound.generator.rules_out(ctx, row, cell) or _beyond(bound.spec.clamp, cell)

    def _is_literal(self, table: str, column: str, cell: Any) -> bool:
        """Return whether `when` puts this very value in."""
        when = self._dataset.tables[table].columns[column].when
        return when is not None and any(not isinstance(c, Generator) and c == cell for c in when.cases.values())

    def _stands_twice(self, ctx: GenerationContext, row: int, column: str) -> bool:
        spec = self._dataset.tables[ctx.table.name]
        parts: list[tuple[str, ...]] = [(column,)] if spec.columns[column].unique else []
        parts += [names for names in (spec.key, *spec.together) if column in names]
        return any(self._repeated(ctx, row, names) for names in parts)

    def _repeated(self, ctx: GenerationContext, row: int, names: tuple[str, ...]) -> bool:
        table, every = ctx.table.name, np.arange(self._references.size(ctx.table.name))
        same = pl.repeat(True, len(every), eager=True)
        for name in names:
            own = ctx.column(name).take(np.array([row])).series()
            same &= (self._references.gather(table, every, (), name).series() == own[0]).fill_null(False)
        return int(same.sum()) > 1


def _clash(ctx: GenerationContext, row: int, column: str, ancestor: str) -> str:
    groups, targets = ctx.ancestor(ancestor)[1], ctx.targets(column).rows
    alike = (groups == groups[row]) & (targets == targets[row])
    return f"another row below the same {ancestor} refers to that row" if alike.sum() > 1 else ""


def _beyond(clamp: tuple[float | None, float | None] | None, cell: Any) -> str:
    low, high = clamp or (None, None)
    if low is not None and cell < low:
        return f"the column is clamped to at least {low:g}"
    return f"the column is clamped to at most {high:g}" if high is not None and cell > high else ""
