"""What a generator can yield for one row, so that a pin is refused where no draw could have given it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.columns import ColumnKind
from fanwise.generator.columns.after import After
from fanwise.generator.columns.choice import Choice
from fanwise.generator.columns.integer import UniqueInteger
from fanwise.generator.columns.number import CellLaw, Number
from fanwise.generator.columns.segment import Segment
from fanwise.generator.columns.support.instants import as_timestamp, end_values
from fanwise.generator.columns.timestamp import Timestamp
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import End
from fanwise.generator.values import Values

__all__ = ["broken_limit", "law_of"]

Range = tuple[float, float]
_ABOVE_ZERO: Range = (0.0, math.inf)

# Families that are not named here reach every number. p: the parameters of the row's cell, after solving.
_RANGES: Mapping[str, Callable[[Mapping[str, Any]], Range]] = {
    "uniform": lambda p: (p["min"], p["max"]),
    "integer": lambda p: (p["min"], p["max"]),
    "bernoulli": lambda p: (0, 1),
    "binomial": lambda p: (0, p["n"]),
    "beta": lambda p: (0, 1),
    "zipf": lambda p: (1, p["n"]),
    "pareto": lambda p: (p["min"], math.inf),
    "histogram": lambda p: (p["edges"][0], p["edges"][-1]),
    **dict.fromkeys(
        ("poisson", "negbin", "geometric", "fixed", "counts", "exponential", "gamma", "weibull", "lognormal"),
        lambda p: _ABOVE_ZERO,
    ),
}


@singledispatch
def broken_limit(generator: ColumnKind, ctx: GenerationContext, row: int, cell: Any) -> str:
    """Return why `generator` can never yield `cell` in that row of the context, or "".

    cell: the physical value: a number, a text, or microseconds and days since 1970-01-01.
    """
    return ""


@broken_limit.register
def _number(generator: Number, ctx: GenerationContext, row: int, cell: Any) -> str:
    law = law_of(generator, ctx, row)
    if law is None or generator.dtype == pl.Boolean():
        return ""
    low, high = _range(law)
    if law.factor != 1:
        low, high = math.floor(min(low, low * law.factor)), math.ceil(max(high, high * law.factor))
    least, most = law.bounds
    low, high = (_held(bound, least, most) for bound in (low, high))
    return "" if low <= cell <= high else f"the range of the column is {low:g} to {high:g}"


def _range(law: CellLaw) -> Range:
    known = _RANGES.get(law.family.name)
    return known(law.params) if known is not None else (-math.inf, math.inf)


def law_of(generator: Number, ctx: GenerationContext, row: int) -> CellLaw | None:
    """Return the law that draws this row, or None where a parameter has no value for it."""
    code = generator.cells.codes(ctx)
    return generator.laws[code if isinstance(code, int) else int(code[row])]


def _held(value: float, low: float | None, high: float | None) -> float:
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


@broken_limit.register
def _unique_integer(generator: UniqueInteger, ctx: GenerationContext, row: int, cell: Any) -> str:
    low, high = generator.low, generator.low + generator.size - 1
    return "" if low <= cell <= high else f"the range of the column is {low} to {high}"


@broken_limit.register
def _choice(generator: Choice, ctx: GenerationContext, row: int, cell: Any) -> str:
    options = list(generator.options)
    return "" if cell in options else f"the column is one of {', '.join(map(str, options))}"


@broken_limit.register
def _segment(generator: Segment, ctx: GenerationContext, row: int, cell: Any) -> str:
    axis = generator.assignment.axis
    return "" if cell in axis.segments else f"the segments of {axis.name} are {', '.join(axis.segments)}"


@broken_limit.register
def _timestamp(generator: Timestamp, ctx: GenerationContext, row: int, cell: Any) -> str:
    start, end = _at(ctx, generator.start, row), _at(ctx, generator.end, row)
    return _outside(start, end, cell, as_day=generator.dtype == pl.Date())


@broken_limit.register
def _after(generator: After, ctx: GenerationContext, row: int, cell: Any) -> str:
    start = _instant(as_timestamp(ctx.value(generator.column)), row)
    end = _at(ctx, generator.until, row) if generator.until is not None else None
    return _outside(start, end, cell, as_day=False)


def _at(ctx: GenerationContext, end: End, row: int) -> int | None:
    return _instant(end_values(ctx, end), row)


def _instant(values: Values, row: int) -> int | None:
    return None if values.null is not None and values.null[row] else int(np.asarray(values.data)[row])


def _outside(start: int | None, end: int | None, cell: int, *, as_day: bool) -> str:
    """Return why an instant is not in the half-open interval; an end that is not after its start gives the start."""
    if start is None:
        return ""
    last = None if end is None else max(end - 1, start)
    instants = pl.Series([start, last], dtype=pl.Datetime("us"))
    limits = instants.cast(pl.Date) if as_day else instants
    low, high = limits.to_physical()
    if low <= cell and (high is None or cell <= high):
        return ""
    word, limit = ("before", limits[0]) if cell < low else ("after", limits[1])
    return f"in this row the value must not be {word} {limit}"
