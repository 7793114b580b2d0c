"""Curves: instants drawn with an intensity that changes from hour to hour.

The intensity of an hour is month × weekday × hour of the day × trend × spike, each 1 where the curve does not name it.
The trend is evaluated once a day: growth^(days / 365.25). A draw is the exact inverse of the cumulative intensity
between the row's own ends: linear within an hour, so every second of an hour is as likely as every other.

Values are equal on every machine: the table is summed in a fixed order when the plan is made, and a draw uses nothing
but exactly rounded operations and look-ups.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fanwise.generator.language.curve import Curve
from fanwise.generator.numerics.blocks import blocks
from fanwise.generator.numerics.exactmath import power

__all__ = ["CurveTable"]

SECOND = 1_000_000  # microseconds
HOUR = 3_600  # seconds
_LONGEST = 500 * 366 * 24 * HOUR  # of a curve
YEAR_DAYS = 365.25
THURSDAY = 3  # the weekday of 1970-01-01, from Monday
BUCKETS = 2  # of the guide, for each hour
STEPS = 3  # from the guide's hour on, before the rest is searched for

# Rows whose ends lie outside the span of their plan use a table of these two centuries.
WIDE_SPAN = (-2_208_988_800 * SECOND, 4_102_444_800 * SECOND)  # 1900-01-01 to 2100-01-01

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Instants = Ints | int


def too_long(start: int, end: int) -> str:
    """Return why a curve cannot be over this span, whose table has an entry for every hour; empty where it can."""
    years = (end - start) // (365 * 24 * HOUR * SECOND)
    return f"a curve over {years:,} years; it has at most 500" if end - start > _LONGEST * SECOND else ""


class CurveTable:
    """Draws along a curve; None or a curve of nothing but 1 draws evenly.

    The span [start, end), in microseconds since 1970-01-01, should hold the window and the fixed ends of the column. A
    row that reaches outside is drawn by a table of 1900 to 2100, built at the first such row, with intensity 0 beyond
    those years. Which table a row uses depends on its own ends and the span, never on its neighbours.
    """

    def __init__(self, curve: Curve | None, start: int, end: int) -> None:
        self._curve = None if curve is None or curve == Curve(curve.name) else curve
        self._span = (start // SECOND, max(start // SECOND, -(-end // SECOND)))

    @property
    def curve(self) -> Curve | None:
        """The curve, None where all times are alike."""
        return self._curve

    @property
    def span(self) -> tuple[int, int]:
        """The times between which its mean is 1, in seconds since 1970-01-01."""
        return self._span

    def is_silent(self, start: int | None, end: int | None) -> bool:
        """Return whether the intensity is 0 throughout [start, end), in microseconds; None: to the edge of the span."""
        curve = self._curve
        if curve is None or all((*curve.month, *curve.weekday, *curve.hour, *curve.spikes.values())):
            return False
        ends = [self._span[at] if end is None else -(-end // SECOND) for at, end in enumerate((start, end))]
        low, high = self._narrow.up_to(np.array(ends))
        return ends[0] < ends[1] and bool(low >= high)

    def length(self, start: Ints, end: Ints) -> Floats:
        """Return the seconds from start to end, weighted by their intensity over the mean of the span, float64 (n,)."""
        low, high = -(-start // SECOND), -(-end // SECOND)
        if self._curve is None:
            return (high - low).astype(np.float64)
        out, span = np.empty(len(low)), np.array(self._span)
        inside = (low >= span[0]) & (high <= span[1])
        for chosen, wide in ((inside, False), (~inside, True)):
            if chosen.any():
                table = self._wide if wide else self._narrow
                first, last = table.up_to(span)
                between = table.up_to(high[chosen]) - table.up_to(low[chosen])
                out[chosen] = between * ((span[1] - span[0]) / (last - first)) if last > first else 0.0
        return out

    def quantile(self, u: Floats, start: Instants, end: Instants) -> Ints:
        """Return instants in [start, end), int64 microseconds of whole seconds, shape (n,).

        u: uniforms in [0, 1), shape (n,). start, end: the ends of each row in microseconds, shape (n,), or of all rows.
        An end not after its start gives the start. An interval in which the intensity is 0 throughout is drawn evenly.
        """
        out = np.empty(len(u), dtype=np.int64)
        for part in blocks(len(u)):
            out[part] = self._draw(u[part], _seconds(start, part), _seconds(end, part))
        return np.maximum(out, start)  # rows without a second to choose from have come out before their start

    def _draw(self, u: Floats, start: Ints, end: Ints) -> Ints:
        if self._curve is None or not len(u):
            return _even(u, start, end) * SECOND
        inside = (start >= self._span[0]) & (end <= self._span[1])
        if inside.all():
            return self._narrow.draw(u, start, end) * SECOND
        out = np.empty(len(u), dtype=np.int64)
        start, end = np.broadcast_to(start, u.shape), np.broadcast_to(end, u.shape)
        for table, chosen in ((self._narrow, inside), (self._wide, ~inside)):
            rows = np.flatnonzero(np.broadcast_to(chosen, u.shape))
            out[rows] = table.draw(u[rows], start[rows], end[rows])
        return out * SECOND

    @cached_property
    def _narrow(self) -> _Hours:
        return _Hours(self._curve or Curve(""), *self._span)

    @cached_property
    def _wide(self) -> _Hours:
        return _Hours(self._curve or Curve(""), WIDE_SPAN[0] // SECOND, WIDE_SPAN[1] // SECOND)


class _Hours:
    """The cumulative intensity of the hours that touch [start, end), in seconds since 1970-01-01."""

    def __init__(self, curve: Curve, start: int, end: int) -> None:
        self.first = start // HOUR
        self.count = max(1, -(-end // HOUR) - self.first)
        self.intensity = _intensity(curve, np.arange(self.first, self.first + self.count))
        self.cumulative = np.concatenate(([0.0], np.cumsum(self.intensity)))
        total = float(self.cumulative[-1])
        self.scale = BUCKETS * self.count / total if total > 0 else 0.0
        self.until, self.within = self.cumulative[1:], np.diff(self.cumulative)
        places = (self.cumulative * self.scale).astype(np.int64)
        # The last hour that starts in an earlier bucket: never after the hour that is looked for.
        starts = np.concatenate(([0], np.cumsum(np.bincount(places))[:-1]))
        self.guide = np.maximum(starts - 1, 0)

    def draw(self, u: Floats, start: Ints, end: Ints) -> Ints:
        """Return seconds in [start, end) for ends after their starts; all in seconds, shapes (n,) or (1,)."""
        low, high = self.up_to(start), self.up_to(end)
        target = low + u * (high - low)
        over = target >= high
        if over.any():
            target = np.where(over, np.nextafter(high, low), target)
        hour = self._hour_of(target)
        share = np.subtract(target, self.cumulative.take(hour), out=target)
        with np.errstate(invalid="ignore", divide="ignore"):
            np.divide(share, self.within.take(hour), out=share)
        inside = share < 1.0
        if not inside.all():
            share = np.where(inside, share, 0.0)
        np.multiply(share, HOUR, out=share)
        second = share.astype(np.int64)
        np.minimum(second, HOUR - 1, out=second)
        out = np.add(hour, self.first, out=hour)
        np.multiply(out, HOUR, out=out)
        np.add(out, second, out=out)
        np.maximum(out, start, out=out)
        np.minimum(out, end - 1, out=out)
        silent = high <= low
        return np.where(silent, _even(u, start, end), out) if silent.any() else out

    def up_to(self, second: Ints) -> Floats:
        """Return the intensity before each second; outside the table that of its edge."""
        since = np.maximum(second - self.first * HOUR, 0)
        np.minimum(since, self.count * HOUR, out=since)
        hour = since // HOUR
        np.minimum(hour, self.count - 1, out=hour)
        np.subtract(since, hour * HOUR, out=since)
        share: Floats = since / HOUR
        np.multiply(self.within.take(hour), share, out=share)
        return np.add(self.cumulative.take(hour), share, out=share)

    def _hour_of(self, target: Floats) -> Ints:
        """Return the last hour whose start has at most `target` before it, so never one of intensity 0."""
        bucket = (target * self.scale).astype(np.int64)
        np.minimum(bucket, len(self.guide) - 1, out=bucket)
        hour: Ints = self.guide.take(bucket)
        late = np.flatnonzero(self.until.take(hour) <= target)
        for _ in range(STEPS):
            if not late.size:
                return hour
            hour[late] = np.minimum(hour[late] + 1, self.count - 1)
            late = late[np.flatnonzero(self.until.take(hour[late]) <= target[late])]
        hour[late] = np.minimum(np.searchsorted(self.cumulative, target[late], side="right") - 1, self.count - 1)
        return hour


def _seconds(instants: Instants, part: slice) -> Ints:
    """Return whole seconds, rounded up, of all rows (shape (1,)) or of a block."""
    values = np.atleast_1d(np.asarray(instants, dtype=np.int64))
    values = values if len(values) == 1 else values[part]
    if len(values) and (values == values[0]).all():
        values = values[:1]
    return -(-values // SECOND)


def _even(u: Floats, start: Ints, end: Ints) -> Ints:
    span = end - start
    out: Ints = start + np.minimum((u * span).astype(np.int64), span - 1)
    return out


def _intensity(curve: Curve, hours: Ints) -> Floats:
    """Return the intensity of hours counted from 1970-01-01 00:00, shape (hours,)."""
    first_day = int(hours[0]) // 24
    days = np.arange(first_day, int(hours[-1]) // 24 + 1)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    daily = np.asarray(curve.month)[months] * np.asarray(curve.weekday)[(days + THURSDAY) % 7]
    if curve.trend != 1.0:
        # The origin is of no account: another one multiplies every intensity by the same factor.
        daily = daily * power(curve.trend, (days - first_day) / YEAR_DAYS)
    for day, factor in curve.spikes.items():
        place = (day - dt.date(1970, 1, 1)).days - first_day
        if 0 <= place < len(days):
            daily[place] *= factor
    intensity: Floats = daily[hours // 24 - first_day] * np.asarray(curve.hour, dtype=np.float64)[hours % 24]
    return intensity
