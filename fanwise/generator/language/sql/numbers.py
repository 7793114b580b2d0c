"""Operators and functions on numbers.

Whole numbers overflow as in DuckDB: an error, not a wrapped value. Functions that are not exactly rounded (exp, ln,
power, sin, …) give 9 significant digits, so that libraries and processors agree.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.language.sql.operands import (
    DAYS,
    NUMBERS,
    ExpressionError,
    Operand,
    Operation,
    accept,
    apply,
    constant,
    in_calendar,
    refuse,
    unified,
)
from fanwise.generator.numerics.rounding import round_half_away

__all__ = ["absolute", "binary", "by_ufunc", "compare", "extreme", "inexact", "negative", "rounded"]

DIGITS = 9
POWERS_OF_TEN = np.array([float(f"1e{exponent}") for exponent in range(-300, 309)])


def binary(sign: str, operands: Sequence[Operand]) -> Operand:
    """Return left `sign` right for + - * / // %."""
    left, right = operands
    if {left.kind, right.kind} & DAYS:
        return _days(sign, left, right)
    if not {left.kind, right.kind} <= NUMBERS | {"null"}:
        raise refuse(sign, operands, "join texts with ||" if sign == "+" else "")
    if sign == "/":
        return by_ufunc(UFUNCS[sign], *accept("number", sign, operands))
    left, right = unified(sign, operands)
    if sign in {"//", "%"} and left.kind == "whole number":
        return _whole_division(sign, left, right)
    if sign == "//":
        raise refuse(sign, operands, "write floor(a / b)")
    if left.kind == "whole number":
        return _exact(OPERATORS[sign], operator.mul if sign == "*" else operator.add, left, right)
    return by_ufunc(UFUNCS[sign], *accept("number", sign, (left, right)))


UFUNCS: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
}

OPERATORS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def by_ufunc(ufunc: np.ufunc, left: Operand, right: Operand) -> Operand:
    """Return an exactly rounded ufunc of two Float64 operands.

    Polars itself would multiply by the inverse of a constant divisor, and leave x + 0 undone where x is -0.0.
    """
    with np.errstate(all="ignore"):
        values = ufunc(_known(left.data), _known(right.data))
    out = Operand(pl.Series(values), left.constant and right.constant)
    if not left.data.null_count() and not right.data.null_count():
        return out
    return apply(lambda a, b, c: pl.when(a.is_not_null() & b.is_not_null()).then(c), left, right, out)


def _known(data: pl.Series) -> npt.NDArray[np.float64]:
    """Return Float64 values with 0 for null."""
    return (data.fill_null(0.0) if data.null_count() else data).to_numpy()


def _where_known(data: pl.Series, out: pl.Series) -> pl.Series:
    """Return `out`, with null where `data` is."""
    return pl.select(pl.when(pl.lit(data).is_not_null()).then(pl.lit(out))).to_series() if data.null_count() else out


def _exact(make: Callable[..., pl.Expr], most: Callable[..., int], *operands: Operand) -> Operand:
    """Return `make` of whole numbers of one type; raises ExpressionError where a result does not fit into that type.

    most: from the largest sizes of the operands, that of the result and of all on the way to it. Where it is sure to
    fit, there is no detour by 128 bits.
    """
    dtype = operands[0].data.dtype
    if most(*map(_size, operands)) < 2 ** (31 if dtype == pl.Int32() else 63):
        return apply(lambda *each: make(*each).cast(dtype), *operands)
    try:
        return apply(lambda *each: make(*(one.cast(pl.Int128) for one in each)).cast(dtype), *operands)
    except pl.exceptions.InvalidOperationError as error:
        size = "32" if dtype == pl.Int32() else "64"
        raise ExpressionError(f"a whole number grows beyond {size} bits", "write one number with a point") from error


def _size(operand: Operand) -> int:
    """Return the largest distance of a whole number from 0; 0 where there is none."""
    low, high = operand.data.min(), operand.data.max()
    return max(-low, high) if isinstance(low, int) and isinstance(high, int) else 0


def _whole_division(sign: str, left: Operand, right: Operand) -> Operand:
    """Return the quotient, rounded toward zero, or the remainder, which has the sign of `left`; null below 0."""

    def size(a: pl.Expr) -> pl.Expr:
        return pl.when(a < 0).then(0 - a).otherwise(a)

    def quotient(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        divisor = pl.when(b != 0).then(b)
        whole = size(a) // size(divisor)
        signed = pl.when((a < 0) != (b < 0)).then(0 - whole).otherwise(whole)
        return signed if sign == "//" else a - signed * divisor

    return _exact(quotient, max, left, right)


def _days(sign: str, left: Operand, right: Operand) -> Operand:
    """Return date ± whole number of days, whole number + date, or date - date in days."""
    kinds = (left.kind, right.kind)
    if sign == "-" and kinds == ("date", "date"):
        return apply(lambda a, b: a.cast(pl.Int32).cast(pl.Int64) - b.cast(pl.Int32), left, right)
    if sign == "+" and right.kind == "date":
        left, right = right, left
    if sign not in {"+", "-"} or left.kind != "date" or right.data.dtype != pl.Int32():
        hint = "days are a whole-number literal or CAST(x AS integer)"
        raise refuse(sign, (left, right), "EXTRACT(epoch FROM x) gives seconds" if "timestamp" in kinds else hint)
    try:
        out = apply(
            lambda a, b: (
                OPERATORS[sign](a.cast(pl.Int32).cast(pl.Int128), b.cast(pl.Int128)).cast(pl.Int32).cast(pl.Date)
            ),
            left,
            right,
        )
    except pl.exceptions.InvalidOperationError as error:
        raise ExpressionError("a date is moved out of the calendar") from error
    return in_calendar(out)


def negative(operands: Sequence[Operand]) -> Operand:
    """Return -x."""
    (operand,) = operands
    if operand.data.dtype == pl.Int64() and operand.constant and operand.data[0] == 2**31:
        return constant(-(2**31), pl.Int32())  # DuckDB, too, reads -2147483648 as one literal of 32 bits
    if operand.kind == "whole number":
        return _exact(lambda a: 0 - a, int, operand)
    return apply(lambda a: -a, *accept("number", "-", operands))


def absolute(operands: Sequence[Operand]) -> Operand:
    """Return |x|."""
    if operands[0].kind == "whole number":
        return _exact(lambda a: pl.when(a < 0).then(0 - a).otherwise(a), int, *operands)
    return apply(lambda a: a.abs(), *accept("number", "abs", operands))


def rounded(decimals: int, operands: Sequence[Operand]) -> Operand:
    """Return x with `decimals` decimals: half away from zero on the shortest decimal that reads back as x."""
    if operands[0].kind == "whole number":
        return operands[0]
    (operand,) = accept("number", "round", operands)
    values = pl.Series(round_half_away(_known(operand.data), decimals))
    return Operand(_where_known(operand.data, values), operand.constant)


def inexact(name: str, make: Callable[..., pl.Expr]) -> Operation:
    """Return a function of numbers as doubles with 9 significant digits, as it is not exactly rounded."""

    def to_nine_digits(operands: Sequence[Operand]) -> Operand:
        out = apply(make, *accept("number", name, operands))
        return Operand(_nine_digits(out.data), out.constant)

    return to_nine_digits


def _nine_digits(data: pl.Series) -> pl.Series:
    """Return Float64 values with 9 significant digits, using exactly rounded operations and table look-ups only."""
    values = _known(data)
    size = np.abs(values)
    ordinary = (size > 1e-290) & (size < 1e300)
    exponent = np.searchsorted(POWERS_OF_TEN, np.where(ordinary, size, 1.0), side="right") - 301
    shift = DIGITS - 1 - exponent
    up, down = POWERS_OF_TEN[np.maximum(shift, 0) + 300], POWERS_OF_TEN[np.maximum(-shift, 0) + 300]
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.rint(values * up / down) / up * down
    out = pl.Series(np.where(ordinary, near, values))
    return _where_known(data, out)


def compare(sign: str, operands: Sequence[Operand]) -> Operand:
    """Return the condition left `sign` right; NaN equals itself and is above all numbers, null gives null."""
    return apply(COMPARISONS[sign], *unified(sign, operands))


COMPARISONS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def extreme(greatest: bool, operands: Sequence[Operand]) -> Operand:
    """Return the greatest or least value that is not null; NaN is above all numbers."""
    parts = unified("greatest" if greatest else "least", operands)
    if not greatest:
        return apply(lambda *each: pl.min_horizontal(*each), *parts)
    out = apply(lambda *each: pl.max_horizontal(*each), *parts)
    if out.kind != "number":
        return out
    has_nan = apply(lambda *each: pl.any_horizontal(*(one.is_nan().fill_null(False) for one in each)), *parts)
    return apply(lambda nan, value: pl.when(nan).then(float("nan")).otherwise(value), has_nan, out)
