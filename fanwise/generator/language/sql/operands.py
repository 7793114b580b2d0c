"""What operators and functions of the expression language work on, and how types are brought together.

An operand is a Polars series of one of these types: Int32 (whole-number literals, as in DuckDB), Int64, Float64,
String, Boolean, Date, Datetime("us"), or Null. A constant is a series of one value. Operations raise ExpressionError
for types that DuckDB refuses or treats differently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fanwise.io.problems import Refused

__all__ = [
    "CALENDAR",
    "DAYS",
    "NUMBERS",
    "TIMESTAMP",
    "ExpressionError",
    "Operand",
    "Operation",
    "accept",
    "apply",
    "column",
    "constant",
    "in_calendar",
    "operation",
    "refuse",
    "unified",
]

TIMESTAMP = pl.Datetime("us")
CALENDAR = np.array(["0001-01-01", "9999-12-31T23:59:59.999999"], dtype="datetime64[us]")
KINDS: dict[pl.DataType, str] = {
    pl.Int32(): "whole number",
    pl.Int64(): "whole number",
    pl.Float64(): "number",
    pl.String(): "text",
    pl.Boolean(): "condition",
    pl.Date(): "date",
    TIMESTAMP: "timestamp",
    pl.Time(): "time of day",
    pl.Null(): "null",
}
NUMBERS = frozenset({"whole number", "number"})
DAYS = frozenset({"date", "timestamp"})
_SHOWN = 20  # characters of an expression, where an error points into it


class ExpressionError(Refused):
    """An expression that cannot be used: the reason, a fix, and the 0-based position."""

    def __init__(self, why: str, hint: str = "", offset: int = 0) -> None:
        self.offset = offset
        super().__init__("FW-SCHEMA-EXPRESSION", why, hint)

    def place(self, text: str) -> str:
        """Return where in `text` this was noticed, to be read after `why`."""
        rest = text[self.offset :].strip()
        shown = rest if len(rest) <= _SHOWN else f"{rest[:_SHOWN]}…"
        return f", at character {self.offset + 1}: {shown}" if rest and self.offset else ""


@dataclass(frozen=True, slots=True)
class Operand:
    """A column of values, shape (rows,), or a constant, shape (1,)."""

    data: pl.Series
    constant: bool = False

    @property
    def kind(self) -> str:
        return KINDS[self.data.dtype]

    def literal(self) -> pl.Expr:
        """Return the operand as a Polars expression; a constant is broadcast."""
        return pl.lit(self.data[0], dtype=self.data.dtype) if self.constant else pl.lit(self.data)

    def cast(self, dtype: pl.DataType) -> Operand:
        return self if self.data.dtype == dtype else Operand(self.data.cast(dtype), self.constant)


Operation = Callable[[Sequence[Operand]], Operand]


def column(data: pl.Series) -> Operand:
    """Return the operand of a column of a frame; raises ExpressionError for a type that expressions do not have."""
    dtype = data.dtype
    if dtype.is_integer():
        data = data.cast(pl.Int64)
    elif dtype.is_float() or dtype.is_decimal():
        data = data.cast(pl.Float64)
    elif isinstance(dtype, (pl.Categorical, pl.Enum)):
        data = data.cast(pl.String)
    elif isinstance(dtype, pl.Datetime) and dtype.time_zone is None:
        data = data.cast(TIMESTAMP)
    if data.dtype not in KINDS:
        raise ExpressionError(f"{data.name} has the type {dtype}, which expressions do not have")
    return Operand(data)


def constant(value: object, dtype: pl.DataType) -> Operand:
    """Return one value as an operand."""
    return Operand(pl.Series([value], dtype=dtype), constant=True)


def apply(make: Callable[..., pl.Expr], *operands: Operand) -> Operand:
    """Return `make` of the operands, each handed over as a Polars expression; constants are broadcast."""
    out = pl.select(make(*(each.literal() for each in operands))).to_series()
    return Operand(out, all(each.constant for each in operands))


def in_calendar(out: Operand) -> Operand:
    """Return dates or timestamps; raises ExpressionError where one is not in the years 1 to 9999."""
    physical = out.data.to_physical()
    low, high = physical.min(), physical.max()
    first, last = (
        CALENDAR.astype(f"datetime64[{'us' if out.data.dtype == TIMESTAMP else 'D'}]").astype(np.int64).tolist()
    )
    if isinstance(low, int) and isinstance(high, int) and not first <= low <= high <= last:
        raise ExpressionError(f"a {out.kind} is moved out of the calendar")
    return out


def refuse(what: str, operands: Sequence[Operand], hint: str = "") -> ExpressionError:
    kinds = " and ".join(each.kind for each in operands)
    return ExpressionError(f"{what} cannot take {kinds}", hint)


def unified(what: str, operands: Sequence[Operand]) -> list[Operand]:
    """Return the operands cast to the one type that holds them all; raises ExpressionError where there is none."""
    kinds = {each.kind for each in operands} - {"null"}
    types = [each.data.dtype for each in operands]
    if not kinds:
        return list(operands)
    if kinds <= NUMBERS:
        wide: pl.DataType = pl.Int64() if pl.Int64() in types else pl.Int32()
        target = pl.Float64() if "number" in kinds else wide
    elif kinds <= DAYS:
        target = TIMESTAMP if "timestamp" in kinds else pl.Date()
    elif len(kinds) == 1:
        target = next(dtype for dtype in types if dtype != pl.Null())
    else:
        hint = "write DATE '2024-12-31' or TIMESTAMP '2024-12-31 23:59:59'" if kinds & DAYS else ""
        raise refuse(what, operands, hint)
    return [each.cast(target) for each in operands]


ACCEPTED: dict[str, tuple[pl.DataType, frozenset[str], str]] = {
    "number": (pl.Float64(), NUMBERS | {"null"}, ""),
    "text": (pl.String(), frozenset({"text", "null"}), "CAST(x AS text)"),
    "condition": (pl.Boolean(), frozenset({"condition", "null"}), "write a comparison, such as x > 0"),
}


def accept(kind: str, what: str, operands: Sequence[Operand]) -> list[Operand]:
    """Return numbers as Float64, texts or conditions; raises ExpressionError for anything else."""
    dtype, kinds, hint = ACCEPTED[kind]
    if not all(each.kind in kinds for each in operands):
        raise refuse(what, operands, hint)
    return [each.cast(dtype) for each in operands]


def operation(kind: str, what: str, make: Callable[..., pl.Expr]) -> Operation:
    """Return the operation that applies `make` to operands of one kind of `accept`."""
    return lambda operands: apply(make, *accept(kind, what, operands))
