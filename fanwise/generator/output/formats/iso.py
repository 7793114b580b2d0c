"""Instants and times of day as the texts of ISO 8601."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

__all__ = ["iso_texts"]


def iso_texts(frame: pl.DataFrame, types: Collection[pl.DataType]) -> pl.DataFrame:
    """Return the frame with its columns of these types as texts: `2024-01-31T23:59:00`, with `Z` for UTC, `23:59:00`.

    A fraction of a second has the digits that it needs, in threes.
    """
    texts = {name: _text(name, dtype) for name, dtype in frame.schema.items() if dtype in types}
    return frame.with_columns(**texts) if texts else frame


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name).dt
    if isinstance(dtype, pl.Datetime):
        return column.to_string(f"%Y-%m-%dT%H:%M:%S%.f{'Z' if dtype.time_zone else ''}")
    return column.to_string("%H:%M:%S%.f")
