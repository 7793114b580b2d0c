"""What differs between two schemas on the same draws: rows, cells and the means of segments.

Draws depend on the seed, the names and the row keys, so a row of one data set is the row of the other with the same
key. What changes between them is then the effect of the change of the schema and nothing else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.context import GenerationContext
from fanwise.generator.engine.executor import frame_of
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.language.spec import Step
from fanwise.generator.plan import Plan
from fanwise.generator.plan.cache import Schema, planned

__all__ = [
    "CellDifference",
    "ColumnDifference",
    "Difference",
    "SegmentDifference",
    "TableDifference",
    "diff",
    "difference",
]

MOST_ROWS = 5_000_000  # expected of each side: both are held in memory
_KEY, _SEGMENT = "row key", "segment"
_EXAMPLES = 3  # rows and cells that are named


@dataclass(frozen=True, slots=True)
class CellDifference:
    """A cell as text on each side; row: the key of its row in A, or the number of the row from 0."""

    row: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column of both sides. cells: rows of both in which it differs. means: of a numeric column on each side.

    change: the mean of B − A over the cells that differ, of numbers. examples: the first of these cells.
    """

    name: str
    cells: int
    mean_a: float | None
    mean_b: float | None
    change: float | None = None
    examples: tuple[CellDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class TableDifference:
    """A table. both, only_a, only_b: rows. columns: those that differ. columns_a, columns_b: those of one side only.

    rows_a, rows_b: the keys of the first rows of one side only.
    """

    name: str
    both: int
    only_a: int
    only_b: int
    columns: tuple[ColumnDifference, ...]
    columns_a: tuple[str, ...]
    columns_b: tuple[str, ...]
    rows_a: tuple[str, ...] = ()
    rows_b: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentDifference:
    """What is measured in one segment on each side: rows of a table, or the mean of a numeric column."""

    what: str
    segment: str
    a: float | None
    b: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two data sets on the same draws. tables_a, tables_b: those of one side only. by: the axis of `segments`."""

    seed: int
    tables: tuple[TableDifference, ...]
    tables_a: tuple[str, ...]
    tables_b: tuple[str, ...]
    by: str | None
    segments: tuple[SegmentDifference, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def diff(
    a: Schema,
    b: Schema,
    *,
    by: str | None = None,
    seed: int | None = None,
    scale: float | None = None,
    rows: Mapping[str, int] | None = None,
) -> Difference:
    """Return what differs between the data of two schemas on the same draws.

    a, b: as for `fanwise.dataset`. by: an axis, for its rows and means by segment. seed: of both; by default that of
    `a`. scale, rows: of both. Raises what `fanwise.dataset` raises, and UsageError for an unknown axis and for data of
    more than 5 million expected rows.

    >>> diff("ecommerce", "ecommerce_flat", rows={"customer": 50}).tables[0].both
    50
    """
    first = planned(a, seed=seed, scale=scale, rows=rows)
    return difference(first, planned(b, seed=first.seed, scale=scale, rows=rows), by)


def difference(a: Plan, b: Plan, by: str | None = None) -> Difference:
    """Return what differs between the data of two plans of one seed (see `diff`)."""
    for plan in (a, b):
        if (rows := sum(plan.expected_rows.values())) > MOST_ROWS:
            why = f"{plan.dataset.name} has about {rows:,.0f} rows; at most {MOST_ROWS:,} are compared"
            raise UsageError("FW-USAGE-VALUE", why, "lower --scale")
    if by is not None:
        known = [axis for axis in a.dataset.axes if axis in b.dataset.axes]
        if by not in known:
            raise UsageError("FW-USAGE-NAME", f"--by {by}: not an axis of both schemas", nearest(by, known))
    sides = _Side(a, TableReferences(a.tables)), _Side(b, TableReferences(b.tables))
    common = [name for name in a.dataset.tables if name in b.dataset.tables]
    return Difference(
        a.seed,
        tuple(_table(name, *sides) for name in common),
        tuple(name for name in a.dataset.tables if name not in common),
        tuple(name for name in b.dataset.tables if name not in common),
        by,
        tuple(_segments(by, common, *sides)) if by is not None else (),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    plan: Plan
    references: TableReferences

    def frame(self, table: str) -> pl.DataFrame:
        """Return a table with the key of each row."""
        ctx = self.references.whole(table)
        return frame_of(self.plan, ctx).with_columns(pl.Series(_KEY, ctx.rows.keys))

    def names(self, table: str, frame: pl.DataFrame) -> pl.Series:
        """Return a name for each row: its key as it is written, or else its number."""
        key = [column for column in self.plan.dataset.tables[table].key or () if column in frame.columns]
        if not key:
            return pl.Series(np.arange(frame.height)).cast(pl.String)
        return frame.select(
            pl.concat_str([pl.col(column).cast(pl.String) for column in key], separator=", ")
        ).to_series()

    def averaged(self, table: str) -> list[str]:
        """Return the columns whose mean says something: numbers that are no keys, and booleans."""
        columns = self.plan.schema.tables[table].columns
        return [
            name
            for name, column in columns.items()
            if not column.hidden
            and column.nature != "identity"
            and (column.dtype.is_numeric() or column.dtype == pl.Boolean())
        ]

    def by_segment(self, axis: str, table: str) -> pl.DataFrame | None:
        """Return a table with the segment of each row; None where no path leads to the axis."""
        target = self.plan.dataset.axes[axis]
        steps = _steps(self.plan, table, target.table)
        if steps is None:
            return None
        ctx: GenerationContext = self.references.whole(table)
        segment = ctx.follow(steps, target.column).series(_SEGMENT).cast(pl.String)
        return frame_of(self.plan, ctx).with_columns(segment)


def _steps(plan: Plan, table: str, target: str) -> tuple[Step, ...] | None:
    """Return the shortest path from a table to another, along parents before references."""
    waiting: deque[tuple[str, tuple[Step, ...]]] = deque([(table, ())])
    seen = {table}
    while waiting:
        name, steps = waiting.popleft()
        if name == target:
            return steps
        bound = plan.tables[name]
        edges = [] if bound.parent is None else [Step(bound.parent)]
        references = ((column, bound.columns[column].generator.reference) for column in bound.columns)
        edges += [Step(reference.table, column) for column, reference in references if reference is not None]
        for step in edges:
            if step.table not in seen:
                seen.add(step.table)
                waiting.append((step.table, (*steps, step)))
    return None


def _table(name: str, one: _Side, other: _Side) -> TableDifference:
    a, b = one.frame(name), other.frame(name)
    _, in_a, in_b = np.intersect1d(a[_KEY].to_numpy(), b[_KEY].to_numpy(), assume_unique=True, return_indices=True)
    common = [column for column in a.columns if column in b.columns and column != _KEY]
    averaged = set(one.averaged(name)) & set(other.averaged(name))
    names = one.names(name, a)
    columns = (_column(column, a[column], b[column], (in_a, in_b), names, column in averaged) for column in common)
    return TableDifference(
        name,
        len(in_a),
        a.height - len(in_a),
        b.height - len(in_b),
        tuple(column for column in columns if column.cells),
        tuple(column for column in a.columns if column not in b.columns),
        tuple(column for column in b.columns if column not in a.columns),
        _named(names, in_a),
        _named(other.names(name, b), in_b),
    )


def _named(names: pl.Series, common: Any) -> tuple[str, ...]:
    """Return the keys of the first rows that are not among the common ones."""
    alone = np.ones(len(names), dtype=np.bool_)
    alone[common] = False
    return tuple(names.gather(np.flatnonzero(alone)[:_EXAMPLES]).to_list())


def _column(
    name: str, a: pl.Series, b: pl.Series, common: tuple[Any, Any], names: pl.Series, averaged: bool
) -> ColumnDifference:
    one, other = a.gather(common[0]), b.gather(common[1])
    if one.dtype != other.dtype:
        one, other = one.cast(pl.String), other.cast(pl.String)
    differs = one.ne_missing(other)
    places = differs.arg_true().to_numpy()
    first = places[np.argsort(common[0][places])[:_EXAMPLES]].tolist()
    cells = tuple(CellDifference(names[int(common[0][at])], _text(one[at]), _text(other[at])) for at in first)
    means = (_mean(a), _mean(b)) if averaged else (None, None)
    change = _mean(other.filter(differs).cast(pl.Float64) - one.filter(differs).cast(pl.Float64)) if averaged else None
    return ColumnDifference(name, len(places), means[0], means[1], change, cells)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _mean(column: pl.Series) -> float | None:
    mean = column.cast(pl.Float64).mean()
    return mean if isinstance(mean, float) else None


def _segments(by: str, tables: list[str], a: _Side, b: _Side) -> Iterator[SegmentDifference]:
    """Yield the rows and the means of numeric columns that differ in any segment, table by table."""
    order = list(dict.fromkeys((*a.plan.dataset.axes[by].segments, *b.plan.dataset.axes[by].segments)))
    for table in tables:
        sides = a.by_segment(by, table), b.by_segment(by, table)
        if sides[0] is None or sides[1] is None:
            continue
        columns = [column for column in a.averaged(table) if column in b.averaged(table)]
        one, other = (dict(_measured(table, frame, columns)) for frame in sides if frame is not None)
        for what in one:
            pairs = [(segment, one[what].get(segment), other[what].get(segment)) for segment in order]
            if any(x != y for _, x, y in pairs):
                yield from (SegmentDifference(what, segment, x, y) for segment, x, y in pairs)


def _measured(table: str, frame: pl.DataFrame, columns: list[str]) -> Iterator[tuple[str, dict[str, float]]]:
    groups = frame.group_by(_SEGMENT)
    yield f"rows of {table}", _by_segment(groups.len("value"))
    for column in columns:
        means = groups.agg(pl.col(column).cast(pl.Float64).mean().alias("value"))
        yield f"mean of {table}.{column}", _by_segment(means)


def _by_segment(frame: pl.DataFrame) -> dict[str, float]:
    return {segment: value for segment, value in frame.select(_SEGMENT, "value").iter_rows() if value is not None}
