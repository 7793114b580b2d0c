"""`after`: an instant some time after another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind, LanedKind
from fanwise.generator.columns.support.calendar import END, LONGEST, later, whole_seconds
from fanwise.generator.columns.support.facts import Fact, shown, value_at
from fanwise.generator.columns.support.instants import SECOND, as_timestamp, end_values, instant_at, not_before, outside
from fanwise.generator.columns.support.readings import instants
from fanwise.generator.columns.support.siblings import first_siblings, following, running_sums, steps
from fanwise.generator.columns.support.timing import Timing
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.language.spec import End, Generator, Path
from fanwise.generator.values import TIMESTAMP, Mask, Values

_LANES = 64
_SPREAD = 3600  # seconds that a lag scatters by where it ends on any second of a minute alike
_HALVINGS = 60
_TOGETHER = 1024  # draws in one call: fewer take as long


@dataclass(frozen=True, slots=True)
class After(ColumnKind):
    """The column plus a lag in whole seconds; with `until`, the lag is drawn from its law cut off there.

    Redrawing on the next lanes cuts off exactly, and costs nothing where the end is far; rows that 64 lanes do not
    settle take the inverse of the cut law, found by halving. chain: all but the first row below a parent follow the row
    before them; `column` is read in the first row. before: the lag ends before this column of the next row. as_day:
    only the day is kept, which must not begin before the column.
    """

    names: ClassVar[tuple[str, ...]] = ("after",)
    spec: Generator
    column: Path
    lag: LanedKind
    until: End | None
    chain: bool
    before: Path | None
    as_day: bool
    dtype = TIMESTAMP
    needs_number: bool = False
    ascends: bool | None = None

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        lag = binding.bind(params["lag"], "lag")
        assert isinstance(lag, LanedKind)
        until, chain = params.get("until"), params.get("chain") is True
        if until is None and lag.largest(min(1.0, 1 / max(binding.rows(binding.table), 1.0))) > LONGEST:
            why = "the lag is so long that instants leave the calendar, which ends with the year 9999"
            raise binding.error("FW-PLAN-CALENDAR", binding.place("lag"), why)
        before, day, numbered = params.get("before"), binding.as_day, lag.needs_number
        return cls(binding.generator, params["column"], lag, until, chain, before, day, numbered, chain or None)

    @property
    def interval(self) -> tuple[End, End | None]:
        return End(None, self.column), self.until

    @property
    def timing(self) -> Timing | None:
        laws = self.lag.distribution
        if laws is None:
            return None
        start, end = self.interval
        # A lag that is nearly as long as a minute, or shorter, does not reach all seconds of it alike.
        spread = all(law is None or (not law.family.discrete and law.variance > _SPREAD**2) for law in laws[1])
        return Timing(start, end, None, laws if self.before is None else None, self.chain, spread)

    @property
    def ends_before(self) -> Path | None:
        return self.before

    def draw(self, ctx: GenerationContext) -> Values:
        start = as_timestamp(instants(ctx.value(self.column), self.column.text))
        lag = whole_seconds(self.lag.draw_lane(ctx, 0))
        if self.chain:
            start = start.take(first_siblings(ctx))
        begin = np.asarray(start.data)
        end = self._ends(ctx)
        if end is None:
            lag = running_sums(ctx, lag) if self.chain else lag
            return self._made(later(begin, lag, start.null), begin, start.null)
        null = start.with_null(end.null).null
        data = (self._chained if self.chain else self._ended)(ctx, begin, lag, np.asarray(end.data), null)
        return self._made(data, begin, null)

    def _made(self, data: Ints, begin: Ints, null: Mask | None) -> Values:
        return Values(not_before(data, begin) if self.as_day else data, self.dtype, null=null)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        before = ctx.rows.ordinals[row] if self.chain else 0
        start = instant_at(as_timestamp(ctx.value(self.column)), row - before)
        ends = self._ends(ctx)
        end = None if ends is None else instant_at(ends, row)
        return outside(start, end, cell, as_day=False)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        if self.chain and ctx.rows.ordinals[row]:
            yield Fact("after", f"the row before {value_at(self.draw(ctx), row - 1)}")
        else:
            yield Fact("after", f"{self.column.text} {shown(value_at(ctx.value(self.column), row))}")
        yield from (Fact(f"lag {fact.name}", fact.value) for fact in self.lag.describe(ctx, row))
        ends = self._ends(ctx)
        if ends is not None and instant_at(ends, row) != END:
            yield Fact("until", value_at(ends, row))

    def _ends(self, ctx: GenerationContext) -> Values | None:
        """Return the instants that the rows end before; null where there is an end that is not known."""
        until = None if self.until is None else end_values(ctx, self.until)
        if self.before is None:
            return until
        starts = following(ctx, as_timestamp(ctx.value(self.before)), END)
        if until is None:
            return Values(starts, self.dtype)
        return Values(np.minimum(np.asarray(until.data), starts), self.dtype, null=until.null)

    def _ended(self, ctx: GenerationContext, begin: Ints, lag: Ints, end: Ints, null: Mask | None) -> Ints:
        room = (end - begin) // SECOND
        return later(begin, np.where(room > 0, self._cut(ctx, lag, room), 0), null)

    def _chained(self, ctx: GenerationContext, begin: Ints, lag: Ints, end: Ints, null: Mask | None) -> Ints:
        """Return the instants of chains. A lag that does not fit is drawn once more, by the inverse."""
        data = begin.copy()
        for rows in (np.flatnonzero(ctx.rows.ordinals == 0), *steps(ctx)):
            before = np.where(ctx.rows.ordinals[rows] == 0, begin[rows], data[rows - 1])
            room = (end[rows] - before) // SECOND
            step, over = np.where(room > 0, lag[rows], 0), (lag[rows] >= room) & (room > 0)
            step[over] = self._inverse(ctx, room[over], rows[over])
            data[rows] = before + step * SECOND
        return later(data, np.zeros_like(data), null)

    def _cut(self, ctx: GenerationContext, lag: Ints, room: Ints) -> Ints:
        """Return the lags, those that do not fit drawn anew on the first lane that does."""
        lag, rows, lane = lag.copy(), np.flatnonzero((lag >= room) & (room > 0)), 1
        while rows.size and lane < _LANES:
            lanes = range(lane, min(lane + max(_TOGETHER // rows.size, 1), _LANES))
            drawn = whole_seconds(self.lag.draw_lanes(ctx, lanes, rows)).reshape(len(lanes), -1)
            fits = drawn < room[rows]
            lag[rows] = drawn[fits.argmax(axis=0), np.arange(rows.size)]
            rows, lane = rows[~fits.any(axis=0)], lanes.stop
        if rows.size:
            lag[rows] = self._inverse(ctx, room[rows], rows)
        return lag

    def _inverse(self, ctx: GenerationContext, room: Ints, rows: Ints) -> Ints:
        """Return lags of these rows that fit, drawn from the law that is cut off."""
        cell, sampler = self.lag.cells.codes(ctx), self.lag.sampler
        cell = cell if isinstance(cell, int) else cell[rows]

        def inside(u: Floats) -> Mask:
            cells = cell if isinstance(cell, int) else np.tile(cell, len(u))
            drawn = sampler.quantile(np.clip(u, 2.0**-60, 1 - 2.0**-53).reshape(-1), cells)
            fits: Mask = drawn.reshape(u.shape) < room
            return fits

        low = _largest_inside(inside, len(rows))
        u = np.clip(self.lag.uniforms.draw(ctx, 2 * _LANES, rows) * low, 2.0**-1000, 1 - 2.0**-53)
        lag: Ints = np.floor(sampler.quantile(u, cell)).astype(np.int64)
        return np.clip(lag, 0, np.maximum(room - 1, 0))


def _largest_inside(inside: Callable[[Floats], Mask], size: int) -> Floats:
    """Return the largest u of each of so many rows that is inside, found by halving 0 to 1; shape (rows,).

    inside: whether each u of shape (times, rows) is inside. The middles of several halvings are asked for at once.
    """
    low, high, done, place = np.zeros(size), np.ones(size), 0, np.arange(size)
    while done < _HALVINGS:
        levels = max(min((_TOGETHER // max(size, 1) + 1).bit_length() - 1, _HALVINGS - done), 1)
        ends = np.empty((2**levels + 1, size))
        ends[0], ends[-1] = low, high
        for width in (2**level for level in range(levels, 0, -1)):
            ends[width // 2 :: width] = (ends[:-1:width] + ends[width::width]) / 2
        known, at = inside(ends[1:-1]), np.zeros(size, dtype=np.int64)
        for half in (2**level for level in range(levels - 1, -1, -1)):
            at += np.where(known[at + half - 1, place], half, 0)
        low, high, done = ends[at, place], ends[at + 1, place], done + levels
    return low
