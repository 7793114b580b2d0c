"""Conditions, choices between values, and casts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fanwise.generator.language.sql.operands import (
    DAYS,
    NUMBERS,
    TIMESTAMP,
    Operand,
    apply,
    conditions,
    refuse,
    unified,
)
from fanwise.generator.language.sql.texts import as_text
from fanwise.generator.language.sql.tokens import ExpressionError

__all__ = ["CASTS", "cast", "choose", "first", "is_null", "join", "negate"]

CASTS = {
    "String": "text",
    "Float64": "double",
    "Int64": "bigint",
    "Int32": "integer",
    "Date": "date",
    "Datetime": "timestamp",
}


def join(sign: str, operands: Sequence[Operand]) -> Operand:
    """Return a AND b, or a OR b, with null as "unknown"."""
    return apply(lambda a, b: a & b if sign == "And" else a | b, *conditions(sign.upper(), operands))


def negate(operands: Sequence[Operand]) -> Operand:
    """Return NOT a."""
    return apply(lambda a: ~a, *conditions("NOT", operands))


def is_null(null: bool, operands: Sequence[Operand]) -> Operand:
    """Return whether a value is null, or is not."""
    return apply(lambda a: a.is_null() if null else a.is_not_null(), *operands)


def choose(operands: Sequence[Operand]) -> Operand:
    """Return CASE WHEN condition THEN a ELSE b END; both branches are computed for every row."""
    (condition,) = conditions("WHEN", operands[:1])
    return apply(lambda c, a, b: pl.when(c).then(a).otherwise(b), condition, *unified("CASE", operands[1:]))


def first(operands: Sequence[Operand]) -> Operand:
    """Return the first operand that is not null."""
    return apply(lambda *each: pl.coalesce(*each), *unified("coalesce", operands))


def cast(dtype: str, operands: Sequence[Operand]) -> Operand:
    """Return CAST(x AS type); `dtype` as Polars calls it. A number becomes whole by rounding halves to even."""
    (operand,) = operands
    if dtype == "String":
        return as_text(operand)
    if dtype in {"Float64", "Int64", "Int32"} and operand.kind in NUMBERS | {"null", "condition"}:
        return _number(dtype, operand)
    if dtype in {"Date", "Datetime"} and operand.kind in DAYS | {"null"}:
        return operand.cast(pl.Date() if dtype == "Date" else TIMESTAMP)
    raise refuse(f"CAST to {CASTS[dtype]}", operands)


def _number(dtype: str, operand: Operand) -> Operand:
    if dtype == "Float64":
        return operand.cast(pl.Float64())
    whole = pl.Int64() if dtype == "Int64" else pl.Int32()
    try:
        if operand.kind != "number":
            return operand.cast(whole)
        return apply(lambda a: a.round(0, mode="half_to_even").cast(whole), operand)
    except pl.exceptions.InvalidOperationError as error:
        raise ExpressionError(f"a number is too large for CAST to {CASTS[dtype]}") from error
