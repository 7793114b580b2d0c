"""Functions on dates and timestamps (without zone, UTC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.language.sql.numbers import by_ufunc
from fanwise.generator.language.sql.operands import (
    DAYS,
    TIMESTAMP,
    ExpressionError,
    Operand,
    apply,
    constant,
    in_calendar,
    refuse,
)

__all__ = ["PARTS", "UNITS", "UNIT_FUNCTIONS", "part", "shifted", "shifted_by"]

Ints = npt.NDArray[np.int64]
# The units as microseconds or months; weeks begin on Monday.
_DAY = 86_400_000_000
_MICROSECONDS = {"second": 1_000_000, "minute": 60_000_000, "hour": _DAY // 24, "day": _DAY, "week": 7 * _DAY}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNITS = (*_MICROSECONDS, *_MONTHS)
_MONDAY = 3 * _DAY  # 1970-01-01 is a Thursday
_YEARS = 9999  # of the calendar
_TOO_FAR = "a timestamp is moved out of the calendar"

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
        out = apply(lambda a: a.dt.offset_by(interval), operand.cast(TIMESTAMP))
    except pl.exceptions.PolarsError as error:
        raise ExpressionError(_TOO_FAR) from error
    return in_calendar(out)


def truncated(unit: str, operands: Sequence[Operand]) -> Operand:
    """Return the timestamp at which the unit of a date or timestamp begins."""
    return _of_integers(lambda x: _begin(unit, _period(unit, x)), TIMESTAMP, *_moments("date_trunc", operands))


def difference(unit: str, operands: Sequence[Operand]) -> Operand:
    """Return how many units begin after the first and up to the second date or timestamp, Int64."""
    moments = _moments("date_diff", operands)
    return _of_integers(lambda a, b: _period(unit, b) - _period(unit, a), pl.Int64(), *moments)


def added(unit: str, operands: Sequence[Operand]) -> Operand:
    """Return a timestamp so many units later; a day that a month lacks becomes its last."""
    moment, number = *_moments("date_add", operands[:1]), operands[1]
    if number.kind not in {"whole number", "null"}:
        raise refuse("date_add", [number], "the number of units is a whole number, or CAST(n AS bigint)")
    return in_calendar(_of_integers(lambda x, n: _later(unit, x, n), TIMESTAMP, moment, number))


def shifted_by(unit: str, size: int, operands: Sequence[Operand]) -> Operand:
    """Return a timestamp moved by a number of intervals of `size` units."""
    moment, number = operands
    if number.kind not in {"whole number", "null"}:
        raise refuse("an interval", [number], "an interval times a whole number, or CAST(n AS bigint)")
    if (_size(number) * abs(size)) > 366 * _YEARS * _DAY:
        raise ExpressionError(_TOO_FAR)
    return added(unit, [moment, apply(lambda n: n.cast(pl.Int64) * size, number)])


def _size(number: Operand) -> int:
    low, high = number.data.min(), number.data.max()
    return max(-low, high) if isinstance(low, int) and isinstance(high, int) else 0


# Functions with a unit: its place among the arguments, and the operation.
UNIT_FUNCTIONS: dict[str, tuple[int, int, Callable[[str, Sequence[Operand]], Operand]]] = {
    "date_add": (3, 2, added),
    "date_diff": (3, 0, difference),
    "date_trunc": (2, 0, truncated),
}


def _moments(name: str, operands: Sequence[Operand]) -> list[Operand]:
    if not all(each.kind in DAYS | {"null"} for each in operands):
        raise refuse(name, operands, "write DATE '2024-12-31' or TIMESTAMP '2024-12-31 23:59:59'")
    return [each.cast(TIMESTAMP) for each in operands]


def _of_integers(make: Callable[..., Ints], dtype: pl.DataType, *operands: Operand) -> Operand:
    """Return `make` of the operands as 64-bit integers, with null where one of them is."""
    known = (each.data.to_physical().cast(pl.Int64).fill_null(0).to_numpy() for each in operands)
    out = Operand(pl.Series(make(*known), dtype=pl.Int64).cast(dtype), all(each.constant for each in operands))
    if not any(each.data.null_count() for each in operands):
        return out
    return apply(
        lambda a, *given: pl.when(pl.all_horizontal(one.is_not_null() for one in given)).then(a), out, *operands
    )


def _period(unit: str, moment: Ints) -> Ints:
    """Return the number of the unit that holds each instant, from the one of 1970-01-01 as 0."""
    if unit in _MICROSECONDS:
        return (moment + (_MONDAY if unit == "week" else 0)) // _MICROSECONDS[unit]
    return _month(moment) // _MONTHS[unit]


def _begin(unit: str, period: Ints) -> Ints:
    """Return the instant at which the unit of this number begins."""
    if unit in _MICROSECONDS:
        return period * _MICROSECONDS[unit] - (_MONDAY if unit == "week" else 0)
    return (period * _MONTHS[unit]).astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)


def _month(moment: Ints) -> Ints:
    return moment.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)


def _later(unit: str, moment: Ints, number: Ints) -> Ints:
    most = 366 * _YEARS * _DAY // _MICROSECONDS[unit] if unit in _MICROSECONDS else 12 * _YEARS // _MONTHS[unit]
    if (number > most).any() or (number < -most).any():
        raise ExpressionError(_TOO_FAR)
    if unit in _MICROSECONDS:
        out = moment + number * _MICROSECONDS[unit]
    else:
        month = _month(moment)
        begin, wanted = _begin("month", month), month + number * _MONTHS[unit]
        last = (_begin("month", wanted + 1) - _begin("month", wanted)) // _DAY - 1
        days, rest = np.divmod(moment - begin, _DAY)
        out = _begin("month", wanted) + np.minimum(days, last) * _DAY + rest
    return out
