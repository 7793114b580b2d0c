"""`timestamp`, `date`: an instant between two ends, along a curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.instants import (
    DAY,
    SECOND,
    as_date,
    end_values,
    instant_at,
    not_before,
    outside,
)
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.months import Season, month_shares
from fanwise.generator.columns.support.seasonality import CurveTable, Instants, too_long
from fanwise.generator.columns.support.siblings import sorted_below
from fanwise.generator.columns.support.timing import Timing
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.columns.support.unique import place_in_domain
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.curve import Curve
from fanwise.generator.language.spec import End, Generator
from fanwise.generator.values import TIMESTAMP, Mask, Values

_FEWEST = 10  # seconds, or days, of an interval whose distribution is known


@dataclass(frozen=True, slots=True)
class Timestamp(ColumnKind):
    """A whole second between the row's own ends, half-open; `date` keeps the day.

    ascends: the draws of the rows below one parent are sorted. name: the column that is drawn. as_day: only the day is
    kept, which must not begin before the start. factors: of the months, where they differ.
    """

    names: ClassVar[tuple[str, ...]] = ("timestamp", "date")
    spec: Generator
    uniforms: UniformSource
    start: End
    end: End
    curve: CurveTable
    dtype: pl.DataType
    unique: bool
    name: str
    as_day: bool
    needs_number: bool = False
    ascends: bool | None = False
    factors: tuple[float, ...] | None = None

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params, dataset = binding.generator.params, binding.dataset
        start, end = params["start"], params["end"]
        name = params.get("curve")
        curve = dataset.curves[name] if name else Curve("flat")
        instants = [e.instant for e in (start, end) if e.instant is not None] + list(dataset.window or ())
        first, last = min(instants, default=0), max(instants, default=DAY)
        if name and (why := too_long(first, last)):
            raise binding.error("FW-PLAN-CURVE", binding.place("curve"), why, "shorten the window or `between`")
        table = CurveTable(curve, first, last)
        if instants and table.is_silent(start.instant, end.instant):
            why = f"the curve '{name}' is 0 in all of the interval, so no instant is possible"
            raise binding.error("FW-PLAN-CURVE", binding.place("curve"), why)
        unique = binding.unique and binding.generator.kind == "date"
        if unique:
            if start.instant is None or end.instant is None:
                place = (*binding.place("between"), 0 if start.instant is None else 1)
                raise binding.error(
                    "FW-PLAN-UNIQUE-FORM",
                    place,
                    "a unique date needs fixed ends",
                    "give both ends of `between` as dates",
                )
            binding.require_room(max(1, (end.instant - start.instant) // DAY))
        dtype: pl.DataType = pl.Date() if binding.generator.kind == "date" else TIMESTAMP
        return cls(
            binding.generator,
            binding.uniforms,
            start,
            end,
            table,
            dtype,
            unique,
            binding.column,
            binding.as_day or dtype == pl.Date(),
            needs_number=unique,
            ascends=params.get("order") is not None,
            factors=None if len(set(curve.month)) == 1 else curve.month,
        )

    @property
    def quantile_of(self) -> UniformSource | str:
        if self.unique or self.ascends:
            return "its values are unique" if self.unique else "its values are sorted below each parent"
        return self.uniforms

    @property
    def interval(self) -> tuple[End, End | None]:
        return self.start, self.end

    @property
    def timing(self) -> Timing | None:
        return None if self.unique else Timing(self.start, self.end, self.curve)

    @property
    def season(self) -> Season | None:
        if self.factors is None:
            return None
        start, end = self.start.instant, self.end.instant
        if start is None or end is None:
            return Season(self.factors, None)
        return Season(self.factors, month_shares(self.curve, start, end))

    def variety(self) -> Variety:
        if self.start.instant is None or self.end.instant is None:
            return Variety()
        step = DAY if self.dtype == pl.Date() else SECOND
        values = max(1, (self.end.instant - self.start.instant) // step)
        return Variety(values, 0.0 if self.unique else 1.0 / values)

    def instants_before(self, shares: Sequence[float]) -> tuple[tuple[float, float], ...]:
        start, end, step = self.start.instant, self.end.instant, DAY if self.as_day else SECOND
        if self.unique or start is None or end is None or end - start < _FEWEST * step:
            return ()
        if self.as_day and start % DAY:
            return ()
        found = self.curve.quantile(np.array(shares), start, end) // step * step
        points = np.unique(np.minimum(found, end - step))
        total = self.curve.length(np.array([start]), np.array([end]))
        up_to = self.curve.length(np.full(len(points), start), np.minimum(points + step, end)) / total
        return tuple(zip((points / SECOND).tolist(), up_to.tolist(), strict=True))

    def draw(self, ctx: GenerationContext) -> Values:
        values = self._drawn(ctx)
        return replace(values, data=sorted_below(ctx, np.asarray(values.data))) if self.ascends else values

    def _drawn(self, ctx: GenerationContext) -> Values:
        if self.unique:
            assert self.start.instant is not None
            assert self.end.instant is not None
            first, last = -(-self.start.instant // DAY), self.end.instant // DAY
            days = first + place_in_domain(ctx, self.uniforms, max(1, last - first), unique=True)
            return Values(days.astype(np.int32), self.dtype)
        (start, no_start), (end, no_end) = _instants(ctx, self.start), _instants(ctx, self.end)
        data = self.curve.quantile(self.uniforms.draw(ctx), start, end)
        if self.as_day:
            data = not_before(data, start)
        values = Values(data, TIMESTAMP).with_null(no_start).with_null(no_end)
        return values if self.dtype == TIMESTAMP else as_date(values)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        start, end = (instant_at(end_values(ctx, end), row) for end in (self.start, self.end))
        if self.as_day and start is not None:
            start = -(-start // DAY) * DAY
        why = outside(start, end, cell, as_day=self.dtype == pl.Date())
        if why or not self.ascends:
            return why
        values, ordinals = ctx.column(self.name), ctx.rows.ordinals
        for sibling, word in ((row - 1, "row before it"), (row + 1, "next row")):
            if 0 <= sibling < len(ctx) and ordinals[sibling] - ordinals[row] == sibling - row:
                near = instant_at(values, sibling)
                if near is not None and (near - cell) * (sibling - row) < 0:
                    return f"the rows below one parent are in order, and the {word} has {value_at(values, sibling)}"
        return ""

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("from", value_at(end_values(ctx, self.start), row))
        yield Fact("to", value_at(end_values(ctx, self.end), row))
        if self.ascends:
            yield Fact("order", f"number {int(ctx.rows.ordinals[row]) + 1} among the draws below its parent")
        elif not self.unique:
            yield from self.uniforms.describe(ctx, row)


def _instants(ctx: GenerationContext, end: End) -> tuple[Instants, Mask | None]:
    """Return an end for all rows, or for each of them, and where it is null."""
    if end.instant is not None:
        return end.instant, None
    values = end_values(ctx, end)
    return np.asarray(values.data), values.null
