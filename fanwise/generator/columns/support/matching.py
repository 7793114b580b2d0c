"""References by condition: the rows that go with a row's own values, with their weights, and without one of them.

The rows to choose from are sorted by group (the values that have to match), so those of a group follow one another. A
running sum of their weights, in this order, draws from any group; no row is drawn in vain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.keys import SortedKeys
from fanwise.generator.columns.support.readings import numbers
from fanwise.generator.columns.support.ref_sampling import Floats, Ints, Places, RunningSum
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.context import GenerationContext, Reference, codes_of
from fanwise.generator.language.spec import Path, Step
from fanwise.generator.numerics.exactmath import power
from fanwise.generator.values import Values

__all__ = ["Candidates", "MatchedRows", "Matching"]

Mask = npt.NDArray[np.bool_]

_SMALL = 1 << 16


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of a table by group.

    order: int64 (m,), the rows (numbers, or positions in `near`), by group and then as they are. place: its
    inverse, if that is asked for. codes: int64 (g,), the groups, ascending; dense: the group of each code and last -1,
    where there are few; -1 where there is none. ends: int64 (g + 1,), where each begins in `order`, and the last one
    ends. keys: of each matched column.
    """

    order: Ints
    place: Ints | None
    codes: Ints
    dense: Ints | None
    ends: Ints
    keys: tuple[SortedKeys, ...]
    near: GenerationContext | None = None

    @classmethod
    def of(
        cls, columns: list[Values], section: Ints, near: GenerationContext | None = None, *, inverse: bool = False
    ) -> Self:
        """Return the rows that have these values; section: int64 (m,): a group holds rows of one section only."""
        keys = tuple(map(SortedKeys.of, columns))
        codes, _ = _combined(section, keys, columns)
        small = len(codes) and int(codes.max()) < _SMALL
        order = np.argsort(codes.astype(np.uint16) if small else codes, kind="stable")  # 16 bits are sorted by radix
        place = None
        if inverse:
            place = np.empty_like(order)
            place[order] = np.arange(len(order))
        found = codes.take(order)
        starts = np.flatnonzero(np.diff(found, prepend=-1))
        known = found.take(starts)
        dense = None
        if small:
            dense = np.full(known[-1] + 2, -1, dtype=np.int64)
            dense[known] = np.arange(len(known))
        return cls(order, place, known, dense, np.append(starts, len(order)), keys, near)

    def groups(self, section: Ints, wanted: list[Values]) -> Ints:
        """Return the group of each row, int64 (n,); -1 where there is none. section: of each row."""
        if not len(self.order):
            return np.full(len(section), -1, dtype=np.int64)
        codes, known = _combined(section, self.keys, wanted)
        if self.dense is not None:
            group = self.dense.take(codes, mode="clip")
        else:
            group = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
            known &= self.codes.take(group) == codes
        return group if known.all() else np.where(known, group, -1)

    def spans(self, group: Ints, before: Ints | None) -> tuple[Ints, Ints]:
        """Return where in `order` each of the groups begins and how many rows it has, int64 (n,) each.

        before: only rows before this one of its section count.
        """
        begins, sizes = np.append(self.ends[:-1], 0), np.append(np.diff(self.ends), 0)  # last, of no group
        lowest = begins.take(group, mode="wrap")
        if before is None:
            return lowest, sizes.take(group, mode="wrap")
        limit = len(self.order) + 1
        ranked = np.repeat(np.arange(len(self.codes)), sizes[:-1]) * limit + self.order
        return lowest, np.where(group >= 0, np.searchsorted(ranked, group * limit + before) - lowest, 0)

    def sections(self, section: Ints) -> tuple[Ints, Ints]:
        """Return where in `order` the rows of each row's section begin and how many there are."""
        if not len(self.order):
            return np.zeros(len(section), dtype=np.int64), np.zeros(len(section), dtype=np.int64)
        width = math.prod(len(each.keys) + 1 for each in self.keys)
        lowest = self.ends.take(np.searchsorted(self.codes, section * width))
        return lowest, self.ends.take(np.searchsorted(self.codes, (section + 1) * width)) - lowest


def _combined(section: Ints, keys: tuple[SortedKeys, ...], columns: list[Values]) -> tuple[Ints, Mask]:
    """Return one number for section and values, and where each value is one of the keys."""
    codes, known = section.astype(np.int64), np.ones(len(section), dtype=np.bool_)
    for each, values in zip(keys, columns, strict=True):
        places = each.places(values)
        known &= places >= 0
        codes = codes * (len(each.keys) + 1) + places + 1
    return codes, known


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The running sum of the weights in the order of the candidates; where it begins for each row, and how much its
    rows weigh together, float64 (n,) each."""

    running: RunningSum
    begin: Floats
    mass: Floats


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """The rows that each row may refer to, as places in the order of the candidates: a `Pool`.

    weights: with the weights in that order, None where all are alike. without: the place of the row that may not be
    chosen, -1 for none; None where no row has one.
    """

    ctx: GenerationContext
    table: str
    candidates: Candidates
    size: Ints
    lowest: Ints
    weights: _Weighed | None
    without: Ints | None

    def at(self, u: Floats, rows: Places) -> Ints:
        low, size = self.lowest[rows], self.size[rows]
        if self.weights is None and self.without is None:
            return low + (u * size).astype(np.int64)
        without = np.full(len(low), -1, dtype=np.int64) if self.without is None else self.without[rows]
        inside = (without >= low) & (without < low + size)
        if self.weights is None:
            chosen: Ints = low + (u * (size - inside)).astype(np.int64)
            return chosen + (inside & (chosen >= without))
        running, begin, left = self.weights.running, self.weights.begin[rows], self.weights.mass[rows]
        x = begin + u * left
        if inside.any():
            lost = np.where(inside, _upto(running.sums, without + 1) - _upto(running.sums, without), 0.0)
            x = begin + u * (left - lost)
            x = np.where(inside & (x >= _upto(running.sums, without)), x + lost, x)
        return np.clip(running.passed(x), low, low + size - 1)

    def look(self, path: Path, chosen: Ints) -> Values:
        rows = self.candidates.order.take(chosen)
        if self.candidates.near is not None:
            return self.candidates.near.value(path).take(rows)
        return self.ctx.references.gather(self.table, rows, path.steps, path.column)

    def reference(self, chosen: Ints, null: Mask | None) -> Reference:
        if self.without is not None:
            lost = (chosen == self.without) & (chosen >= 0)  # the last resort of `distinct_in` does not know of it
            null = (lost if null is None else null | lost) if lost.any() else null
        order = self.candidates.order
        rows = order.take(np.where(chosen < len(order), chosen, 0)) if len(order) else np.zeros_like(chosen)
        return Reference(self.table, rows, null, self.candidates.near)


def _upto(sums: Floats, place: Ints) -> Floats:
    """Return the sum of the weights of the rows before each place."""
    before: Floats = sums.take(place - 1, mode="clip")
    before[place <= 0] = 0.0
    return before


@dataclass(frozen=True, slots=True)
class Matching:
    """Which rows a reference may draw by its condition.

    name, own: the reference and its table. match: pairs of a path from the row referred to and one from the own row,
    which lead to equal values. otherwise: where no row matches, any row will do. other: the reference whose row is not
    drawn again; the driving parent's, where it has no column. weight, zipf, cells, factors, within: the reference's.
    """

    name: str
    own: str
    table: str
    match: tuple[tuple[Path, Path], ...]
    otherwise: bool
    other: Step | None
    weight: Path | None
    zipf: float | None
    cells: Cells
    factors: Floats
    within: str | None

    def pool(self, ctx: GenerationContext) -> MatchedRows:
        """Return the rows that each row may refer to; the table has at least one row."""
        near, theirs, ours, before = self._spaces(ctx)
        if near is None:
            kept = ctx.references.once(("matched", self.own, self.name), lambda: self._prepared(ctx, None, theirs))
        else:
            kept = self._prepared(ctx, near, theirs)
        candidates, running = kept
        without = self._without(ctx, candidates)
        group = candidates.groups(ours, [ctx.value(own) for _, own in self.match])
        lowest, size = candidates.spans(group, before)
        weights = None
        if running is not None and before is None:  # of each group once
            begins = _upto(running.sums, candidates.ends)
            masses, begins = np.append(np.diff(begins), 0.0), np.append(begins[:-1], 0.0)
            weights = _Weighed(running, begins.take(group, mode="wrap"), masses.take(group, mode="wrap"))
        elif running is not None:
            weights = _weighed(running, lowest, size)
        size = _usable(lowest, size, weights, without)
        if self.otherwise and (nothing := size == 0).any():
            all_lowest, all_sizes = candidates.sections(ours)
            lowest, size = np.where(nothing, all_lowest, lowest), np.where(nothing, all_sizes, size)
            weights = None if running is None else _weighed(running, lowest, size)
            size = _usable(lowest, size, weights, without)
        return MatchedRows(ctx, self.table, candidates, size, lowest, weights, without)

    def _spaces(self, ctx: GenerationContext) -> tuple[GenerationContext | None, Ints, Ints, Ints | None]:
        """Return the context of the rows to choose from (None: the whole table), the section of each of them and of
        each own row, and before which row an own row has to look."""
        if self.within is not None:
            top, ours = ctx.ancestor(self.within)
            near = top.reach(self.table)
            return near, near.ancestor(self.within)[1], ours, None
        if self.table == self.own and ctx.rows.parents is not None:
            return ctx, ctx.rows.parents, ctx.rows.parents, np.arange(len(ctx))
        before = ctx.rows.numbers if self.table == self.own else None
        size = ctx.references.size(self.table)
        return None, np.zeros(size, dtype=np.int64), np.zeros(len(ctx), dtype=np.int64), before

    def _prepared(
        self, ctx: GenerationContext, near: GenerationContext | None, section: Ints
    ) -> tuple[Candidates, RunningSum | None]:
        def values(path: Path) -> Values:
            if near is not None:
                return near.value(path)
            return ctx.references.gather(self.table, np.arange(len(section)), path.steps, path.column)

        columns = [values(there) for there, _ in self.match]
        candidates = Candidates.of(columns, section, near, inverse=self.other is not None)
        if not len(section) or (self.weight is None and self.zipf is None and not self.cells.axes):
            return candidates, None
        weights = np.ones(len(section))
        if self.weight is not None:
            weights *= np.maximum(numbers(values(self.weight), self.weight.column), 0.0)
        if self.zipf is not None:
            first = np.searchsorted(section, section)  # of its section
            ranks: Floats = np.arange(1.0, len(section) + 1.0) - first
            weights *= power(ranks, np.float64(-self.zipf))
        if self.cells.axes:
            codes = np.zeros(len(section), dtype=np.int64)
            for axis in self.cells.axes:
                codes = codes * (len(axis.keys) + 1) + codes_of(values(axis.path), axis.keys)
            weights *= self.factors[codes]
        return candidates, RunningSum(weights.take(candidates.order))

    def _without(self, ctx: GenerationContext, candidates: Candidates) -> Ints | None:
        """Return the place in the order of the row that each row may not refer to, -1 for none."""
        if self.other is None:
            return None
        if self.other.column is not None:
            found = ctx.targets(self.other.column)
        else:
            assert ctx.rows.parents is not None
            found = Reference(self.table, ctx.rows.parents, None, ctx.parent)
        rows, near = found.rows, candidates.near
        lost = np.zeros(len(rows), dtype=np.bool_) if found.null is None else found.null
        if found.near is not near:
            rows = rows if found.near is None else found.near.rows.numbers.take(rows)
            if near is not None:
                if not len(near):
                    return np.full(len(ctx), -1, dtype=np.int64)
                places = np.minimum(np.searchsorted(near.rows.numbers, rows), len(near) - 1)
                lost = lost | (near.rows.numbers.take(places) != rows)
                rows = places
        if candidates.place is None or not len(candidates.order):
            return np.full(len(ctx), -1, dtype=np.int64)
        return np.where(lost, -1, candidates.place.take(np.where(lost, 0, rows)))


def _weighed(running: RunningSum, lowest: Ints, size: Ints) -> _Weighed:
    begin = _upto(running.sums, lowest)
    return _Weighed(running, begin, _upto(running.sums, lowest + size) - begin)


def _usable(lowest: Ints, size: Ints, weights: _Weighed | None, without: Ints | None) -> Ints:
    """Return the sizes, 0 where no row with a weight is left."""
    if without is None:
        return size if weights is None else np.where(weights.mass > 0, size, 0)
    inside = (without >= lowest) & (without < lowest + size)
    if weights is None:
        return np.where(size > inside, size, 0)
    left, sums = weights.mass, weights.running.sums
    if inside.any():
        left = left - np.where(inside, _upto(sums, without + 1) - _upto(sums, without), 0.0)
    return np.where(left > 0, size, 0)
