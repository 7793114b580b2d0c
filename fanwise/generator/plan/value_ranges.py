"""Do the values of a column fit its type? Answered from the distributions, so that no run stops at it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from fanwise.generator.columns.base import ColumnKind
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.types import polars_type
from fanwise.generator.language.literals import size_of, word_of
from fanwise.text.numbers import count

__all__ = ["misfit"]

INTEGERS = {8: pl.Int8(), 16: pl.Int16(), 32: pl.Int32(), 64: pl.Int64()}
MOST_DIGITS = 38
FLOAT32 = float(np.finfo(np.float32).max)  # larger numbers become infinite


def misfit(column: BoundColumn, rows: float) -> tuple[str, str] | None:
    """Return why some of so many rows have a value beyond the declared type, and how to fix it; None where all fit."""
    cases = column.when.generators if column.when is not None else ()
    if column.spec.type is not None and word_of(column.spec.type) in ("varchar", "char"):
        return _misfit_of_texts(column.spec.type, (column.generator, *cases))
    limits = _limits(column.spec.type)
    if limits is None or rows < 1:
        return None
    for generator in (column.generator, *cases):
        found = generator.extremes(rows)
        if found is None or not all(map(math.isfinite, found)):
            continue
        low, high = _clamped(found, column) if generator is column.generator else found
        if low < limits[0] or high > limits[1]:
            far = high if high > limits[1] else low
            edge = limits[1] if high > limits[1] else limits[0]
            why = f"values of about {far:,.6g} do not fit {column.spec.type}, which ends at {edge:,.15g}"
            return why, f"{_wider(column.spec.type or '', max(abs(low), abs(high)))}clamp the values"
    return None


def _misfit_of_texts(name: str, generators: Sequence[ColumnKind]) -> tuple[str, str] | None:
    """Return which texts are too long for a type with a number of characters, or too short for `char(n)`."""
    size = size_of(name)
    for generator in generators:
        found = generator.lengths
        if found is None:
            continue
        short, long = found
        if long > size:
            return (
                f"values of {count(long, 'character')} do not fit {name}",
                f"write varchar({long}), or shorten the values",
            )
        if word_of(name) == "char" and short < size:
            why = f"values of {count(short, 'character')} do not fit {name}, which has exactly {size}"
            return why, f"write varchar({size}), or values of {size} characters"
    return None


def _limits(name: str | None) -> tuple[float, float] | None:
    """Return the least and the largest number of a type that has some."""
    if name == "float32":
        return -FLOAT32, FLOAT32
    if name is None or not name.startswith(("int", "decimal")):
        return None
    dtype = polars_type(name)
    if isinstance(dtype, pl.Decimal):
        most = (10**dtype.precision - 1) / 10**dtype.scale
        return -most, most
    bits = next(bits for bits, known in INTEGERS.items() if known == dtype)
    return -float(1 << (bits - 1)), float((1 << (bits - 1)) - 1)


def _clamped(found: tuple[float, float], column: BoundColumn) -> tuple[float, float]:
    low, high = column.spec.clamp or (None, None)
    least, most = -math.inf if low is None else low, math.inf if high is None else high
    return min(max(found[0], least), most), min(max(found[1], least), most)


def _wider(name: str, largest: float) -> str:
    """Return the advice to take a type that holds the largest value, empty where there is none."""
    if name == "float32":
        return "write float64, or "
    if name.startswith("decimal"):
        dtype = polars_type(name)
        assert isinstance(dtype, pl.Decimal)
        digits = math.floor(math.log10(max(largest, 1.0))) + 2 + dtype.scale
        return f"write decimal({digits},{dtype.scale}), or " if digits <= MOST_DIGITS else ""
    wide = next((bits for bits in INTEGERS if largest < 1 << (bits - 1)), None)
    return f"write int{wide}, or " if wide is not None else ""
