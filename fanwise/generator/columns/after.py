"""`after`: an instant some time after another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.base import Binding, ColumnKind, LanedKind
from fanwise.generator.columns.support.facts import Fact, shown, value_at
from fanwise.generator.columns.support.instants import SECOND, as_timestamp, end_values, instant_at, outside
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import End, Generator, Path
from fanwise.generator.values import TIMESTAMP, Values

Ints = npt.NDArray[np.int64]

_LANES = 64
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class After(ColumnKind):
    """The column plus a lag in whole seconds; with `until`, the lag is drawn from its law cut off there.

    Redrawing on the next lanes cuts off exactly, and costs nothing where the end is far; rows that 64 lanes do not
    settle take the inverse of the cut law, found by halving.
    """

    names: ClassVar[tuple[str, ...]] = ("after",)
    spec: Generator
    column: Path
    lag: LanedKind
    until: End | None
    dtype = TIMESTAMP
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        lag = binding.bind(params["lag"], "lag")
        assert isinstance(lag, LanedKind)
        return cls(binding.generator, params["column"], lag, params.get("until"), needs_number=lag.needs_number)

    def draw(self, ctx: GenerationContext) -> Values:
        start = as_timestamp(ctx.value(self.column))
        begin = np.asarray(start.data)
        lag = _seconds(self.lag.draw_lane(ctx, 0))
        if self.until is None:
            return Values(begin + lag * SECOND, self.dtype, null=start.null)
        end = end_values(ctx, self.until)
        room = (np.asarray(end.data) - begin) // SECOND
        lag = np.where(room > 0, self._cut(ctx, lag, room), 0)
        return Values(begin + lag * SECOND, self.dtype, null=start.null).with_null(end.null)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        start = instant_at(as_timestamp(ctx.value(self.column)), row)
        end = None if self.until is None else instant_at(end_values(ctx, self.until), row)
        return outside(start, end, cell, as_day=False)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("after", f"{self.column.text} {shown(value_at(ctx.value(self.column), row))}")
        yield from (Fact(f"lag {fact.name}", fact.value) for fact in self.lag.describe(ctx, row))
        if self.until is not None:
            yield Fact("until", value_at(end_values(ctx, self.until), row))

    def _cut(self, ctx: GenerationContext, lag: Ints, room: Ints) -> Ints:
        for lane in range(1, _LANES):
            over = (lag >= room) & (room > 0)
            if not over.any():
                return lag
            lag = np.where(over, _seconds(self.lag.draw_lane(ctx, lane)), lag)
        return np.where(lag >= room, self._inverse(ctx, room), lag)

    def _inverse(self, ctx: GenerationContext, room: Ints) -> Ints:
        cell, sampler = self.lag.cells.codes(ctx), self.lag.sampler
        low, high = np.zeros(len(ctx)), np.ones(len(ctx))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            inside = sampler.quantile(np.clip(middle, 2.0**-60, 1 - 2.0**-53), cell) < room
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        u = np.clip(self.lag.uniforms.draw(ctx, 2 * _LANES) * low, 2.0**-1000, 1 - 2.0**-53)
        lag: Ints = np.floor(sampler.quantile(u, cell)).astype(np.int64)
        return np.clip(lag, 0, np.maximum(room - 1, 0))


def _seconds(lag: Values) -> Ints:
    return np.maximum(np.floor(lag.data), 0).astype(np.int64)
