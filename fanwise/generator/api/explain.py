"""Why a cell holds what it holds: parents, segments, parameters, draw, bounds, result.

The facts are read from the very objects that draw: the context of the row and its bound column. Nothing is recomputed
by other rules, so an explanation cannot tell another story than the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from fanwise.generator.api.pins import PinnedColumn
from fanwise.generator.columns import ColumnKind
from fanwise.generator.columns.after import After
from fanwise.generator.columns.choice import Choice
from fanwise.generator.columns.expr import Expr
from fanwise.generator.columns.fake import Fake
from fanwise.generator.columns.number import CellLaw, Number
from fanwise.generator.columns.parent import Parent
from fanwise.generator.columns.ref import Ref
from fanwise.generator.columns.rollup import Rollup
from fanwise.generator.columns.sample import Sample
from fanwise.generator.columns.segment import Segment
from fanwise.generator.columns.states import States
from fanwise.generator.columns.support.instants import end_values
from fanwise.generator.columns.support.segments import Cells, balanced_points
from fanwise.generator.columns.timestamp import Timestamp
from fanwise.generator.columns.words import Words
from fanwise.generator.context import GenerationContext
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.plan import BoundColumn, Plan
from fanwise.generator.values import Values

__all__ = ["Explanation", "Fact", "explain"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One step on the way to the cell: what it is, and its value."""

    name: str
    value: Any

    def __str__(self) -> str:
        return f"{self.name:<12} {_shown(self.value)}"


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
        """Return the explanation as JSON values, but for instants."""
        facts = [{"name": fact.name, "value": fact.value} for fact in self.facts]
        return {"table": self.table, "row": self.row, "column": self.column, "facts": facts}


def explain(plan: Plan, references: TableReferences, table: str, row: int, column: str) -> Explanation:
    """Return why `table.column` holds what it holds in row number `row`, counted from 0.

    Raises UsageError for a table, a column or a row that is not there.
    """
    if table not in plan.tables:
        raise UsageError(f"no table '{table}'", hint=nearest(table, plan.tables))
    bound = plan.tables[table]
    if column not in bound.columns:
        raise UsageError(f"{table} has no column '{column}'", hint=nearest(column, bound.columns))
    size = references.size(table)
    if not 0 <= row < size:
        raise UsageError(f"{table} has {size:,} rows, so there is no row {row}", hint="rows are counted from 0")
    ctx, place = references.locate(table, np.array([row]))
    at = int(place[0])
    facts = [*_ancestry(plan, ctx, at), *_cell(bound.columns[column], ctx, at)]
    facts.append(Fact("result", _value(ctx.column(column), at)))
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
    law = _law(fanout.generator, ctx.parent, above)
    drawn = f"{siblings} drawn from {_described(law)}" if law else f"{siblings}"
    yield Fact("fanout", f"{drawn}{_where(fanout.generator.cells, ctx.parent, above)}")
    yield Fact("row", f"{_row(plan, ctx, row)}, child {int(ctx.rows.ordinals[row]) + 1} of {siblings}")


def _row(plan: Plan, ctx: GenerationContext, row: int) -> str:
    table = plan.dataset.tables[ctx.table.name]
    key = ", ".join(f"{name} {_shown(_value(ctx.column(name), row))}" for name in table.key)
    axes = [axis for axis in plan.dataset.axes.values() if axis.table == table.name]
    segments = "".join(f", {axis.name} {_value(ctx.column(axis.column), row)}" for axis in axes)
    return f"{table.name} {int(ctx.rows.numbers[row])}{f' ({key})' if key else ''}{segments}"


def _cell(column: BoundColumn, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    """Yield how the column's own generator and modifiers came to the value."""
    yield Fact("kind", column.spec.kind)
    yield from _drawn(column.generator, ctx, row)
    yield Fact("raw value", _value(column.generator.draw(ctx), row))
    if column.spec.clamp is not None:
        yield Fact("bounds", list(column.spec.clamp))
    if column.when is not None:
        code = int(ctx.codes(column.when.path, column.when.keys)[row])
        found = _value(ctx.value(column.when.path), row)
        acts = "replaces the value" if code < len(column.when.keys) else "no replacement, the draw is kept"
        yield Fact("when", f"{column.when.path.text} is {_shown(found)}: {acts}")
    if column.spec.round is not None:
        yield Fact("round", column.spec.round)
    if column.spec.null:
        yield Fact("null share", column.spec.null)
    if isinstance(column, PinnedColumn) and column.held is not None and row in column.held.find(ctx)[0]:
        yield Fact("pinned", True)


@singledispatch
def _drawn(generator: ColumnKind, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    """Yield what the kind drew the raw value from; a kind that is not known here has its key's first draw, if any."""
    if generator.needs_number:
        yield Fact("row number", int(ctx.rows.numbers[row]))


@_drawn.register
def _number(generator: Number, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield from _segments(generator.cells, ctx, row)
    law = _law(generator, ctx, row)
    if law is None:
        yield Fact("parameters", None)
        return
    declared = generator.cells.cells[_code(generator.cells, ctx, row)]
    yield Fact("declared", dict(declared.params or {}))
    if generator.cells.axes:
        yield Fact("multiplier", declared.factor)
    yield Fact("solved", _described(law))
    yield Fact("draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _choice(generator: Choice, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield from _segments(generator.cells, ctx, row)
    upper = [*generator.edges[_code(generator.cells, ctx, row)], 1.0]
    shares = np.diff([0.0, *upper])
    yield Fact("shares", {str(o): round(float(s), 6) for o, s in zip(generator.options, shares, strict=True)})
    yield Fact("draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _segment(generator: Segment, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    assignment = generator.assignment
    yield Fact("shares", dict(assignment.axis.share))
    yield Fact("assign", assignment.axis.assign)
    if assignment.axis.assign == "balanced":
        point = balanced_points(ctx.rows.numbers[[row]], assignment.seed, assignment.axis.name)
        yield Fact("point", float(point[0]))


@_drawn.register
def _ref(generator: Ref, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    found = ctx.targets(generator.name)
    if found.null is not None and found.null[row]:
        yield Fact("refers to", None)
        return
    numbers = found.near.rows.numbers if found.near is not None else None
    target = int(found.rows[row]) if numbers is None else int(numbers[found.rows[row]])
    yield Fact("refers to", f"{generator.table} {target}")
    if generator.zipf is not None:
        yield Fact("weight", f"zipf {generator.zipf:g} by row number")
    for axis in generator.weights.cells.axes:
        seen = found.follow(ctx.references, axis.path.steps, axis.path.column)
        yield Fact("segment", f"{axis.path.text} {_shown(_value(seen, row))}")
    yield Fact("first draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _timestamp(generator: Timestamp, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield Fact("from", _value(end_values(ctx, generator.start), row))
    yield Fact("to", _value(end_values(ctx, generator.end), row))
    if not generator.unique:
        yield Fact("draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _after(generator: After, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield Fact("after", f"{generator.column.text} {_shown(_value(ctx.value(generator.column), row))}")
    if isinstance(generator.lag, Number):
        yield from (Fact(f"lag {fact.name}", fact.value) for fact in _number(generator.lag, ctx, row))
    if generator.until is not None:
        yield Fact("until", _value(end_values(ctx, generator.until), row))


@_drawn.register
def _expr(generator: Expr, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield Fact("expression", generator.expression.text)
    for name, path in generator.expression.names.items():
        yield Fact("name", f"{name} = {_shown(_value(ctx.value(path), row))}")


@_drawn.register
def _parent(generator: Parent, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield Fact("copies", f"{generator.step.table}.{generator.column}")


@_drawn.register
def _fake(generator: Fake, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield Fact("pool", f"{generator.pool.size:,} values")
    yield Fact("draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _words(generator: Words, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield from _segments(generator.cells, ctx, row)
    yield Fact("words", "{} to {}".format(*generator.ranges[_code(generator.cells, ctx, row)]))
    yield Fact("draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _sample(generator: Sample, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield Fact("file", f"{generator.file}, {len(generator.rows):,} rows with a value")
    yield Fact("draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _states(generator: States, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield from _segments(generator.cells, ctx, row)
    before = _value(generator.draw(ctx), row - 1) if ctx.rows.ordinals[row] else None
    yield Fact("state before", before)
    yield Fact("draw", float(ctx.uniform(generator.key)[row]))


@_drawn.register
def _rollup(generator: Rollup, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    yield Fact("rolls up", f"{generator.aggregate} of {generator.below.text}")
    yield Fact("rows below", int(np.count_nonzero(ctx.child(generator.below.table).rows.parents == row)))


def _segments(cells: Cells, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    for axis in cells.axes:
        yield Fact("segment", f"{axis.path.text} {_shown(_value(ctx.value(axis.path), row))}")


def _where(cells: Cells, ctx: GenerationContext, row: int) -> str:
    seen = [f"{axis.path.text} {_shown(_value(ctx.value(axis.path), row))}" for axis in cells.axes]
    return f" for {', '.join(seen)}" if seen else ""


def _code(cells: Cells, ctx: GenerationContext, row: int) -> int:
    codes = cells.codes(ctx)
    return codes if isinstance(codes, int) else int(codes[row])


def _law(number: Number, ctx: GenerationContext, row: int) -> CellLaw | None:
    return number.laws[_code(number.cells, ctx, row)]


def _described(law: CellLaw) -> str:
    """Return a law for a reader: `lognormal(mean 93.6, sd 75.4), mean after bounds 93.6`."""
    params = ", ".join(f"{name} {_shown(value)}" for name, value in law.params.items())
    factor = f" × {law.factor:g}" if law.factor != 1 else ""
    after = f", mean after bounds {law.mean:.6g}" if law.bounds != (None, None) else ""
    return f"{law.family.name}({params}){factor}{after}"


def _value(values: Values, row: int) -> Any:
    return values.take(np.array([row])).series()[0]


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    return "null" if value is None else str(value)
