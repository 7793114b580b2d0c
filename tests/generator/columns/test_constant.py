"""`constant` keeps the type of what is written."""

from __future__ import annotations

import datetime as dt
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{constant: 2024-01-31, type: date}", dt.date(2024, 1, 31)),
        ("{choice: {2024-02-29: 1}, type: date}", dt.date(2024, 2, 29)),
        ("{constant: 2024-01-31, type: timestamp}", dt.datetime(2024, 1, 31)),
        ('{constant: "2024-01-31T12:30", type: timestamp}', dt.datetime(2024, 1, 31, 12, 30)),
        ('{constant: "2024-01-31 12:30:05Z", type: timestamp}', dt.datetime(2024, 1, 31, 12, 30, 5)),
    ],
)
def test_texts_of_the_file_can_be_days_and_instants(column: Any, text: str, value: object) -> None:
    assert column(text, rows=2).to_list() == [value] * 2
