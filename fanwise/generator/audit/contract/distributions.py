"""Distributions of columns and fanouts as numbers: shares of values at points near the quartiles, and of categories.

The numbers follow from the declared distributions, cell by cell, by their distribution functions; no row is generated.
A column is left out where the files do not show what its distribution depends on, or where its kind has no
distribution function.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.audit.contract.domains import ends_of
from fanwise.generator.audit.contract.timing import views_of
from fanwise.generator.columns import ColumnKind
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.distributions.bounds import Bounded
from fanwise.generator.distributions.samplers import sampler_of
from fanwise.generator.language.spec import Path, Step
from fanwise.generator.moments.dependence import is_shared, is_size_biased
from fanwise.generator.plan import Plan
from fanwise.generator.values import TIMESTAMP
from fanwise.validator import Cell, Distribution, Except, View

__all__ = ["laws_of"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_CELLS = 60
_CHARACTERS = 24  # of a text that are compared, at most
_NONE = Cells((), ())
_EVEN = 0.005  # the share by which a last digit may depart from even
_LEAST = 0.02  # points that hardly any value is on one side of say nothing

Points = tuple[tuple[float, float], ...]


def laws_of(plan: Plan) -> Iterator[Distribution]:
    """Yield the distributions of all fanouts and written columns that can be tested, table by table."""
    for name in filter(plan.schema.tables.__contains__, plan.dataset.tables):
        bound = plan.tables[name]
        if bound.fanout is not None and bound.parent is not None and _has_key(plan, name):
            kind, source = bound.fanout.generator, source_of(plan.dataset, bound.fanout.spec.place)
            draft = Distribution(name, (), None, bound.parent, source=source)
            if kind.distribution is not None and not _clustered(plan, bound.parent, kind):
                yield from _law(plan, bound.parent, _cells_of(kind), list(_cells(kind, None)), draft)
        for column in bound.columns.values():
            yield from _of_column(plan, name, column)


_NOT_COMPARED = ("float32", "json", "time", "timestamptz")
"""Types whose values databases write in another way than they are drawn."""


def _of_column(plan: Plan, table: str, bound: BoundColumn) -> Iterator[Distribution]:
    spec, kind = bound.spec, bound.generator
    if spec.hidden or type(bound) is not BoundColumn:
        return
    yield from _of_characters(plan, table, bound)
    if spec.unique:
        return
    if _clustered(plan, table, kind) or (spec.when is not None and spec.generator.correlate):
        return
    without = _without(plan, bound)
    if without is None or spec.type in _NOT_COMPARED:
        return
    draft = Distribution(table, (), spec.name, None, (), without, source_of(plan.dataset, spec.place))
    if kind.distribution is None:
        if spec.clamp is None and bound.dtype in (pl.Date(), TIMESTAMP) and spec.type != "timestamptz":
            yield from _law(plan, table, _NONE, [_instants(kind)], draft, deep=spec.null > 0)
            for cells, found, view in views_of(plan, table, bound):
                yield from _law(plan, table, cells, found, replace(draft, view=view), deep=spec.null > 0)
        return
    if not kind.distribution[1] or kind.nature == "share":
        yield from _law(plan, table, _cells_of(kind), list(_mixes(kind, bound)), draft)
    elif bound.dtype.is_numeric():
        # What is counted in few numbers, and nulls, may differ by segment where no mean of the audit shows it.
        deep = kind.nature != "continuous" or spec.null > 0
        draft = replace(draft, crowded=_is_crowded(kind, bound))
        yield from _law(plan, table, _cells_of(kind), list(_cells(kind, bound)), draft, deep=deep)


def _of_characters(plan: Plan, table: str, bound: BoundColumn) -> Iterator[Distribution]:
    """Yield how each character of a pattern is distributed; those of unique texts are so, too."""
    drawn, without = bound.generator.drawn_characters[:_CHARACTERS], _without(plan, bound)
    if without is None or bound.spec.clamp is not None or bound.spec.type in ("uuid", "json"):
        return
    draft = Distribution(table, (), bound.spec.name, None, (), without, source_of(plan.dataset, bound.spec.place))
    for at, characters in drawn:
        codes, size = sorted(map(ord, characters)), len(characters)
        points = {float(codes[count - 1]): float(f"{count / size:.12g}") for count in (1, size // 2)}
        yield from _law(
            plan, table, _NONE, [Cell((), tuple(points.items()))], replace(draft, view=View("character", at=at))
        )


def _law(
    plan: Plan, home: str, known: Cells, found: Sequence[Cell], draft: Distribution, *, deep: bool = False
) -> Iterator[Distribution]:
    """Yield the distribution with its cells, also by the axes of its table, on which it does not depend.

    deep: by the axes of the tables above, too.
    """
    if not any(cell.at_most or cell.shares for cell in found) or len(found) > MOST_CELLS:
        return
    names = [_readable(plan, axis.path, home) for axis in known.axes]
    by = [name for name in names if name is not None]
    if len(by) < len(names):
        return
    cells = list(_possible(plan, known, found))
    given = {axis.path.covariate for axis in known.axes}
    for path in _axes(plan, home, deep=deep):
        segments, name = plan.dataset.axes[path.axis or ""].share, _readable(plan, path, home)
        if name is not None and path.covariate not in given and len(cells) * len(segments) <= MOST_CELLS:
            by.append(name)
            cells = [replace(cell, at=(*cell.at, segment)) for cell in cells for segment in segments]
    yield replace(draft, by=tuple(by), cells=tuple(cells))


def _clustered(plan: Plan, home: str, kind: ColumnKind) -> bool:
    """Return whether rows are not independent draws of the declared distribution."""
    return is_shared(kind) or is_size_biased(plan.tables, home, kind)


def _axes(plan: Plan, table: str, *, deep: bool) -> Iterator[Path]:
    """Yield the paths to the axes of a table, and of those above it where they are asked for."""
    steps: tuple[Step, ...] = ()
    at: str | None = table
    while at is not None:
        for axis in plan.dataset.axes.values():
            if axis.table == at:
                yield Path(axis.name, table, steps, at, axis.column, axis.name)
        at = plan.tables[at].parent if deep else None
        steps = (*steps, Step(at)) if at is not None else steps


def _possible(plan: Plan, known: Cells, cells: Iterable[Cell]) -> Iterator[Cell]:
    """Yield the cells that rows may be in; all of them where a cell stands for any other value."""
    axes = plan.dataset.axes
    named = [(place, axis) for place, axis in enumerate(known.axes) if axis.path.axis is not None]
    whole = [place for place, axis in named if len(axis.keys) == len(axes[axis.path.axis or ""].share)]
    found = [cell for cell in cells if all(cell.at[place] is not None for place in whole)]
    others = any(None in cell.at for cell in found)
    return (cell for cell in found if others or cell.at_most or cell.shares)


def _cells_of(kind: ColumnKind) -> Cells:
    return _NONE if kind.distribution is None else kind.distribution[0]


def _has_key(plan: Plan, table: str) -> bool:
    return any(key.step.column is None for key in plan.schema.tables[table].foreign_keys)


def _readable(plan: Plan, path: Path, table: str) -> str | None:
    return plan.schema.readable(path) if path.table == table else None


def _without(plan: Plan, bound: BoundColumn) -> tuple[Except, ...] | None:
    when = bound.spec.when
    if when is None:
        return ()
    seen = plan.schema.readable(when.path)
    return None if seen is None else (Except(seen, tuple(when.cases)),)


def _cells(kind: ColumnKind, bound: BoundColumn | None) -> Iterator[Cell]:
    """Yield the cells of a number; those without a distribution have no points."""
    assert kind.distribution is not None
    laws = kind.distribution[1]
    digits = None if bound is None else 0 if bound.dtype.is_integer() else bound.decimals
    if bound is not None and bound.spec.clamp is not None and not kind.bounded:
        return
    for cell, law in zip(_cells_of(kind).cells, laws, strict=True):
        points = () if law is None else tuple(_points(law, digits))
        median = min(points, key=lambda point: abs(point[1] - 0.5))[0] if points else None
        mean = law.mean if law is not None and math.isfinite(law.mean) else None
        ends = None if law is None else ends_of(law, digits)
        yield Cell(cell.keys, points, (), _shown(mean), _shown(median), ends)


def _is_crowded(kind: ColumnKind, bound: BoundColumn) -> bool:
    """Return whether the last digit of the values is not even, because many lie close together."""
    assert kind.distribution is not None
    unit = 10.0 ** -(bound.decimals or 0)
    families = [(law.family, law.params) for law in kind.distribution[1] if law is not None]
    return any(isinstance(one, Bounded) and one.crowding(params, unit) > _EVEN for one, params in families)


def _instants(kind: ColumnKind) -> Cell:
    """Return the cell of an instant that all rows draw alike; without points where they do not."""
    found = kind.instants_before(QUANTILES)
    points = tuple((at, float(f"{share:.12g}")) for at, share in found if _LEAST <= share <= 1 - _LEAST)
    return Cell((), points, (), None, min(points, key=lambda point: abs(point[1] - 0.5))[0] if points else None)


def _points(law: CellDistribution, digits: int | None) -> Iterator[tuple[float, float]]:
    """Yield points near the quantiles with the share of written values that are not above them."""
    family = law.family
    if not isinstance(family, Bounded) or law.factor != 1 or not law.variance > 0:
        return
    low, high = (end if end is not None else math.inf * sign for sign, end in zip((-1, 1), law.bounds, strict=True))
    step = 1.0 if family.discrete else 0.0 if digits is None else 10.0**-digits
    last = -math.inf
    for x in sampler_of(family, [law.params]).quantile(np.array(QUANTILES), 0).tolist():
        # At a bound there may be many values: the point is the lower bound, or the last one below the upper.
        held = min(max(x, low), high - step)
        grid = float(held) if not step else round(held, 0 if family.discrete else digits or 0)
        edge = grid + step / 2 if not family.discrete else grid
        if grid <= last or not low <= edge < high:
            continue
        share = family.below(law.params, edge).mass
        if _LEAST <= share <= 1 - _LEAST:
            last = grid
            yield grid, float(f"{share:.12g}")


def _mixes(kind: ColumnKind, bound: BoundColumn) -> Iterator[Cell]:
    """Yield the cells of a category, or of true and false, with the share of each value as the files spell it."""
    if bound.dtype == pl.String() or bound.dtype == pl.Boolean() or bound.dtype.is_integer():
        for cell in _cells_of(kind).cells:
            profile = dict(zip((axis.path.covariate for axis in _cells_of(kind).axes), cell.keys, strict=True))
            options = kind.domain(profile) if cell.params is not None or kind.nature == "share" else None
            shares = tuple((label, float(f"{share:.12g}")) for label, share in options or () if label is not None)
            yield Cell(cell.keys, (), shares)


def _shown(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.6g}")
