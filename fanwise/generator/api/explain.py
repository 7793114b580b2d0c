"""Why a cell holds what it holds: parents, segments, parameters, draw, bounds, result.

The facts are read from the very objects that draw: the context of the row and its bound column. Nothing is recomputed
by other rules, so an explanation cannot tell another story than the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fanwise.generator.api.pins import PinnedColumn
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.facts import Fact, shown, value_at
from fanwise.generator.columns.support.types import as_written
from fanwise.generator.context import GenerationContext
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.plan import Plan

__all__ = ["Explanation", "Fact", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one cell holds its value; `str` gives one line a fact, from the root row down to the result."""

    table: str
    row: int
    column: str
    facts: tuple[Fact, ...]

    @property
    def result(self) -> Any:
        """The value of the cell, as it is written."""
        return self.facts[-1].value

    def __getitem__(self, name: str) -> Any:
        """Return the value of the first fact with this name (KeyError where there is none)."""
        for fact in self.facts:
            if fact.name == name:
                return fact.value
        raise KeyError(name)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Return the lines of `str`; a text of the data may itself hold line breaks."""
        return [f"{self.table}.{self.column}, row {self.row}", *(f"  {fact}" for fact in self.facts)]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON values, except instants."""
        facts = [{"name": fact.name, "value": fact.value} for fact in self.facts]
        return {"table": self.table, "row": self.row, "column": self.column, "facts": facts}


def explain(plan: Plan, references: TableReferences, table: str, row: int, column: str) -> Explanation:
    """Return why `table.column` holds what it holds in row number `row`, counted from 0.

    Raises UsageError for a table, a column or a row that is not there.
    """
    if table not in plan.tables:
        raise UsageError("FW-USAGE-NAME", f"no table '{table}'", nearest(table, plan.tables))
    bound = plan.tables[table]
    if column not in bound.columns:
        raise UsageError("FW-USAGE-NAME", f"{table} has no column '{column}'", nearest(column, bound.columns))
    size = references.size(table)
    if not 0 <= row < size:
        raise UsageError(
            "FW-USAGE-VALUE", f"{table} has {size:,} rows, so there is no row {row}", "rows are counted from 0"
        )
    ctx, place = references.locate(table, np.array([row]))
    at = int(place[0])
    facts = [*_ancestry(plan, ctx, at), *_cell(bound.columns[column], ctx, at)]
    result = ctx.column(column).take(np.array([at])).series(column)
    facts.append(Fact("result", as_written(result, plan.schema.made[table].columns[column].dtype).to_list()[0]))
    return Explanation(table, row, column, tuple(facts))


def _ancestry(plan: Plan, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    """Yield the rows above, the root first, each child with its fanout."""
    if ctx.parent is None or ctx.rows.parents is None:
        yield Fact("row", _row(plan, ctx, row))
        return
    above = int(ctx.rows.parents[row])
    yield from _ancestry(plan, ctx.parent, above)
    fanout = plan.tables[ctx.table.name].fanout
    assert fanout is not None
    siblings = int((ctx.rows.parents == above).sum())
    facts = list(fanout.generator.describe(ctx.parent, above))
    law = "".join(f" drawn from {fact.value}" for fact in facts if fact.name == "solved")
    where = ", ".join(fact.value for fact in facts if fact.name == "segment")
    yield Fact("fanout", f"{siblings}{law}{f' for {where}' if where else ''}")
    yield Fact("row", f"{_row(plan, ctx, row)}, child {int(ctx.rows.ordinals[row]) + 1} of {siblings}")


def _row(plan: Plan, ctx: GenerationContext, row: int) -> str:
    table = plan.dataset.tables[ctx.table.name]
    key = ", ".join(f"{name} {shown(value_at(ctx.column(name), row))}" for name in table.key)
    axes = [axis for axis in plan.dataset.axes.values() if axis.table == table.name]
    segments = "".join(f", {axis.name} {value_at(ctx.column(axis.column), row)}" for axis in axes)
    return f"{table.name} {int(ctx.rows.numbers[row])}{f' ({key})' if key else ''}{segments}"


def _cell(column: BoundColumn, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    """Yield how the column's own generator and modifiers came to the value."""
    yield Fact("kind", column.spec.kind)
    yield from column.generator.describe(ctx, row)
    yield Fact("raw value", value_at(column.generator.draw(ctx), row))
    if column.spec.clamp is not None:
        yield Fact("bounds", list(column.spec.clamp))
    if column.when is not None:
        code = int(ctx.codes(column.when.path, column.when.keys)[row])
        found = value_at(ctx.value(column.when.path), row)
        acts = "replaces the value" if code < len(column.when.keys) else "no replacement, the draw is kept"
        yield Fact("when", f"{column.when.path.text} is {shown(found)}: {acts}")
    if column.spec.round is not None:
        yield Fact("round", column.spec.round)
    if column.spec.null:
        yield Fact("null share", column.spec.null)
    if isinstance(column, PinnedColumn) and column.held is not None and row in column.held.find(ctx)[0]:
        yield Fact("pinned", True)
