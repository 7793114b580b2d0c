"""Which values a column may have, as the files spell them: listed values, ends, instants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.instants import DAY, SECOND
from fanwise.generator.columns.support.types import spelled
from fanwise.generator.distributions.bounds import Bounded
from fanwise.generator.distributions.samplers import sampler_of
from fanwise.generator.values import Values
from fanwise.validator import Cell

__all__ = ["MOST_VALUES", "as_written", "ends_of", "iso", "listed_values"]

MOST_VALUES = 1000


def listed_values(bound: BoundColumn) -> tuple[str, ...] | None:
    """Return all values that a column may have, as the files spell them, or None where they cannot be listed."""
    if bound.spec.clamp is not None or bound.dtype.is_temporal():
        return None
    cases = bound.when.generators if bound.when is not None else ()
    found: dict[str, None] = {}
    for kind in (bound.generator, *cases):
        options = kind.possible
        if options is None or len(options) > MOST_VALUES:
            return None
        try:
            found |= dict.fromkeys(_text(bound, option) for option in options if option is not None)
        except pl.exceptions.InvalidOperationError:
            return None  # a text that its type cannot hold; the run says which
    return tuple(found) or None


def _text(bound: BoundColumn, option: Any) -> str:
    """Return how the files spell a value, after it is rounded."""
    if isinstance(option, int | float) and not isinstance(option, bool) and bound.dtype.is_numeric():
        number = as_written(bound, float(option))
        return str(int(number)) if bound.dtype.is_integer() else repr(number)
    return spelled(option, bound.dtype)


def as_written(bound: BoundColumn, end: float) -> float:
    """Return a number as it is written: rounded, and in the column's type."""
    if bound.integral and bound.dtype.is_integer() and not bound.generator.dtype.is_float():
        return float(end)
    values = bound._rounded(Values(np.array([end]), pl.Float64()))
    series = bound._typed(values).series()
    return float(series.cast(pl.Float64)[0])


def iso(instant: int, *, day: bool) -> str:
    """Return microseconds since 1970 as ISO 8601 text: a day, or a timestamp."""
    if day:
        return str(np.datetime64(instant // DAY, "D"))
    whole = instant % SECOND == 0
    return str(np.datetime64(instant // SECOND, "s") if whole else np.datetime64(instant, "us"))


def ends_of(law: CellDistribution, digits: int | None) -> tuple[float, float] | None:
    """Return the ends that hardly any written value lies outside of."""
    family = law.family
    if not isinstance(family, Bounded) or law.factor != 1 or not law.variance > 0:
        return None
    found = sampler_of(family, [law.params]).quantile(np.array((Cell.OUTSIDE, 1 - Cell.OUTSIDE)), 0).tolist()
    # A step further out: what is rounded may pass a bound by half of one.
    step = 1.0 if family.discrete else 10.0 ** -(6 if digits is None else digits)
    low, high = (
        min(max(x, law.support[0]), law.support[1]) + step * sign for x, sign in zip(found, (-1, 1), strict=True)
    )
    return (float(f"{low:.12g}"), float(f"{high:.12g}")) if math.isfinite(low) and math.isfinite(high) else None
