"""Instants: timestamps and dates as integers, and the ends of a `between`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from fanwise.generator.context import GenerationContext
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


def end_values(ctx: GenerationContext, end: End) -> Values:
    """Return an end of a `between` for each row: int64 microseconds (n,)."""
    if end.instant is not None:
        return Values(np.full(len(ctx), end.instant, dtype=np.int64), TIMESTAMP)
    assert end.path is not None
    return as_timestamp(ctx.value(end.path))
