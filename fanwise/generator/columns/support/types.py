"""Types of columns: names of the language, types of Polars, and values from one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from fanwise.generator.columns.support.instants import as_date, as_timestamp
from fanwise.generator.distributions.rounded import Rounding
from fanwise.generator.numerics.rounding import round_half_away
from fanwise.generator.values import INTEGER, TIMESTAMP, Values

__all__ = ["cast", "common_type", "polars_type", "rounding_of", "stored_type", "written_type"]


def rounding_of(digits: int | None, wanted: str | None) -> Rounding | None:
    """Return what happens to fractions that are rounded to `digits` and then written as the type `wanted`, if any."""
    if digits is None or wanted in {"text", "bool", "date", "timestamp"}:
        return None
    target = pl.Float64() if wanted is None else polars_type(wanted)
    if isinstance(target, pl.Decimal):
        return Rounding(digits, target.scale)
    return Rounding(digits, 0, to_even=True) if target.is_integer() else Rounding(digits)


def cast(values: Values, wanted: str) -> Values:
    """Return the values as the language's type `wanted`; whole numbers are rounded half to even, decimals half away."""
    if wanted == "date" and values.dtype == TIMESTAMP:
        return as_date(values)
    if wanted == "timestamp" and values.dtype == pl.Date():
        return as_timestamp(values)
    target = polars_type(wanted)
    if target.is_numeric() and values.null is not None and values.null.all():
        nothing = np.zeros(len(values), dtype=np.float64 if target.is_float() else np.int64)
        return Values(nothing, target, null=values.null)
    if target.is_decimal() and values.dtype == pl.Boolean():
        values = replace(values, data=np.asarray(values.data).astype(np.int64), dtype=INTEGER)
    if isinstance(target, pl.Decimal) and values.dtype == pl.Float64() and values.labels is None:
        values = replace(values, data=round_half_away(values.data, target.scale))  # Polars has a rule of its own
    if _fits(values, target):
        return replace(values, dtype=target)
    series = values.series()
    if series.dtype == pl.Float64 and target.is_integer():
        series = pl.Series(np.rint(series.fill_null(0.0).to_numpy()))
    if wanted in {"date", "timestamp"} and series.dtype == pl.String:
        return Values.of(series.str.to_date("%Y-%m-%d") if wanted == "date" else _instants(series))
    out = series.cast(target)
    if target.is_decimal():
        return replace(values, dtype=target)
    if target.is_integer() or target.is_float():
        wide = out.cast(pl.Int64 if target.is_integer() else pl.Float64)
        return replace(Values.of(wide), dtype=target).with_null(values.null)
    return Values.of(out).with_null(values.null)


_LARGEST: Mapping[pl.DataType, int] = {
    pl.Int8(): (1 << 7) - 1, pl.Int16(): (1 << 15) - 1, pl.Int32(): (1 << 31) - 1, pl.Int64(): (1 << 63) - 1,
}  # fmt: skip


def _fits(values: Values, target: pl.DataType) -> bool:
    """Return whether `series` can make the target of all numbers as they are: then nothing is converted here."""
    if values.labels is not None:
        return False
    if isinstance(target, pl.Decimal) and values.dtype in {INTEGER, pl.Float64()}:
        most = 10 ** (target.precision - target.scale) - 1  # rounding to the scale may add up to ½
    elif target.is_integer() and values.dtype == INTEGER:
        most = _LARGEST[target]
    else:
        return False
    numbers = np.asarray(values.data)
    return not len(numbers) or bool(-most < numbers.min() and numbers.max() < most)


def _instants(texts: pl.Series) -> pl.Series:
    """Return texts as instants: a day, to the minute or to the second, with `T` or a blank."""
    plain = texts.str.replace("T", " ", literal=True).str.strip_suffix("Z")
    frame = plain.to_frame("text").with_columns(size=pl.col("text").str.len_bytes())
    ending = pl.when(pl.col("size") == 10).then(pl.lit(" 00:00:00")).when(pl.col("size") == 16).then(pl.lit(":00"))
    whole = frame.select(pl.col("text") + ending.otherwise(pl.lit(""))).to_series()
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")


def written_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type in which a column is written that draws this one: nulls alone are text."""
    return pl.String() if dtype == pl.Null() else dtype


def stored_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type in which the engine keeps a series of this type."""
    return Values.of(pl.Series(dtype=dtype)).dtype


def common_type(types: Iterable[pl.DataType]) -> pl.DataType:
    """Return the type that a column of the first of these types takes where values of the others are put in.

    It is text where one is text, and a column of nulls is text. Raises PolarsError where no type fits.
    """
    first, *others = types
    found = dict.fromkeys([written_type(first), *(dtype for dtype in others if dtype != pl.Null())])
    if pl.String() in found:
        return pl.String()
    return pl.concat([pl.Series(dtype=dtype).to_frame() for dtype in found], how="vertical_relaxed").dtypes[0]


def polars_type(wanted: str) -> pl.DataType:
    """Return the Polars type of a type name of the language."""
    if wanted.startswith("decimal"):
        precision, _, scale = wanted.removeprefix("decimal").strip("() ").partition(",")
        return pl.Decimal(int(precision), int(scale or 0))
    simple: Mapping[str, pl.DataType] = {
        "int8": pl.Int8(), "int16": pl.Int16(), "int32": pl.Int32(), "int64": pl.Int64(),
        "float32": pl.Float32(), "float64": pl.Float64(), "text": pl.String(), "date": pl.Date(),
        "timestamp": TIMESTAMP, "bool": pl.Boolean(),
    }  # fmt: skip
    return simple[wanted]
