"""Which instants a column follows: one that never comes after it, unless the order says nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fanwise

START = dt.datetime(2024, 1, 1)


@pytest.mark.parametrize(("follows", "found"), [(True, "after: {column: joined"), (False, "between: [")])
def test_an_order_of_years_that_are_apart_is_a_law_only_where_both_rise(
    tmp_path: Path, follows: bool, found: str
) -> None:
    random = np.random.default_rng(5)
    joined, later = random.integers(0, 100, 300), random.integers(0, 60, 300)
    bought = joined + 360 + later if follows else 366 + 5 * later
    assert max(joined) < min(bought)
    days = {
        name: [START + dt.timedelta(days=int(n)) for n in each]
        for name, each in (("joined", joined), ("bought", bought))
    }
    pl.DataFrame({"id": range(1, 301), **days}).write_parquet(tmp_path / "sale.parquet")

    text = fanwise.infer(tmp_path / "sale.parquet")

    (line,) = (line for line in text.splitlines() if line.strip().startswith("bought:"))
    assert found in line
