"""Functions on dates and timestamps (without zone, UTC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from fanwise.generator.language.sql.numbers import by_ufunc
from fanwise.generator.language.sql.operands import DAYS, TIMESTAMP, Operand, apply, constant, refuse
from fanwise.generator.language.sql.tokens import ExpressionError

__all__ = ["part", "shifted"]

PARTS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "Year": lambda a: a.dt.year(),
    "Quarter": lambda a: a.dt.quarter(),
    "Month": lambda a: a.dt.month(),
    "Week": lambda a: a.dt.week(),
    "WeekDay": lambda a: a.dt.weekday(),
    "Day": lambda a: a.dt.day(),
    "OrdinalDay": lambda a: a.dt.ordinal_day(),
    "Hour": lambda a: a.dt.hour(),
    "Minute": lambda a: a.dt.minute(),
    "Second": lambda a: a.dt.second(),
}


def part(name: str, operands: Sequence[Operand]) -> Operand:
    """Return a part of a date or timestamp as Int64 (`name` as Polars calls it), or "Epoch": its seconds, Float64."""
    (operand,) = operands
    if operand.kind not in DAYS:
        raise refuse("EXTRACT", operands, "CAST(x AS timestamp)")
    moment = operand.cast(TIMESTAMP)
    if name == "Epoch":
        microseconds = Operand(moment.data.cast(pl.Int64).cast(pl.Float64), moment.constant)
        return by_ufunc(np.divide, microseconds, constant(1e6, pl.Float64()))
    return apply(lambda a: PARTS[name](a).cast(pl.Int64), moment)


def shifted(interval: str, operands: Sequence[Operand]) -> Operand:
    """Return a timestamp moved by `interval` (for Polars, `-1mo`); a day that a month lacks becomes its last."""
    (operand,) = operands
    if operand.kind not in DAYS | {"null"}:
        raise refuse("an interval", operands, "intervals are added to dates and timestamps")
    try:
        return apply(lambda a: a.dt.offset_by(interval), operand.cast(TIMESTAMP))
    except pl.exceptions.PolarsError as error:
        raise ExpressionError("a timestamp is moved out of the calendar") from error
