"""`constant` keeps the type of what is written."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest


@pytest.mark.parametrize(
    ("text", "value", "dtype"),
    [
        ("EUR", "EUR", pl.String),
        ("5", 5, pl.Int64),
        ("2.5", 2.5, pl.Float64),
        ("true", True, pl.Boolean),
        ("NO", "NO", pl.String),
    ],
)
def test_value_and_type(column: Any, text: str, value: object, dtype: pl.DataType) -> None:
    found = column(f"{{constant: {text}}}", rows=3)

    assert found.to_list() == [value] * 3
    assert found.dtype == dtype


def test_null(column: Any) -> None:
    assert column("{constant: null}", rows=2).to_list() == [None, None]
