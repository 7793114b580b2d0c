"""What a user writes in a pin, as a value of the column's own type."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.columns.support.types import type_word

__all__ = ["cell_of"]


def cell_of(value: Any, dtype: pl.DataType, decimals: int | None) -> pl.Series:
    """Return `value` as a series of one cell (raises ValueError, whose text says what fits).

    decimals: the digits after the point that the column is rounded to. Dates and timestamps may be ISO text.
    """
    if value is None:
        return pl.Series([None], dtype=_stored(dtype))
    plain = _plain(value, dtype)
    if decimals is not None and round(float(plain), decimals) != float(plain):
        raise ValueError(f"the column is rounded to {decimals} decimals")
    try:
        pl.Series([plain], dtype=dtype, strict=True)
        return pl.Series([plain], dtype=_stored(dtype), strict=True)
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        raise ValueError(f"the value does not fit the type {dtype}") from error


def _stored(dtype: pl.DataType) -> pl.DataType:
    """Return the type in which the engine works on values that are written as `dtype`."""
    if dtype.is_integer():
        return pl.Int64()
    return pl.Float64() if dtype.is_float() or dtype.is_decimal() else dtype


def _plain(value: Any, dtype: pl.DataType) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if dtype == pl.Boolean:
        return _of(value, bool, "true or false")
    if isinstance(value, bool):
        raise ValueError(f"the column is {dtype}, not true or false")
    if dtype.is_integer():
        return _of(value, int, "a whole number")
    if dtype.is_float() or dtype.is_decimal():
        number = float(_of(value, int | float | Decimal, "a number"))
        if not math.isfinite(number):
            raise ValueError("expected a finite number")
        return number
    if dtype == pl.String:
        return _of(value, str, "text")
    if dtype == pl.Date:
        return _time(value, dt.date, "a date, such as 2024-02-29")
    if dtype == pl.Time:
        return _time(value, dt.time, "a time of day, such as 08:30:00")
    if isinstance(dtype, pl.Datetime):
        return _time(value, dt.datetime, "an instant in UTC without zone, such as 2024-02-29T12:30:00")
    if dtype != pl.Null:
        raise ValueError(f"a value of type {type_word(dtype)} cannot be held")
    raise ValueError("the column holds only nulls")


def _of(value: Any, kind: Any, wanted: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"expected {wanted}, got {type(value).__name__}")
    return value


def _time(value: Any, kind: type[dt.date] | type[dt.time], wanted: str) -> Any:
    try:
        found = kind.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"expected {wanted}") from error
    naive = getattr(found, "tzinfo", None) is None
    if type(found) is not kind or not naive:
        raise ValueError(f"expected {wanted}")
    return found
