"""The calendar: instants of the years 1 to 9999, which all formats and databases can write."""

from __future__ import annotations

import datetime as dt

import numpy as np

from fanwise.generator.columns.support.instants import SECOND
from fanwise.generator.context import Ints
from fanwise.generator.errors import PlanError
from fanwise.generator.values import Mask, Values

__all__ = ["END", "LONGEST", "later", "whole_seconds"]

_EPOCH = dt.datetime(1970, 1, 1)
_LAST = (dt.datetime(9999, 12, 31, 23, 59, 59) - _EPOCH) // dt.timedelta(seconds=1)
END = 2 * _LAST * SECOND
"""An instant far behind the calendar, as microseconds: for what has no end."""
LONGEST = (dt.datetime(9999, 12, 31) - dt.datetime(1, 1, 1)) // dt.timedelta(seconds=1)
"""The seconds from the first to the last day of the calendar."""


def later(begin: Ints, seconds: Ints, null: Mask | None) -> Ints:
    """Return instants so many seconds later, int64 microseconds (n,).

    begin: int64 microseconds since 1970-01-01 (n,). Raises PlanError where one that is not null is after 9999-12-31.
    """
    beyond = begin // SECOND + seconds > _LAST
    if null is not None:
        beyond &= ~null
    if beyond.any():
        raise PlanError("FW-PLAN-CALENDAR", "an instant is after the year 9999, where the calendar ends")
    out: Ints = begin + np.where(seconds > 2 * LONGEST, 0, seconds) * SECOND
    return out


def whole_seconds(lag: Values) -> Ints:
    """Return lags as whole seconds, at least 0; what is longer than two calendars is cut to that."""
    seconds: Ints = np.clip(np.floor(lag.data), 0, 2 * LONGEST).astype(np.int64)
    return seconds
