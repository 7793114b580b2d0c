"""Digits: no value has more of them than its column is rounded to; the last bits of a double do not count."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fanwise
from fanwise.validator import Status


def found(values: list[float], decimals: int, kind: str = "float64") -> dict[str, tuple[Status, int]]:
    frame = pl.DataFrame({"x": values})
    contract = {"contract": 1, "name": "one", "tables": {"t": {"columns": {"x": {"type": kind, "decimals": decimals}}}}}
    report = fanwise.audit({"t": frame}, contract, threads=1)
    return {
        each.id: (each.status, int(str(each.evidence.get("rows", 0))))
        for each in report.findings
        if each.check == "digits"
    }


@pytest.mark.parametrize(
    ("values", "decimals", "broken"),
    [
        ([0.07, 1.005, 2.675], 2, 2),
        ([0.07, 1.01, -2.67, 0.0], 2, 0),
        ([float("inf"), float("nan"), 0.5], 1, 0),
        ([1.0, 2.0, 2.5], 0, 1),
        ([123_456_789_012.34, 123_456_789_012.345], 2, 1),
    ],
)
def test_values_with_more_digits_fail(values: list[float], decimals: int, broken: int) -> None:
    assert found(values, decimals) == {"digits.t.x": (Status.FAIL if broken else Status.PASS, broken)}


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=200), st.integers(0, 6))
def test_a_rounded_value_is_never_accused(whole: list[int], decimals: int) -> None:
    """The same law in Python; the SQL is compared with it above."""
    steps = (np.array(whole, dtype=np.float64) / 10.0**decimals) * 10.0**decimals

    assert (np.abs(steps - np.round(steps)) <= 1e-9 + 1e-15 * np.abs(steps)).all()


@pytest.mark.parametrize("kind", ["float32", "decimal(9,2)"])
def test_a_type_that_gives_the_digits_is_not_asked(kind: str) -> None:
    assert found([0.5], 2, kind) == {}
