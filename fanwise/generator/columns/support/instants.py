"""Instants: timestamps and dates as integers, and the ends of a `between`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from fanwise.generator.columns.support.readings import instants
from fanwise.generator.context import GenerationContext, Ints
from fanwise.generator.language.spec import End
from fanwise.generator.values import TIMESTAMP, Values

DAY = 86_400_000_000
SECOND = 1_000_000


def as_date(values: Values) -> Values:
    """Return the days of timestamps (int32 days since 1970-01-01); dates as they are."""
    if values.dtype == pl.Date():
        return values
    return replace(values, data=np.floor_divide(values.data, DAY).astype(np.int32), dtype=pl.Date())


def as_timestamp(values: Values) -> Values:
    """Return dates as timestamps at midnight (int64 microseconds); timestamps as they are."""
    if values.dtype != pl.Date():
        return values
    return replace(values, data=np.asarray(values.data).astype(np.int64) * DAY, dtype=TIMESTAMP)


def not_before(data: Ints, start: Ints | int) -> Ints:
    """Return instants whose day, too, does not begin before the start: int64 microseconds (n,)."""
    later: Ints = np.maximum(data, -(-start // DAY) * DAY)
    return later


def instant_at(values: Values, row: int) -> int | None:
    """Return the physical instant of one row, or None where it is null."""
    return None if values.null is not None and values.null[row] else int(np.asarray(values.data)[row])


def outside(start: int | None, end: int | None, cell: int, *, as_day: bool) -> str:
    """Return why an instant is not in the half-open interval; an end that is not after its start gives the start."""
    if start is None:
        return ""
    last = None if end is None else max(end - 1, start)
    instants = pl.Series([start, last], dtype=TIMESTAMP)
    limits = instants.cast(pl.Date) if as_day else instants
    low, high = limits.to_physical()
    if low <= cell and (high is None or cell <= high):
        return ""
    word, limit = ("before", limits[0]) if cell < low else ("after", limits[1])
    return f"in this row the value must not be {word} {limit}"


def end_values(ctx: GenerationContext, end: End) -> Values:
    """Return an end of a `between` for each row: int64 microseconds (n,)."""
    if end.instant is not None:
        return Values(np.full(len(ctx), end.instant, dtype=np.int64), TIMESTAMP)
    assert end.path is not None
    return as_timestamp(instants(ctx.value(end.path), end.path.text))
