"""Seasons and growth: factors of months, and a trend, where instants are not spread evenly over a window.

Each calendar month of each year is a cell with a count and an exposure. Counts are Poisson with mean exposure × month ×
growth^years. A row lies somewhere between its own ends, whatever the intensity there is: so the exposure is the time
inside a cell over the intensity of the whole interval, and both are found in turn. A trend needs data in which
some months occur twice.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fanwise.inference.laws.laws import number
from fanwise.inference.sources.opening import Opened

__all__ = ["seasons"]

Floats = npt.NDArray[np.float64]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ROWS = 240  # fewer say nothing of twelve months
_UNEVEN = 0.05
_ERRORS = 4.0
_TWICE = 450  # days from which enough months are seen twice
_TURNS = 60
_MOST = math.log(50)  # growth of a year
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class _Cells:
    """Calendar months: their number from 0, the years from the start to their middle, counts and exposures.

    rows, inside: how many rows begin on a day, and the days of each of their intervals in each cell.
    """

    month: npt.NDArray[np.int64]
    years: Floats
    counts: Floats
    rows: Floats
    inside: Floats
    exposure: Floats

    def weighted(self, intensity: Floats) -> _Cells:
        """Return the cells with the exposures that rows have under an intensity of each cell."""
        return replace(self, exposure=(self.rows / (self.inside @ intensity)) @ self.inside)

    def fitted(self, *, trend: bool) -> tuple[_Cells, float, float]:
        """Return the cells with their exposures, the logarithm of the growth of a year, and its standard error."""
        cells, intensity, growth, error = self.weighted(np.ones(len(self.counts))), np.ones(1), 0.0, math.inf
        for _ in range(_TURNS):
            growth, error = cells.trend() if trend else (0.0, math.inf)
            before, intensity = intensity, np.exp(growth * self.years) * cells.factors(growth)[self.month]
            intensity = np.maximum(intensity / intensity.mean(), 1e-6)
            cells = self.weighted(intensity)
            if len(before) == len(intensity) and float(np.abs(intensity / before - 1).max()) < 1e-5:
                break
        return cells, growth, error

    def factors(self, growth: float) -> Floats:
        """Return the factor of each of the twelve months; 1 for one that was not seen."""
        mean = self.exposure * np.exp(growth * self.years)
        seen = np.bincount(self.month, weights=mean, minlength=12)
        found = np.bincount(self.month, weights=self.counts, minlength=12)
        return np.divide(found, seen, out=np.ones(12), where=seen > 0)

    def trend(self) -> tuple[float, float]:
        """Return the logarithm of the growth of a year and its standard error, by Newton's method."""
        growth, error = 0.0, math.inf
        for _ in range(40):
            mean = self.exposure * np.exp(growth * self.years) * self.factors(growth)[self.month]
            rows = np.maximum(np.bincount(self.month, weights=mean, minlength=12), 1e-9)
            middle = (np.bincount(self.month, weights=mean * self.years, minlength=12) / rows)[self.month]
            known = float((mean * (self.years - middle) ** 2).sum())
            if known <= 1e-9:
                return 0.0, math.inf
            step = float(((self.counts - mean) * (self.years - middle)).sum()) / known
            growth, error = min(max(growth + min(max(step, -1.0), 1.0), -_MOST), _MOST), known**-0.5
            if abs(step) < 1e-9:
                break
        return growth, error


def seasons(
    found: Opened, relation: str, value: str, before: str | None, ends: tuple[dt.date, dt.date], start: dt.date
) -> dict[str, Mapping[str, float] | str]:
    """Return the parts `month` and `trend` of a curve, as far as instants are not even.

    relation: a query with the instants `value` and, if there is one, the column `before` from which each row's interval
    begins. ends: the days between which instants lie. start: of the window, from which growth is counted.
    """
    days = [dt.date(year, month, 1) for year in range(ends[0].year, ends[1].year + 1) for month in range(1, 13)]
    firsts = [day for day in days if day < ends[1] and _next(day) > ends[0]]
    cells = _cells(found, relation, value, before, ends, firsts, start)
    if cells is None or float(cells.counts.sum()) < _ROWS:
        return {}
    out: dict[str, Mapping[str, float] | str] = {}
    cells, growth, error = cells.fitted(trend=(ends[1] - ends[0]).days >= _TWICE)
    if abs(growth) > max(_ERRORS * error, _UNEVEN):
        out["trend"] = f"{number(100 * math.expm1(growth), 3)}%/y"
    else:
        cells, growth, _ = cells.fitted(trend=False)
    factors, expected = _significant(cells, growth)
    chi = float(((cells.counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    if max(abs(factor - 1) for factor in factors) > _UNEVEN and chi > 5 * len(cells.counts):
        out["month"] = dict(zip(_MONTHS, factors, strict=True))
    return out


def _significant(cells: _Cells, growth: float) -> tuple[list[float], Floats]:
    """Return the factors of the months, those that chance explains as 1, and what is expected without them."""
    grown = np.exp(growth * cells.years)
    even = cells.weighted(grown).exposure * grown
    factors = cells.factors(growth)
    factors /= np.average(factors[cells.month], weights=even)
    rows = np.bincount(cells.month, weights=even, minlength=12)
    noise = _ERRORS / np.sqrt(np.maximum(rows, 1e-9))
    pairs = zip(factors.tolist(), noise.tolist(), rows.tolist(), strict=True)
    return [number(factor, 3) if row > 0 and abs(factor - 1) > away else 1 for factor, away, row in pairs], even


def _cells(
    found: Opened,
    relation: str,
    value: str,
    before: str | None,
    ends: tuple[dt.date, dt.date],
    firsts: Sequence[dt.date],
    start: dt.date,
) -> _Cells | None:
    """Return the calendar months in which rows may lie; None where no row has a length."""
    low, high = (f"DATE '{day.isoformat()}'" for day in ends)
    where = f"{value} >= {low} AND {value} < {high}" + (f" AND {before} < {high}" if before else "")
    counted = found.session.rows(
        f"SELECT CAST(date_trunc('month', {value}) AS DATE), count(*) FROM ({relation}) WHERE {where} GROUP BY 1"
    )
    begun = [(ends[0], sum(count for _, count in counted))]
    if before:
        begun = found.session.rows(
            f"SELECT CAST({before} AS DATE), count(*) FROM ({relation}) WHERE {where} GROUP BY 1 ORDER BY 1"
        )
    if not begun:
        return None
    begins = np.array([max(day, ends[0]).toordinal() for day, _ in begun], dtype=np.float64)
    rows = np.array([count for _, count in begun], dtype=np.float64)
    first = np.array([max(day, ends[0]).toordinal() for day in firsts], dtype=np.float64)
    last = np.array([min(_next(day), ends[1]).toordinal() for day in firsts], dtype=np.float64)
    inside = np.clip(last[None, :] - np.maximum(first[None, :], begins[:, None]), 0, None)
    known = dict(counted)
    counts = np.array([known.get(day, 0) for day in firsts], dtype=np.float64)
    years = ((first + last) / 2 - start.toordinal()) / _YEAR
    kept, long = inside.sum(axis=0) > 0, inside.sum(axis=1) > 0
    month = np.array([day.month - 1 for day in firsts])[kept]
    return _Cells(month, years[kept], counts[kept], rows[long], inside[long][:, kept], counts[kept])


def _next(day: dt.date) -> dt.date:
    """Return the first day of the month after."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
