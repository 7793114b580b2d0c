"""Numbers as reports show them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.text.numbers import (
    bytes_text,
    count,
    decimal,
    instant,
    number,
    p_text,
    percent,
    rounded_up,
    times,
    told_apart,
)  # fmt: skip


@pytest.mark.parametrize(
    ("x", "text"),
    [(0, "0"), (1.2345, "1.23"), (0.0123456, "0.0123"), (1690.4, "1,690"), (999_999, "1,000,000"), (1e20, "1.00e+20"),
     (1e-9, "1.00e-09"), (-2.5, "-2.50"), (math.nan, "–"), (None, "–")],
)  # fmt: skip
def test_three_significant_digits(x: float | None, text: str) -> None:
    assert number(x) == text


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1, 1),
    st.integers(0, 20),
    st.sampled_from(["number", "percent"]),
)
def test_different_numbers_look_different_and_equal_ones_alike(x: float, part: float, small: int, how: str) -> None:
    near = x + part * x * 10.0**-small if how == "number" else part
    x = x if how == "number" else math.fmod(x, 1)
    write, digits = (number, 3) if how == "number" else (percent, 1)
    one, other = told_apart(x, near, write, digits)
    if x == near:
        assert one == other == write(x, digits)
    elif (
        math.isfinite(near)
        and abs(x - near) > 1e-15 * max(abs(x), 1e-290)
        and (how == "number" or abs(x - near) > 1e-16)
    ):
        assert one != other


def test_as_few_digits_as_tell_them_apart() -> None:
    assert told_apart(19_803_112, 19_797_540) == ("19,803,000", "19,798,000")
    assert told_apart(23.3, 42.0) == ("23.3", "42.0")
    assert told_apart(0.12341, 0.12344, percent, 1) == ("12.341 %", "12.344 %")
    assert told_apart(None, 2.0) == ("–", "2.00")


def test_the_others() -> None:
    assert [times(1.4), times(0.05), times(None), times(math.inf)] == ["1.40×", "0.0500×", "–", "–"]
    assert [percent(0.164), percent(-0.04, 0), percent(math.nan)] == ["16.4 %", "-4 %", "–"]
    assert [p_text(0.0004), p_text(0.0234), p_text(None)] == ["< 0.001", "0.023", "–"]
    assert [count(1, "row"), count(1200, "row")] == ["1 row", "1,200 rows"]
    assert [rounded_up(197 / 0.1194), rounded_up(12.2), rounded_up(1_234_567)] == [1650, 13, 1_240_000]
    assert [decimal(1234.5), decimal(1e13), decimal(None)] == ["1,234.50", "1.000e+13", "–"]


@pytest.mark.parametrize(("size", "text"), [(999.6, "1 kB"), (999.4, "999 B"), (1e6, "1 MB"), (1234567, "1.23 MB")])
def test_sizes_have_three_digits(size: float, text: str) -> None:
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("iso", "text"),
    [("2024-12-31T22:14:13+00:00", "2024-12-31 22:14:13"), ("2024-12-31T00:00:00+00:00", "2024-12-31")],
)
def test_a_midnight_is_a_day(iso: str, text: str) -> None:
    assert instant(iso) == text
