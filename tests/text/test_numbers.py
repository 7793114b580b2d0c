"""Numbers as reports show them."""

from __future__ import annotations

import math

import pytest

from fanwise.text.numbers import bytes_text, count, decimal, instant, number, p_text, percent, rounded_up, times


@pytest.mark.parametrize(
    ("x", "text"),
    [(0, "0"), (1.2345, "1.23"), (0.0123456, "0.0123"), (1690.4, "1,690"), (999_999, "1,000,000"), (1e20, "1.00e+20"),
     (1e-9, "1.00e-09"), (-2.5, "-2.50"), (math.nan, "–"), (None, "–")],
)  # fmt: skip
def test_three_significant_digits(x: float | None, text: str) -> None:
    assert number(x) == text


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
