"""The clock of a curve, with a sum over every hour as the reference."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from fanwise.validator import Curve
from fanwise.validator.stats.clock import Clock

CURVE = Curve(
    ("2024-01-01T00:00:00", "2025-01-01T00:00:00"),
    month=(1, 0.5, *[1] * 8, 3, 1),
    weekday=(1, 1, 1, 1, 1, 2, 0),
    hour=(*[1] * 20, 4, 1, 1, 1),
    trend=1.4,
    spikes={"2024-11-29": 5},
)
EPOCH = dt.datetime(1970, 1, 1)


def seconds(*instant: int) -> float:
    return (dt.datetime(*instant) - EPOCH).total_seconds()


def height(hour: dt.datetime) -> float:
    day = (hour.date() - dt.date(2024, 1, 1)).days
    found = CURVE.month[hour.month - 1] * CURVE.weekday[hour.weekday()] * CURVE.hour[hour.hour]
    return found * 1.4 ** (day / 365.25) * (5 if hour.date() == dt.date(2024, 11, 29) else 1)


def test_a_plain_clock_shows_seconds() -> None:
    clock = Clock.of(None, 10_000.0, 90_000.0)

    assert np.diff(clock.at(np.array([10_000.0, 10_007.5, 90_000.0]))).tolist() == pytest.approx([7.5, 79_992.5])


def test_the_clock_adds_up_the_heights_of_hours_and_has_the_mean_1() -> None:
    clock = Clock.of(CURVE, seconds(2024, 6, 1), seconds(2024, 7, 1))
    hours = [dt.datetime(2024, 1, 1) + dt.timedelta(hours=at) for at in range(366 * 24)]
    heights = np.array([height(hour) for hour in hours])
    whole, one, part = np.diff(
        clock.at(np.array([seconds(2024, 1, 1), seconds(2025, 1, 1), seconds(2024, 11, 29, 20), seconds(2024, 11, 29, 20, 30)]))
    )[[0, 2, 2]]  # fmt: skip
    expected = heights[hours.index(dt.datetime(2024, 11, 29, 20))] / heights.mean() * 1800

    assert whole == pytest.approx(366 * 86_400)
    assert one == part == pytest.approx(expected)
    assert np.diff(clock.at(np.array([seconds(2024, 6, 2), seconds(2024, 6, 3)])))[0] == 0  # a Sunday


def test_the_hours_that_count_add_up_to_all() -> None:
    clock = Clock.of(CURVE, seconds(2023, 12, 1), seconds(2024, 7, 1))
    ends = np.array([seconds(2024, 1, 5, 7, 12), seconds(2024, 6, 20, 3)])
    whole = np.diff(clock.at(ends))[0]

    for classes in (clock.months, clock.weekdays, clock.hours):
        parts = [np.diff(clock.at(ends, classes == one))[0] for one in np.unique(classes)]
        assert sum(parts) == pytest.approx(whole)
    assert clock.months[0] == 11
    assert clock.weekdays[0] == dt.date(2023, 12, 1).weekday()
