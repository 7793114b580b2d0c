"""Frames that hold every type and every awkward value."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

AWKWARD_TEXTS = [
    "",
    None,
    "plain",
    'a "quoted" word',
    "two\nlines\r\n",
    "comma, semicolon; tab\t",
    "naïve 中文 😀",
    "null",
]


@pytest.fixture
def every_type() -> pl.DataFrame:
    """Eight rows of each type of the language, extremes and nulls among them."""
    count = len(AWKWARD_TEXTS)

    def fill(values: list[object]) -> list[object]:
        return (values + [None] * count)[:count]

    moments = [dt.datetime(2024, 2, 29, 23, 59, 58), dt.datetime(1969, 12, 31, 0, 0, 1, 5), dt.datetime(2024, 1, 1)]
    columns: dict[str, pl.Series] = {
        f"int{bits}": pl.Series(fill([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1]), dtype=kind)
        for bits, kind in ((8, pl.Int8), (16, pl.Int16), (32, pl.Int32), (64, pl.Int64))
    }
    columns |= {
        "float32": pl.Series(fill([0.1, -3.4e38, 1e-9, 16777217.0]), dtype=pl.Float32),
        "float64": pl.Series(fill([0.1, 1e16, 5e-324, 1.7976931348623157e308, -0.0, 123456.789]), dtype=pl.Float64),
        "money": pl.Series(fill([Decimal("1.50"), Decimal("-99999999999999.99"), Decimal("0.00")])).cast(
            pl.Decimal(16, 2)
        ),
        "text": pl.Series(AWKWARD_TEXTS, dtype=pl.String),
        "flag": pl.Series(fill([True, False]), dtype=pl.Boolean),
        "day": pl.Series(fill([dt.date(2024, 2, 29), dt.date(1969, 12, 31)]), dtype=pl.Date),
        "moment": pl.Series(fill(list(moments)), dtype=pl.Datetime("us")),
        "nothing": pl.Series(fill([]), dtype=pl.Int64),
    }
    return pl.DataFrame(columns)


@pytest.fixture(params=["values", "no rows"])
def frame(request: pytest.FixtureRequest, every_type: pl.DataFrame) -> pl.DataFrame:
    return every_type if request.param == "values" else every_type.clear()
