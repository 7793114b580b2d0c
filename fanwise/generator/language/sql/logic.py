"""Conditions, choices between values, and casts."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce

import polars as pl

from fanwise.generator.language.sql.numbers import compare
from fanwise.generator.language.sql.operands import (
    DAYS,
    NUMBERS,
    TIMESTAMP,
    ExpressionError,
    Operand,
    accept,
    apply,
    constant,
    refuse,
    unified,
)
from fanwise.generator.language.sql.texts import as_text

__all__ = ["CASTS", "between", "case", "cast", "is_in", "join", "null_if"]

# The types that CAST takes, by the names that sqlglot gives to them.
CASTS: dict[str, tuple[str, pl.DataType]] = {
    "TEXT": ("text", pl.String()),
    "VARCHAR": ("text", pl.String()),
    "DOUBLE": ("double", pl.Float64()),
    "BIGINT": ("bigint", pl.Int64()),
    "INT": ("integer", pl.Int32()),
    "DATE": ("date", pl.Date()),
    "TIMESTAMP": ("timestamp", TIMESTAMP),
}


def join(sign: str, operands: Sequence[Operand]) -> Operand:
    """Return a AND b AND …, or a OR b OR …, with null as "unknown"."""
    make = operator.and_ if sign == "AND" else operator.or_
    return apply(lambda *each: reduce(make, each), *accept("condition", sign, operands))


def between(operands: Sequence[Operand]) -> Operand:
    """Return x BETWEEN low AND high, both included."""
    value, low, high = operands
    return join("AND", [compare(">=", [value, low]), compare("<=", [value, high])])


def is_in(operands: Sequence[Operand]) -> Operand:
    """Return x IN (a, b, …)."""
    return join("OR", [compare("=", [operands[0], each]) for each in operands[1:]])


def case(has_subject: bool, has_default: bool, operands: Sequence[Operand]) -> Operand:
    """Return CASE [subject] WHEN a THEN b … [ELSE default] END; every branch is computed for every row."""
    out = operands[-1] if has_default else constant(None, pl.Null())
    branches = operands[has_subject : len(operands) - has_default]
    for when, then in zip(branches[-2::-2], branches[::-2], strict=True):
        out = _choose(compare("=", [operands[0], when]) if has_subject else when, then, out)
    return out


def null_if(operands: Sequence[Operand]) -> Operand:
    """Return null where both are equal, else the first."""
    return _choose(compare("=", operands), constant(None, pl.Null()), operands[0])


def _choose(condition: Operand, then: Operand, otherwise: Operand) -> Operand:
    (condition,) = accept("condition", "WHEN", [condition])
    return apply(lambda c, a, b: pl.when(c).then(a).otherwise(b), condition, *unified("CASE", [then, otherwise]))


def cast(name: str, operands: Sequence[Operand]) -> Operand:
    """Return CAST(x AS type), by its name in CASTS. A number becomes whole by rounding halves to even."""
    (operand,), (written, dtype) = operands, CASTS[name]
    if written == "text":
        return as_text(operand)
    if dtype.is_numeric() and operand.kind in NUMBERS | {"null", "condition"}:
        try:
            if dtype.is_float() or operand.kind != "number":
                return operand.cast(dtype)
            return apply(lambda a: a.round(0, mode="half_to_even").cast(dtype), operand)
        except pl.exceptions.InvalidOperationError as error:
            raise ExpressionError(f"a number is too large for CAST to {written}") from error
    if dtype.is_temporal() and operand.kind in DAYS | {"null"}:
        return operand.cast(dtype)
    raise refuse(f"CAST to {written}", operands)
