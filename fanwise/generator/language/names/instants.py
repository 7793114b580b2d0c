"""Dates, durations and shares as they are written in a schema."""

from __future__ import annotations

import datetime as dt
import re

__all__ = [
    "INSTANT_FORM",
    "is_instant",
    "parse_day",
    "parse_duration",
    "parse_instant",
    "parse_share",
    "parse_time",
    "parse_trend",
]

EPOCH = dt.datetime(1970, 1, 1)
INSTANT_FORM = "write 2024-01-31 or 2024-01-31T12:30:00"
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z?)?")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhdw])")


def is_instant(text: str) -> bool:
    """Return whether a text is meant as a date or an instant (rather than as a name)."""
    return text[:1].isdigit()


def parse_instant(text: str) -> int:
    """Return microseconds since 1970-01-01 UTC of `2024-01-31` or `2024-01-31T12:30:00` (raises ValueError)."""
    if not _INSTANT.fullmatch(text):
        raise ValueError("is not a date")
    try:
        moment = dt.datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError as error:
        raise ValueError(f"is not a date: {error}") from error
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def parse_day(text: str) -> dt.date:
    """Return the day of `2024-11-29` (raises ValueError)."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"is not a day: {error}") from error


def parse_time(text: str) -> dt.time:
    """Return the time of day of `08:30` or `08:30:00` (raises ValueError)."""
    if not _TIME.fullmatch(text):
        raise ValueError("is not a time of day, such as 08:30:00")
    try:
        return dt.time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"is not a time of day: {error}") from error


def parse_duration(text: str) -> float:
    """Return the seconds of `90s`, `15m`, `3h`, `2d`, `1w` (raises ValueError)."""
    match = _DURATION.fullmatch(text)
    if match is None or len(text) > 30:
        raise ValueError("is not a duration")
    return float(match[1]) * SECONDS[match[2]]


def parse_share(value: float | str) -> float:
    """Return the share of `2%` or 0.02 (raises ValueError outside 0 to 1)."""
    share = float(value[:-1]) / 100 if isinstance(value, str) else float(value)
    if not 0 <= share <= 1:
        raise ValueError("a share is between 0 and 1 (0 % and 100 %)")
    return share


def parse_trend(text: str) -> float:
    """Return the growth factor a year of `8%/y`: 1.08 (raises ValueError where nothing would be left)."""
    factor = 1 + float(text.removesuffix("%/y")) / 100
    if not 0 < factor <= 1000:
        raise ValueError("a yearly growth is above -100 % and at most 99900 %")
    return factor
