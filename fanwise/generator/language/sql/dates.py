"""Functions on dates and timestamps (without zone, UTC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from fanwise.generator.language.sql.numbers import by_ufunc
from fanwise.generator.language.sql.operands import (
    DAYS,
    TIMESTAMP,
    ExpressionError,
    Operand,
    apply,
    constant,
    refuse,
)

__all__ = ["PARTS", "part", "shifted"]

PARTS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "year": lambda a: a.dt.year(),
    "quarter": lambda a: a.dt.quarter(),
    "month": lambda a: a.dt.month(),
    "week": lambda a: a.dt.week(),
    "day": lambda a: a.dt.day(),
    "dow": lambda a: a.dt.weekday() % 7,
    "isodow": lambda a: a.dt.weekday(),
    "doy": lambda a: a.dt.ordinal_day(),
    "hour": lambda a: a.dt.hour(),
    "minute": lambda a: a.dt.minute(),
    "second": lambda a: a.dt.second(),
    "epoch": lambda a: a.cast(pl.Int64),
}


def part(name: str, operands: Sequence[Operand]) -> Operand:
    """Return a part of a date or timestamp as Int64, or its "epoch": seconds since 1970, Float64."""
    (operand,) = operands
    if operand.kind not in DAYS:
        raise refuse("EXTRACT", operands, "CAST(x AS timestamp)")
    moment = operand.cast(TIMESTAMP)
    found = apply(lambda a: PARTS[name](a).cast(pl.Int64), moment)
    if name != "epoch":
        return found
    return by_ufunc(np.divide, found.cast(pl.Float64()), constant(1e6, pl.Float64()))


def shifted(interval: str, operands: Sequence[Operand]) -> Operand:
    """Return a timestamp moved by `interval` (for Polars, `-1mo`); a day that a month lacks becomes its last."""
    (operand,) = operands
    if operand.kind not in DAYS | {"null"}:
        raise refuse("an interval", operands, "intervals are added to dates and timestamps")
    try:
        return apply(lambda a: a.dt.offset_by(interval), operand.cast(TIMESTAMP))
    except pl.exceptions.PolarsError as error:
        raise ExpressionError("a timestamp is moved out of the calendar") from error
