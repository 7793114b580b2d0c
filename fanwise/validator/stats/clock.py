"""A clock that runs as fast as a curve is high: on average one second a second over the time of the curve."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanwise.validator.contract.promises import Curve

__all__ = ["Clock"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HOUR, DAY, YEAR = 3_600, 86_400, 365.25
EPOCH = dt.datetime(1970, 1, 1)
MONDAY = 3
"""The weekday of 1970-01-01, a Thursday, counted from Monday."""


@dataclass(frozen=True)
class Clock:
    """The clock of a curve (None: a plain one) between two times, in seconds since 1970-01-01."""

    first: int
    speed: Floats
    before: Floats

    @classmethod
    def of(cls, curve: Curve | None, start: float, end: float) -> Clock:
        """Return the clock that runs from `start` to `end`, and over the time of the curve."""
        over = None if curve is None else tuple(_seconds(text) for text in curve.over)
        low, high = (start, end) if over is None else (min(start, over[0]), max(end, over[1]))
        first, last = int(low // HOUR), int(-(-high // HOUR))
        hours = np.arange(first, max(last, first + 1))
        speed = np.ones(len(hours)) if curve is None else _heights(curve, hours)
        if over is not None:
            plain = cls(first, speed, _before(speed))
            ticked = np.diff(plain.at(np.array(over)))[0]
            speed = speed * ((over[1] - over[0]) / ticked) if ticked > 0 else speed
        return cls(first, speed, _before(speed))

    def at(self, times: Floats, only: npt.NDArray[np.bool_] | None = None) -> Floats:
        """Return what the clock shows at times, float64 (n,); only: of the hours in which it runs, those that count."""
        speed = self.speed if only is None else np.where(only, self.speed, 0.0)
        before = self.before if only is None else _before(speed)
        since = np.clip(times - self.first * HOUR, 0.0, len(speed) * HOUR)
        hour = np.minimum((since // HOUR).astype(np.int64), len(speed) - 1)
        found: Floats = before[hour] + speed[hour] * (since - hour * HOUR)
        return found

    @property
    def months(self) -> Ints:
        """The month of each hour, from 0."""
        return _months(self._days)

    @property
    def weekdays(self) -> Ints:
        """The weekday of each hour, Monday as 0."""
        return _weekdays(self._days)

    @property
    def hours(self) -> Ints:
        """The hour of the day of each hour."""
        return self._numbers % 24

    @property
    def _numbers(self) -> Ints:
        return np.arange(self.first, self.first + len(self.speed))

    @property
    def _days(self) -> Ints:
        return self._numbers // 24


def _before(speed: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(speed) * HOUR))


def _heights(curve: Curve, hours: Ints) -> Floats:
    days = hours // 24
    height: Floats = np.ones(len(hours))
    for factors, at in ((curve.month, _months(days)), (curve.weekday, _weekdays(days)), (curve.hour, hours % 24)):
        if factors:
            height = height * np.array(factors)[at]
    height = height * curve.trend ** ((days - days[0]) / YEAR)
    for day, factor in curve.spikes.items():
        height = np.where(days == _seconds(day) // DAY, height * factor, height)
    return height


def _months(days: Ints) -> Ints:
    found: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return found


def _weekdays(days: Ints) -> Ints:
    return (days + MONDAY) % 7


def _seconds(text: str) -> float:
    return (dt.datetime.fromisoformat(text) - EPOCH).total_seconds()
