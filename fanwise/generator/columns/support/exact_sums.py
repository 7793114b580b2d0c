"""Sums of numbers that are exact where their digits after the point are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.values import INTEGER, Values

__all__ = ["EXACT", "digits_of", "sum_type", "written"]

EXACT = 2.0**52  # units of the last digit up to which a float64 holds a decimal exactly
_PRECISION = 38

Term = tuple[pl.DataType, int | None]
"""The type of a term, and the digits after the point that it is rounded to."""


def digits_of(terms: Sequence[Term]) -> int | None:
    """Return the digits after the point of a sum, None where those of a term are not known."""
    digits = [0 if dtype.is_integer() else decimals for dtype, decimals in terms]
    known = [found for found in digits if found is not None]
    return max(known) if len(known) == len(digits) else None


def sum_type(terms: Sequence[Term]) -> pl.DataType:
    """Return the type of a sum: Int64 of whole numbers, decimal(38,s) with decimals, else Float64."""
    if all(dtype.is_integer() for dtype, _ in terms):
        return INTEGER
    if all(dtype.is_integer() or dtype.is_decimal() for dtype, _ in terms):
        return pl.Decimal(_PRECISION, digits_of(terms) or 0)
    return pl.Float64()


def written(values: Values) -> npt.NDArray[Any]:
    """Return the numbers as they are written: a decimal is kept with more digits than its type has."""
    if not values.dtype.is_decimal():
        return np.asarray(values.data)
    return values.series().cast(pl.Float64).fill_null(0.0).to_numpy()
