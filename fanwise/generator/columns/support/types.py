"""Types of columns: names of the language, types of Polars, and values from one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.columns.support.instants import DAY, as_date, as_timestamp
from fanwise.generator.distributions.rounded import Rounding
from fanwise.generator.language.literals import size_of, type_yields, word_of
from fanwise.generator.numerics.rounding import round_half_away
from fanwise.generator.values import INTEGER, TIMESTAMP, Values
from fanwise.io.problems import shown

__all__ = [
    "as_written",
    "cast",
    "common_type",
    "polars_type",
    "rounding_of",
    "spelled",
    "stored_type",
    "type_word",
    "written_type",
    "zoned",
]

_SIMPLE: Mapping[str, pl.DataType] = {
    "int8": pl.Int8(), "int16": pl.Int16(), "int32": pl.Int32(), "int64": pl.Int64(),
    "float32": pl.Float32(), "float64": pl.Float64(), "bool": pl.Boolean(), "date": pl.Date(), "time": pl.Time(),
    "timestamp": TIMESTAMP, "timestamptz": TIMESTAMP,
    **dict.fromkeys(("text", "varchar", "char", "uuid", "json"), pl.String()),
}  # fmt: skip
_NANOSECONDS = 1_000  # of a microsecond


def rounding_of(digits: int | None, wanted: str | None) -> Rounding | None:
    """Return what happens to fractions that are rounded to `digits` and then written as the type `wanted`, if any."""
    target = pl.Float64() if wanted is None else polars_type(wanted)
    if digits is None or not target.is_numeric():
        return None
    if isinstance(target, pl.Decimal):
        return Rounding(digits, target.scale)
    return Rounding(digits, 0, to_even=True) if target.is_integer() else Rounding(digits)


def cast(values: Values, wanted: str) -> Values:
    """Return the values as the language's type `wanted`; whole numbers are rounded half to even, decimals half away.

    Raises ValueError for a value that the type does not hold, and for a text that is too long, or of another length
    than that of `char(n)`.
    """
    target = polars_type(wanted)
    if (moved := _between_times(values, target)) is not None:
        return moved
    if target == pl.String():
        text = values if values.dtype == target else Values.of(values.series().cast(target)).with_null(values.null)
        return _sized(text, wanted)
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
    if target.is_temporal() and series.dtype == pl.String:
        return Values.of(_read_as(series, target))
    out = _converted(series, target)
    if target.is_decimal():
        return replace(values, dtype=target)
    if target.is_integer() or target.is_float():
        wide = out.cast(pl.Int64 if target.is_integer() else pl.Float64)
        return replace(Values.of(wide), dtype=target).with_null(values.null)
    return Values.of(out).with_null(values.null)


def _converted(series: pl.Series, target: pl.DataType) -> pl.Series:
    """Return a series of another type (raises ValueError with a value that the type does not hold)."""
    try:
        return series.cast(target)
    except pl.exceptions.InvalidOperationError:
        lost = series.filter(series.cast(target, strict=False).is_null() & series.is_not_null())
        if lost.is_empty():
            raise
        more = f", and {len(lost) - 1:,} more of {len(series):,} values" if len(lost) > 1 else ""
        raise ValueError(f"{lost[0]}{more}") from None


def _between_times(values: Values, target: pl.DataType) -> Values | None:
    """Return instants as days or times of day, or days as instants; None for all other types."""
    if target == pl.Date() and values.dtype == TIMESTAMP:
        return as_date(values)
    if target == TIMESTAMP and values.dtype == pl.Date():
        return as_timestamp(values)
    if target == pl.Time() and values.dtype == TIMESTAMP:
        return replace(values, data=np.mod(values.data, DAY) * _NANOSECONDS, dtype=target)
    return None


def _sized(values: Values, wanted: str) -> Values:
    """Return texts as they are (raises ValueError for one that `varchar(n)` or `char(n)` does not hold)."""
    word = word_of(wanted)
    if word not in ("varchar", "char"):
        return values
    size, texts = size_of(wanted), values.series()
    lengths = texts.str.len_chars()
    wrong = lengths > size if word == "varchar" else (lengths != size) | texts.str.ends_with(" ")
    if found := texts.filter(wrong).head(1).to_list():
        ends = " and a blank at its end" if len(found[0]) == size else ""
        raise ValueError(f"{shown(found[0])} has {len(found[0])} characters{ends}")
    return values


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


def _read_as(texts: pl.Series, target: pl.DataType) -> pl.Series:
    """Return texts as days, times of day or instants."""
    if target == pl.Date():
        return texts.str.to_date("%Y-%m-%d")
    if target == pl.Time():
        whole = (
            texts + pl.select(pl.when(texts.str.len_bytes() == 5).then(pl.lit(":00")).otherwise(pl.lit(""))).to_series()
        )
        return whole.str.to_time("%H:%M:%S%.f")
    return _instants(texts)


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


def common_type(types: Iterable[pl.DataType], declared: str | None = None) -> pl.DataType:
    """Return the type that a column of the first of these types takes where values of the others are put in.

    A column of texts, or one that is declared as text, takes all as text; one of nulls is text. Raises PolarsError
    where values are of another sort than the first.
    """
    first, *others = types
    found = dict.fromkeys([written_type(first), *(dtype for dtype in others if dtype != pl.Null())])
    if written_type(first) == pl.String() or (declared is not None and type_yields(declared) == "text"):
        return pl.String()
    if len({_sort(dtype) for dtype in found}) > 1:
        raise pl.exceptions.SchemaError(f"values of several sorts: {', '.join(map(str, found))}")
    return pl.concat([pl.Series(dtype=dtype).to_frame() for dtype in found], how="vertical_relaxed").dtypes[0]


def _sort(dtype: pl.DataType) -> str:
    """Return the sort of values that `when` may mix."""
    if dtype.is_numeric():
        return "number"
    return "instant" if dtype in (pl.Date(), TIMESTAMP) else str(dtype)


def polars_type(wanted: str) -> pl.DataType:
    """Return the Polars type of a type name of the language."""
    if wanted.startswith("decimal"):
        precision, _, scale = wanted.removeprefix("decimal").strip("() ").partition(",")
        return pl.Decimal(int(precision), int(scale or 0))
    return _SIMPLE[word_of(wanted)]


def spelled(value: Any, dtype: pl.DataType) -> str:
    """Return how the files spell a value of a column of this type."""
    if dtype == pl.Boolean and isinstance(value, str):
        return value
    series = pl.Series([value])
    if series.dtype == pl.Boolean and dtype.is_decimal():  # Polars has no way from one to the other
        series = series.cast(pl.Int64)
    return str(series.cast(dtype).cast(pl.String)[0])


def type_word(dtype: pl.DataType) -> str:
    """Return the language's name of a type (`int64`, `text`, `decimal(10,2)`, …); a column of nulls only is text."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.List):
        return f"list({type_word(_typed(dtype.inner))})"
    if isinstance(dtype, pl.Struct):
        return f"struct({', '.join(f'{part.name} {type_word(_typed(part.dtype))}' for part in dtype.fields)})"
    if isinstance(dtype, pl.Datetime):
        return "timestamp" if dtype.time_zone is None else "timestamptz"
    if isinstance(dtype, pl.String | pl.Enum | pl.Categorical | pl.Null):
        return "text"
    return "bool" if isinstance(dtype, pl.Boolean) else str(dtype).lower()


def _typed(dtype: object) -> pl.DataType:
    assert isinstance(dtype, pl.DataType)
    return dtype


def zoned(dtype: pl.DataType, wanted: str) -> pl.DataType:
    """Return the type in which the files have values of the engine's type: instants with their zone or without."""
    return pl.Datetime("us", "UTC") if wanted == "timestamptz" else dtype


def as_written(series: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return the series of a column as the files have it."""
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None and series.dtype == TIMESTAMP:
        return series.dt.replace_time_zone(dtype.time_zone)
    return series
