"""`choice` follows its weights, per segment where they are given so, and types its values."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from scipy import stats


def test_weights(column: Any) -> None:
    found = column("{choice: {US: 5, DE: 2, FR: 1}}", rows=8000).value_counts()
    counts = dict(found.iter_rows())

    assert stats.chisquare([counts["US"], counts["DE"], counts["FR"]], [5000, 2000, 1000]).pvalue > 1e-4


@pytest.mark.parametrize(
    ("keys", "dtype"),
    [
        ("{1: 1, 20: 1}", pl.Int64),
        ("{0.5: 1, 2: 1}", pl.Float64),
        ("{true: 3, false: 1}", pl.Boolean),
        ("{01: 1, 2: 1}", pl.String),
    ],
)
def test_types(column: Any, keys: str, dtype: pl.DataType) -> None:
    assert column(f"{{choice: {keys}}}", rows=10).dtype == dtype


def test_each_segment_has_its_own_mix(tables: Any) -> None:
    found = tables("""
segments: {tier: {table: t, share: {VIP: 0.5, Standard: 0.3, Casual: 0.2}}}
tables:
  t:
    rows: 9000
    columns:
      s: {segment: tier}
      x: {choice: {express: {tier: {VIP: 9, else: 1}}, normal: 3, never: {tier: {VIP: 0, Standard: 0, Casual: 4}}}}
""")["t"]
    shares = found.group_by("s").agg(
        (pl.col("x") == "express").mean().alias("e"), (pl.col("x") == "never").mean().alias("n")
    )
    by = {s: (e, n) for s, e, n in shares.iter_rows()}

    assert by["VIP"] == pytest.approx((0.75, 0.0), abs=0.03)
    assert by["Standard"] == pytest.approx((0.25, 0.0), abs=0.03)
    assert by["Casual"] == pytest.approx((0.125, 0.5), abs=0.04)
