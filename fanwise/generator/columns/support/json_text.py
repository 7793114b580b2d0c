"""Nested values as JSON, escaped by Polars."""

from __future__ import annotations

import polars as pl

__all__ = ["is_nested", "iso_parts", "json_text"]


def is_nested(dtype: pl.DataType) -> bool:
    """Return whether values of a type have parts."""
    return isinstance(dtype, pl.Struct | pl.List)


def json_text(series: pl.Series) -> pl.Series:
    """Return structs or lists as JSON texts; null stays null. Instants and times are ISO 8601, decimals are texts."""
    frame = series.alias("x").to_frame().with_columns(iso_parts(pl.col("x"), series.dtype).alias("x"))
    if isinstance(series.dtype, pl.Struct):
        out = frame.select(pl.col("x").struct.json_encode()).to_series()
    else:  # Polars encodes structs only
        whole = frame.select(pl.struct("x").struct.json_encode().alias("x"))
        out = whole.select(pl.col("x").str.slice(5).str.head(-1)).to_series()
    missing = series.is_null()
    if missing.any():
        out = pl.select(pl.when(~missing).then(out)).to_series()
    return out.alias(series.name)


def iso_parts(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return the expression of values whose instants and times, at any depth, are texts of ISO 8601."""
    if isinstance(dtype, pl.Datetime):
        return value.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.f{'Z' if dtype.time_zone else ''}")
    if isinstance(dtype, pl.Time):
        return value.dt.to_string("%H:%M:%S%.f")
    if not _has_times(dtype):
        return value
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        assert isinstance(inner, pl.DataType)
        return value.list.eval(iso_parts(pl.element(), inner))
    assert isinstance(dtype, pl.Struct)
    parts = [iso_parts(value.struct.field(field.name), _typed(field)).alias(field.name) for field in dtype.fields]
    return pl.when(value.is_not_null()).then(pl.struct(parts))


def _has_times(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(_has_times(_typed(field)) for field in dtype.fields)
    if isinstance(dtype, pl.List):
        return isinstance(dtype.inner, pl.DataType) and _has_times(dtype.inner)
    return isinstance(dtype, pl.Datetime | pl.Time)


def _typed(field: pl.Field) -> pl.DataType:
    assert isinstance(field.dtype, pl.DataType)
    return field.dtype
