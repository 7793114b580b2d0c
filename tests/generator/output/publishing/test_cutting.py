"""Parts hold so many rows that they take about PART_BYTES, whatever the width of their table."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.generator.output.publishing.cutting import PART_BYTES, PART_ROWS, rows_of_part, rows_of_parts

NARROW = pl.Schema({"id": pl.Int64(), "flag": pl.Boolean()})
WIDE = pl.Schema({f"amount_{i}": pl.Decimal(15, 2) for i in range(12)} | {"note": pl.String(), "day": pl.Date()})


def test_a_narrow_table_is_cut_by_rows_and_a_wide_one_by_bytes() -> None:
    assert rows_of_part(NARROW) == PART_ROWS
    assert rows_of_part(WIDE) == 262_144
    assert rows_of_part(WIDE) * (12 * 16 + 24 + 4) <= PART_BYTES


@pytest.mark.parametrize("columns", [1, 10, 100, 10_000])
def test_rows_are_a_power_of_two_within_bounds(columns: int) -> None:
    rows = rows_of_part(pl.Schema({f"c{i}": pl.Float64() for i in range(columns)}))

    assert rows & (rows - 1) == 0
    assert 65_536 <= rows <= PART_ROWS


def test_a_smaller_bound_wins() -> None:
    assert rows_of_parts({"a": NARROW, "b": WIDE}, most=100) == {"a": 100, "b": 100}


def test_a_table_without_columns_is_a_table() -> None:
    assert rows_of_part(pl.Schema()) == PART_ROWS
