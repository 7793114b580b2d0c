"""Arrivals: whether gaps, numbers and times of instants are those of the declared process.

An arrival is seen only where its gap ends before the interval does. Given the arrivals before it, and that it is seen,
the share F(gap) / F(time that was left) is uniform, whatever ends the interval, so the shares of all gaps of a law are
compared with a uniform distribution. The number of arrivals is compared with its compensator: the cumulative hazard of
all gaps, the last one up to the end of the interval. The difference of the two is a martingale with this variance
(Andersen, Borgan, Gill and Keiding, "Statistical models based on counting processes", II.4). Given their number, the
times of exponential gaps are independent and uniform on the clock of the curve, which is compared by month, weekday,
hour and quarter of the interval. For other laws, the shares are compared by the month in which a gap begins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fanwise.validator.contract.model import ArrivalCell, Arrivals
from fanwise.validator.measures.arrival_rows import Observed, observed
from fanwise.validator.measures.distributions import FEWEST, LEAST_EXPECTED, Deviation
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.stats.clock import Clock
from fanwise.validator.stats.gaps import longer
from fanwise.validator.stats.intervals import g_test, holm

__all__ = ["ArrivalTest", "Process", "processes", "tests_of_arrivals"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST_LONGER = 1e-6
"""Shares of longer gaps below this count as this: rounding to seconds may pass the end of a law."""
LEAST_SEEN = 1e-6
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
QUARTERS = ("first", "second", "third", "last")


@dataclass(frozen=True, slots=True)
class Process:
    """The arrivals of one column."""

    table: str
    column: str
    arrivals: Arrivals

    @property
    def label(self) -> str:
        """The column."""
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class ArrivalTest:
    """One comparison. sort: `gaps`, `number`, `times`, `months`, or `fixed` for gaps that are all alike.

    where: the cell, or the time. n: arrivals. deviation: of shares; of a number, of 1 as the share of what is expected.
    wrong: gaps that are not the fixed one.
    """

    sort: str
    where: str
    n: int
    deviation: Deviation
    p: float = 1.0
    p_adjusted: float = 1.0
    wrong: int = 0

    def differs(self, limit: float) -> bool:
        """Return whether somebody should look."""
        return self.wrong > 0 or (self.p_adjusted <= limit and self.deviation.noticeable)


def processes(evidence: Evidence) -> Iterator[Process]:
    """Yield the columns of arrivals."""
    for table, spec in evidence.contract.tables.items():
        for column, own in spec.columns.items():
            if own.arrivals is not None:
                yield Process(table, column, own.arrivals)


def tests_of_arrivals(evidence: Evidence, process: Process) -> list[ArrivalTest]:
    """Return the comparisons of a column; none where there are too few arrivals. Raises QueryError."""
    return evidence.kept(("arrivals", process.label), lambda: _tests(evidence, process))


def _tests(evidence: Evidence, process: Process) -> list[ArrivalTest]:
    seen = observed(evidence, process.table, process.column)
    found = list(_compared(process.arrivals, seen)) if len(seen.starts) and len(seen.times) else []
    adjusted = holm([each.p for each in found])
    return [replace(each, p_adjusted=p) for each, p in zip(found, adjusted, strict=True)]


def _compared(arrivals: Arrivals, seen: Observed) -> Iterator[ArrivalTest]:
    clock = Clock.of(arrivals.curve, float(seen.starts.min()), float(seen.ends.max()))
    gaps = _Gaps.of(clock, seen)
    shares = np.full(len(seen.times), np.nan)
    for number, cell in enumerate(arrivals.cells):
        units, own = seen.cells == number, seen.cells[seen.units] == number
        if arrivals.law == "fixed":
            yield from _fixed(gaps, cell, own)
            continue
        if longer(arrivals.law, cell.gap, np.array([1e-9]))[0] < 1 - LEAST_SEEN:
            continue  # many gaps of 0: a share of them says nothing
        left = longer(arrivals.law, cell.gap, gaps.left[own] * cell.rate)
        after = longer(arrivals.law, cell.gap, gaps.gap[own] * cell.rate)
        enough = 1 - left > LEAST_SEEN
        shares[own] = np.where(enough, (1 - after) / np.where(enough, 1 - left, 1.0), np.nan)
        yield from _of_gaps(_label(cell), shares[own])
        last = longer(arrivals.law, cell.gap, gaps.last[units] * cell.rate)
        hazard = -np.log(np.maximum(after, LEAST_LONGER)).sum() - np.log(np.maximum(last, LEAST_LONGER)).sum()
        yield from _of_number(_label(cell), int(own.sum()), float(hazard))
    if arrivals.law == "exponential":
        yield from _of_times(clock, seen)
    elif arrivals.law != "fixed":
        yield from _of_months(clock, gaps, shares)


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Times on the clock, divided by the rate of the unit: the gap before each arrival, and what the interval had left.

    last: of each unit, what is left after its last arrival; 0 where it has as many as it may have. shortest, longest:
    what the gap is between, as instants are whole seconds. begins: when it begins, in seconds since 1970-01-01.
    """

    gap: Floats
    left: Floats
    last: Floats
    shortest: Floats
    longest: Floats
    begins: Floats

    @classmethod
    def of(cls, clock: Clock, seen: Observed) -> _Gaps:
        rate, at = seen.rates[seen.units], seen.units
        ends = clock.at(seen.ends)
        early, middle, late = (clock.at(seen.times + shift) for shift in (0.0, 0.5, 1.0))
        first = np.diff(at, prepend=-1) != 0
        begins = np.where(first, seen.starts[at], np.roll(seen.times, 1))
        before = [np.where(first, clock.at(seen.starts)[at], np.roll(times, 1)) for times in (early, middle, late)]
        left = np.maximum(ends[at] - before[1], 0.0)
        gap = np.clip(middle - before[1], 0.0, left)
        final = clock.at(seen.starts)
        final[at] = middle  # the last arrival of a unit is written last
        last = np.where(seen.counts < seen.limits, np.maximum(ends - final, 0.0), 0.0)
        return cls(
            gap * rate, left * rate, last * seen.rates, (early - before[2]) * rate, (late - before[0]) * rate, begins
        )


def _fixed(gaps: _Gaps, cell: ArrivalCell, own: Bools) -> Iterator[ArrivalTest]:
    """Yield how many gaps are not the fixed one."""
    value, slack = cell.gap["value"], 1e-9
    low, high = gaps.shortest[own] * cell.rate, gaps.longest[own] * cell.rate
    n, wrong = int(own.sum()), int(((low > value * (1 + slack)) | (high < value * (1 - slack))).sum())
    if n:
        yield ArrivalTest("fixed", _label(cell), n, Deviation((n - wrong) / n, 1.0), wrong=wrong)


def _of_gaps(label: str, shares: Floats) -> Iterator[ArrivalTest]:
    shares = shares[~np.isnan(shares)]
    n = len(shares)
    if n < FEWEST:
        return
    at_most = [int((shares <= point).sum()) for point in POINTS]
    counts = np.diff([0, *at_most, n]).tolist()
    p = g_test(counts, np.diff([0.0, *POINTS, 1.0]).tolist())[1]
    deviations = [Deviation(count / n, point, point) for count, point in zip(at_most, POINTS, strict=True)]
    yield ArrivalTest("gaps", label, n, max(deviations, key=lambda each: abs(each.found - each.declared)), p)


def _of_number(label: str, n: int, expected: float) -> Iterator[ArrivalTest]:
    if expected >= FEWEST:
        yield ArrivalTest("number", label, n, Deviation(n / expected, 1.0, expected), _two_sided(n, expected, expected))


def _of_times(clock: Clock, seen: Observed) -> Iterator[ArrivalTest]:
    """Yield the comparisons of independent times: of all arrivals but those that end the interval of their unit."""
    full = seen.counts >= seen.limits
    ends, final = seen.ends.copy(), np.zeros(len(seen.times), dtype=np.bool_)
    latest = np.zeros(len(seen.ends))
    latest[seen.units] = seen.times
    ends[full] = latest[full]
    final[np.flatnonzero(np.diff(seen.units, append=-1) != 0)] = True
    kept = ~(final & full[seen.units])
    counts = np.bincount(seen.units[kept], minlength=len(ends)).astype(np.float64)
    begin, length = clock.at(seen.starts), clock.at(ends) - clock.at(seen.starts)
    usable = (length > 0) & (counts > 0)
    kept &= usable[seen.units]
    times, units = seen.times[kept], seen.units[kept]
    if len(times) < FEWEST:
        return
    hours = np.clip((times // 3600).astype(np.int64) - clock.first, 0, len(clock.speed) - 1)
    for classes, names in ((clock.months, MONTHS), (clock.weekdays, WEEKDAYS), (clock.hours, None)):
        for number in np.unique(classes).tolist():
            only = classes == number
            passed = clock.at(ends[usable], only) - clock.at(seen.starts[usable], only)
            share, n = passed / length[usable], counts[usable]
            where = f"from {number}:00 to {number + 1}:00" if names is None else f"in {names[number]}"
            hits = int(only[hours].sum())
            expected, variance = float((n * share).sum()), float((n * share * (1 - share)).sum())
            yield from _of_share(where, hits, len(times), expected, variance)
    quarter = np.clip((clock.at(times + 0.5) - begin[units]) / length[units] * 4, 0, 3).astype(np.int64)
    for number, name in enumerate(QUARTERS):
        hits, size = int((quarter == number).sum()), len(times)
        yield from _of_share(f"in the {name} quarter of the interval", hits, size, size / 4, size * 3 / 16)


def _of_share(where: str, hits: int, n: int, expected: float, variance: float) -> Iterator[ArrivalTest]:
    if variance >= LEAST_EXPECTED:
        yield ArrivalTest("times", where, n, Deviation(hits / n, expected / n), _two_sided(hits, expected, variance))


def _of_months(clock: Clock, gaps: _Gaps, shares: Floats) -> Iterator[ArrivalTest]:
    """Yield whether gaps that begin in one month are as long as in the others."""
    hours = np.clip((gaps.begins // 3600).astype(np.int64) - clock.first, 0, len(clock.speed) - 1)
    months = clock.months[hours]
    for number, name in enumerate(MONTHS):
        own = shares[(months == number) & ~np.isnan(shares)]
        if len(own) >= FEWEST:
            mean = float(own.mean())
            p = _two_sided(mean, 0.5, 1 / (12 * len(own)))
            yield ArrivalTest("months", name, len(own), Deviation(mean, 0.5), p)


def _two_sided(found: float, expected: float, variance: float) -> float:
    return math.erfc(abs(found - expected) / math.sqrt(2 * variance))


def _label(cell: ArrivalCell) -> str:
    return ", ".join(value or "else" for value in cell.at)
