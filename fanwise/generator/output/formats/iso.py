"""Instants, times of day and nested values as texts, for formats that do not have them."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from fanwise.generator.columns.support.json_text import is_nested, iso_parts, json_text

__all__ = ["iso_texts", "json_texts"]


def iso_texts(frame: pl.DataFrame, types: Collection[pl.DataType]) -> pl.DataFrame:
    """Return the frame with its columns of these types as texts: `2024-01-31T23:59:00`, with `Z` for UTC, `23:59:00`.

    A fraction of a second has the digits that it needs, in threes. Nested values have such texts at any depth.
    """
    wanted = {name: dtype for name, dtype in frame.schema.items() if dtype in types or is_nested(dtype)}
    return frame.with_columns(iso_parts(pl.col(name), dtype).alias(name) for name, dtype in wanted.items())


def json_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its structs and lists as JSON texts."""
    nested = [json_text(frame[name]) for name, dtype in frame.schema.items() if is_nested(dtype)]
    return frame.with_columns(nested) if nested else frame
