"""`timestamp`, `date`: an instant between two ends, along a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.instants import DAY, as_date, end_values
from fanwise.generator.columns.support.seasonality import CurveTable, Instants
from fanwise.generator.columns.support.unique import place_in_domain
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Curve, End
from fanwise.generator.values import TIMESTAMP, Mask, Values


@dataclass(frozen=True, slots=True)
class Timestamp(ColumnKind):
    """A whole second between the row's own ends, half-open; `date` keeps the day."""

    names: ClassVar[tuple[str, ...]] = ("timestamp", "date")
    key: int
    start: End
    end: End
    curve: CurveTable
    dtype: pl.DataType
    unique: bool
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params, dataset = binding.generator.params, binding.dataset
        start, end = params["start"], params["end"]
        name = params.get("curve")
        curve = dataset.curves[name] if name else Curve("flat")
        instants = [e.instant for e in (start, end) if e.instant is not None] + list(dataset.window or ())
        table = CurveTable(curve, min(instants, default=0), max(instants, default=DAY))
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
        return cls(binding.key, start, end, table, dtype, unique, needs_number=unique)

    def draw(self, ctx: GenerationContext) -> Values:
        if self.unique:
            assert self.start.instant is not None
            assert self.end.instant is not None
            first, last = self.start.instant // DAY, self.end.instant // DAY
            days = first + place_in_domain(ctx, self.key, max(1, last - first), unique=True)
            return Values(days.astype(np.int32), self.dtype)
        (start, no_start), (end, no_end) = _instants(ctx, self.start), _instants(ctx, self.end)
        data = self.curve.quantile(ctx.uniform(self.key), start, end)
        values = Values(data, TIMESTAMP).with_null(no_start).with_null(no_end)
        return values if self.dtype == TIMESTAMP else as_date(values)


def _instants(ctx: GenerationContext, end: End) -> tuple[Instants, Mask | None]:
    """Return an end for all rows, or for each of them, and where it is null."""
    if end.instant is not None:
        return end.instant, None
    values = end_values(ctx, end)
    return np.asarray(values.data), values.null
