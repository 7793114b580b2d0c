"""Literals of time: DATE '2024-12-31', TIMESTAMP '2024-12-31 23:59:59' and INTERVAL '3 days'."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["EXAMPLES", "is_interval", "read_moment"]

EXAMPLES = {
    "date": "DATE '2024-12-31'",
    "timestamp": "TIMESTAMP '2024-12-31 23:59:59'",
    "interval": "INTERVAL '3 days'",
}

_INTERVAL = re.compile(r"'[0-9]{1,6} (?:second|minute|hour|day|week|month|year)s?'")
_SHAPES = {
    "date": re.compile(r"'[0-9]{4}-[0-9]{2}-[0-9]{2}'"),
    "timestamp": re.compile(r"'[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}'"),
}


def is_interval(text: str) -> bool:
    """Return whether a text literal, quotes and all, is one number and one unit."""
    return _INTERVAL.fullmatch(text) is not None


def read_moment(word: str, text: str) -> dt.datetime | None:
    """Return the moment that a literal after `word` ("date" or "timestamp") writes, or None where it writes none."""
    if not _SHAPES[word].fullmatch(text):
        return None
    try:
        return dt.datetime.fromisoformat(text[1:-1])
    except ValueError:
        return None
