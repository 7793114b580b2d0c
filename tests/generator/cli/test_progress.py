"""What stands beside the bar of a run."""

from __future__ import annotations

import pytest

from fanwise.generator.cli.progress import clock, told


def test_rows_rate_bytes_and_time_left_are_told() -> None:
    assert told(2_000_000, 6_000_000, 2.0, 34_500_000).split() == [
        *["33%", "2,000,000", "rows", "1,000,000/s", "34.5", "MB", "0:04", "left"]
    ]


def test_nothing_is_guessed_before_the_first_rows_and_none_is_left_after_the_last() -> None:
    assert told(0, 100, 0.0, 0).split() == ["0", "rows"]
    assert told(3, 5_300_000, 0.13, 0).split() == ["0%", "3", "rows", "23/s"]  # not 64 hours
    assert told(120, 100, 1.0, 0).endswith("0:00 left")
    assert "left" not in told(120, None, 1.0, 0)


def test_the_line_fits_a_terminal_of_80_columns() -> None:
    widest = told(9_999_999_999, 10**11, 10_000.0, 999_400_000_000)

    assert len("generate") + 1 + 10 + 1 + len(widest) <= 80


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (0.4, "0:00"), (59.6, "1:00"), (61, "1:01"), (3600, "1:00:00"), (36061, "10:01:01")],
)
def test_durations_are_clocks(seconds: float, text: str) -> None:
    assert clock(seconds) == text
