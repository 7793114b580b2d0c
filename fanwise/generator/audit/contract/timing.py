"""What of instants a contract states besides their order: lags, places in the interval, weekdays, times of day.

The hour of an instant follows from its curve alone where its whole day lies between its ends, its weekday where its
whole week does, and its second where its minute does. So the shares hold whatever the ends of a row are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from fanwise.generator.audit.contract.domains import ends_of
from fanwise.generator.audit.contract.reading import Off, Reader, is_common
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.formulas import Numbered
from fanwise.generator.columns.support.instants import DAY
from fanwise.generator.columns.support.seasonality import CurveTable
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.timing import Timing
from fanwise.generator.distributions.bounds import Bounded
from fanwise.generator.distributions.samplers import sampler_of
from fanwise.generator.language.curve import Curve
from fanwise.generator.language.spec import End, Path
from fanwise.generator.plan import Plan
from fanwise.generator.values import TIMESTAMP
from fanwise.validator import Cell, View

__all__ = ["Looked", "views_of"]

Looked = tuple[Cells, list[Cell], View]
"""What of an instant is compared: what its law depends on, and the law in each cell."""

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_LEAST = 0.02  # points that hardly any value is on one side of say nothing
_SHORTEST = {
    "timestamp": 6 * 3600.0,
    "date": 60 * 86_400.0,
}  # seconds of an interval that whole seconds, or days, fit into
_HOURS = 9  # points of a day that are compared, at most
_WEEK = 7
_NEARLY_ALL, _SOME = 0.9999, 0.1  # shares of the lags that fit into an interval
_SECONDS = ((0.0, 1 / 60), (29.0, 0.5))
_NO_CELLS = Cells((), ())


def views_of(plan: Plan, table: str, bound: BoundColumn) -> Iterator[Looked]:
    """Yield what of the instants of a column is compared, as far as a reader of the files can see it."""
    timing, kind = bound.generator.timing, bound.generator
    if timing is None or (kind.ascends and not all(map(is_common, (timing.start, timing.end)))):
        return
    reader = Reader(plan, {}, table)
    try:
        start = _seen(reader, timing.start)
        end = None if timing.end is None else _seen(reader, timing.end)
    except Off:
        return
    if bound.dtype == TIMESTAMP and timing.spread:
        yield _NO_CELLS, [Cell((), _SECONDS)], View("second", start, end, _shortest(timing, _SOME) if end else 0.0)
    if timing.lag is not None:
        first = _first_row(reader, table) if timing.chained else ""
        if first is not None:
            yield from _lags(timing, View("lag", start, end, where=first or None), bound)
    if timing.curve is not None and end is not None:
        yield from _along(timing, timing.curve, start, end, bound)


def _seen(reader: Reader, end: End) -> str:
    """Return an end as an expression of the row (raises Off where the files do not hold the instant)."""
    if end.path is not None:
        made = reader.plan.tables[end.path.target].columns[end.path.column]
        if made.dtype not in (pl.Date(), TIMESTAMP) or made.spec.type == "timestamptz":
            raise Off(f"'{end.path.text}' is not an instant")
    return reader.end(end, day=False)


def _first_row(reader: Reader, table: str) -> str | None:
    """Return a condition that only the first row below a parent fulfils; None where no column tells."""
    for name, bound in reader.plan.tables[table].columns.items():
        plain = type(bound) is BoundColumn and bound.when is None and not bound.spec.null and not bound.spec.hidden
        counted = bound.generator.siblings
        if plain and isinstance(counted, Numbered) and bound.spec.clamp is None:
            return f"{reader.readable(Path(name, table, (), table, name))} = {counted.start}"
    return None


def _lags(timing: Timing, view: View, bound: BoundColumn) -> Iterator[Looked]:
    """Yield the lag since the start; where it is cut off at the end, of rows whose end is out of its reach."""
    assert timing.lag is not None
    cells, found = timing.lag
    known = [law for law in found if law is not None and _is_plain(law)]
    shortest = 0.0 if view.end is None else _shortest(timing, _NEARLY_ALL)
    if bound.dtype != TIMESTAMP or len(known) < len(found) or not math.isfinite(shortest):
        return
    made = [
        Cell(cell.keys, tuple(_points(law)), ends=ends_of(law, 0)) for cell, law in zip(cells.cells, known, strict=True)
    ]
    yield cells, made, replace(view, shortest=shortest)


def _shortest(timing: Timing, share: float) -> float:
    """Return the seconds of an interval into which this share of the lags fits, whatever the cell."""
    laws = [] if timing.lag is None else [law for law in timing.lag[1] if law is not None]
    ends = [float(sampler_of(law.family, [law.params]).quantile(np.array([share]), 0)[0]) for law in laws]
    return float(f"{max(0.0, *ends):.6g}") if ends else 0.0


def _is_plain(law: CellDistribution) -> bool:
    return isinstance(law.family, Bounded) and law.factor == 1 and law.bounds == (None, None) and law.variance > 0


def _points(law: CellDistribution) -> Iterator[tuple[float, float]]:
    """Yield whole seconds with the share of lags, cut to whole seconds, that are not above them."""
    family = law.family
    assert isinstance(family, Bounded)
    at = [float(math.floor(x)) for x in sampler_of(family, [law.params]).quantile(np.array(_QUANTILES), 0).tolist()]
    shares = [(x, float(f"{family.below(law.params, x + 1).mass:.12g}")) for x in dict.fromkeys(at) if x >= 0]
    yield from ((x, share) for x, share in shares if _says(share))


def _along(timing: Timing, table: CurveTable, start: str, end: str, bound: BoundColumn) -> Iterator[Looked]:
    """Yield the place in an interval without a curve, and the weekdays and hours of one."""
    curve, day = table.curve or Curve(""), bound.dtype == pl.Date()
    first, last = timing.start.instant, None if timing.end is None else timing.end.instant
    fixed = None if first is None or last is None else (first, last)
    if table.curve is None and fixed is None:
        shortest = _SHORTEST["date" if day else "timestamp"]
        yield _NO_CELLS, [Cell((), tuple((share, share) for share in _QUANTILES))], View("place", start, end, shortest)
    if not all(curve.month):
        return  # in an interval without any intensity all instants are alike
    if not day:
        # Where a whole interval may be silent, as over a weekend, its instants are at any hour.
        ends = _loud(curve.hour) if fixed is not None or all(curve.weekday) else None
        seconds = None if ends is None else (ends[0] * 3600.0, ends[1] * 3600.0 + 3599)
        yield _NO_CELLS, [Cell((), tuple(_hours(curve)), ends=seconds)], View("hour", start, end)
    weekdays = _counted(table, *fixed) if fixed is not None else () if curve.spikes else curve.weekday
    if sum(weekdays) > 0:
        shares = np.cumsum(weekdays)[:-1] / sum(weekdays)
        points = [(at + 1.0, float(f"{share:.12g}")) for at, share in enumerate(shares.tolist()) if _says(share)]
        first_day, last_day = _loud(weekdays)
        yield _NO_CELLS, [Cell((), tuple(points), ends=(first_day + 1.0, last_day + 1.0))], View("weekday", start, end)


def _loud(factors: Sequence[float]) -> tuple[int, int]:
    """Return the first and the last place of what is not 0."""
    found = np.flatnonzero(factors)
    return int(found[0]), int(found[-1])


def _hours(curve: Curve) -> Iterator[tuple[float, float]]:
    """Yield seconds of the day with the share of the day up to them: where the curve changes most, then evenly."""
    up_to = np.cumsum(curve.hour) / sum(curve.hour)
    steps = np.abs(np.diff(curve.hour))
    order = sorted(range(1, 24), key=lambda hour: (-float(steps[hour - 1]), hour % 3, hour))
    inner = [hour for hour in order if _says(up_to[hour - 1])]
    for hour in sorted(inner[:_HOURS]):
        yield hour * 3600.0 - 1, float(f"{up_to[hour - 1]:.12g}")


def _counted(table: CurveTable, start: int, end: int) -> list[float]:
    """Return the intensity of each weekday in the whole weeks between two fixed ends; nothing where there is none."""
    monday = 4 * DAY  # 1970-01-05
    first, last = (start - monday) // (_WEEK * DAY) + 1, (end - monday) // (_WEEK * DAY)
    days = np.arange(first * _WEEK, last * _WEEK) * DAY + monday
    if not len(days):
        return []
    lengths = table.length(days, days + DAY).reshape(-1, _WEEK).sum(axis=0)
    return [float(length) for length in lengths]


def _says(share: float) -> bool:
    return _LEAST <= share <= 1 - _LEAST
