"""Cells as the table of defects writes them: the text that DuckDB casts back to the same value."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

__all__ = ["key_text", "text_of"]


def text_of(values: pl.Series) -> pl.Series:
    """Return values as text: ISO dates and instants, the shortest decimals of floats."""
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is not None:
        return values.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%d %H:%M:%S%.f+00")
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.to_string("%Y-%m-%d %H:%M:%S%.f")
    return values.cast(pl.String)


def key_text(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """Return the key of each row: the text of its column, or of its columns with `|` between them.

    In a key of several columns, `\\` and `|` within a text have a `\\` before them.
    """
    if len(key) == 1:
        return text_of(frame[key[0]])
    parts = [text_of(frame[name]).str.replace_all("\\", "\\\\", literal=True) for name in key]
    parts = [part.str.replace_all("|", "\\|", literal=True).alias(str(at)) for at, part in enumerate(parts)]
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator="|")).to_series()
