"""Arrivals: instants in the interval of a row, each one gap after the one before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.gaps import Gap, Gaps, RoughGaps
from fanwise.generator.columns.support.instants import DAY, SECOND, end_values
from fanwise.generator.columns.support.readings import numbers
from fanwise.generator.columns.support.seasonality import CurveTable, too_long
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.errors import PlanError
from fanwise.generator.language.curve import Curve
from fanwise.generator.language.spec import Dataset, End, Generator, Path
from fanwise.generator.numerics.blocks import small_blocks
from fanwise.generator.values import Mask

__all__ = ["Process"]

MOST = 100_000  # arrivals in one interval, where no `max` allows more
_CELLS = 1 << 19  # gaps that are drawn at a time: enough that calls cost little beside them
_FIRST = 256  # rows that show how many arrivals are typical


@dataclass(frozen=True, slots=True)
class Process:
    """Gaps in seconds of a clock that runs as fast as the curve is high, on average one second a second.

    factors: cells of the multipliers, which divide the gap. start, end: of the interval of each row, half-open.
    exposure: a column that divides the gap as well. limit: a column of the greatest number of each row. most: the
    greatest number of all rows.
    """

    gap: Gap
    factors: Cells
    start: End
    end: End
    curve: CurveTable
    exposure: Path | None
    limit: Path | None
    most: float | None

    @classmethod
    def of(cls, dataset: Dataset, fanout: Generator, gap: Gap, most: float | None) -> Process:
        """Return the process that a fanout declares."""
        start, end, name = fanout.params["from"], fanout.params["until"], fanout.params.get("curve")
        instants = [one.instant for one in (start, end) if one.instant is not None] + list(dataset.window or ())
        first, last = min(instants, default=0), max(instants, default=DAY)
        if name and (why := too_long(first, last)):
            place = (*fanout.place, "curve")
            raise PlanError(dataset.problem("FW-PLAN-CURVE", place, why, "shorten the window, or from and until"))
        curve = CurveTable(dataset.curves[name] if name else Curve("flat"), first, last)
        exposure, limit = fanout.params.get("exposure"), fanout.params.get("limit")
        return cls(gap, Cells.of(fanout), start, end, curve, exposure, limit, most)

    @property
    def varies(self) -> bool:
        """Whether rows with the same factors differ in their rate, or are cut off at different numbers."""
        return self.exposure is not None or self.limit is not None

    def ends(self, ctx: GenerationContext) -> tuple[Ints, Ints, Mask]:
        """Return start and end of the interval of each row, microseconds (n,), and where both are known."""
        start, end = end_values(ctx, self.start), end_values(ctx, self.end)
        known = np.ones(len(ctx), dtype=np.bool_)
        for values in (start, end):
            if values.null is not None:
                known &= ~values.null
        return np.asarray(start.data), np.asarray(end.data), known

    def rates(self, ctx: GenerationContext) -> Floats:
        """Return the product of the multipliers and the exposure of each row, float64 (n,); 0 where it is null."""
        factors = np.array([cell.factor for cell in self.factors.cells])
        rates: Floats = np.broadcast_to(factors[self.factors.codes(ctx)], len(ctx))
        return rates if self.exposure is None else rates * _sizes(ctx, self.exposure, "it divides a gap")

    def limits(self, ctx: GenerationContext) -> Floats | None:
        """Return the greatest number of arrivals of each row, float64 (n,); 0 where it is null."""
        return None if self.limit is None else _sizes(ctx, self.limit, "it limits a number of rows")

    def drawn(self, ctx: GenerationContext) -> Arrived:
        """Return the arrivals of all rows: drawn once, and kept as long as the rows are."""
        return ctx.kept(("arrivals", self.gap.uniforms.key), lambda: self._drawn(ctx))

    def instants(self, ctx: GenerationContext) -> Ints:
        """Return the instant of each arrival, row after row, microseconds."""
        (start, end, _), drawn = self.ends(ctx), self.drawn(ctx)
        if drawn.error is None:
            share = np.concatenate(drawn.sums) / np.repeat(self.curve.length(start, end), drawn.counts)
            return self.curve.quantile(share, np.repeat(start, drawn.counts), np.repeat(end, drawn.counts))
        first = -(-start // SECOND)
        alike = self.start.instant is not None and len(first) > 0
        out, unsure = drawn.instants(first[:1] if alike else np.repeat(first, drawn.counts))
        if unsure.size:
            ends = np.cumsum(drawn.counts)
            rows = np.unique(np.searchsorted(ends, unsure, side="right"))
            counts, sums = self._at_work(ctx).exactly(rows)
            share = sums / np.repeat(self.curve.length(start[rows], end[rows]), counts)
            places = np.repeat(ends[rows] - np.cumsum(counts), counts) + np.arange(len(sums))
            out[places] = self.curve.quantile(share, np.repeat(start[rows], counts), np.repeat(end[rows], counts))
        return out

    def _at_work(self, ctx: GenerationContext) -> _Work:
        (start, end, known), rates, limits = self.ends(ctx), self.rates(ctx), self.limits(ctx)
        length, most = self.curve.length(start, end), np.full(len(ctx), MOST + 1 if self.most is None else self.most)
        if limits is not None:
            most = np.minimum(most, np.ceil(limits))
        gaps = Gaps(self.gap, ctx.rows.keys, self.gap.cells.codes(ctx), rates)
        return _Work(gaps, np.flatnonzero(known & (length > 0) & (rates > 0) & (most > 0)), length, most)

    def _drawn(self, ctx: GenerationContext) -> Arrived:
        work = self._at_work(ctx)
        rough = None if self.curve.curve else RoughGaps.of(work.gaps, work.rows, work.length)
        counts, sums, done = np.zeros(len(ctx), dtype=np.int64), [np.empty(0)], 0
        typical = 0.0 if rough is None else rough.typical(work.rows, work.length, work.most)
        while done < len(work.rows):
            lanes = math.ceil(typical) + 1
            size = _FIRST if not done and rough is None else max(_CELLS // lanes, 1)
            block = work.rows[done : done + size]
            drawn = None if rough is None else _arrived(rough, block, work.length[block], work.most[block], lanes)
            counts[block], found = work.exactly(block, lanes) if drawn is None else drawn
            if self.most is None and int(counts[block].max()) > MOST:
                raise PlanError(
                    "FW-PLAN-ARRIVALS",
                    f"{ctx.name_of(int(np.argmax(counts)))} has more than {MOST:,} arrivals",
                    "make the gap longer (a number alone is in seconds: write 20d), or add max: 1000",
                )
            sums.append(found)
            typical, done = len(found) / len(block), done + len(block)
        error = None if rough is None else rough.error(int(counts.max(initial=0)) + 1)
        return Arrived(counts, tuple(sums), error)


@dataclass(frozen=True, slots=True)
class Arrived:
    """The number of arrivals of each row and, row after row, the sum of the gaps up to each arrival, in seconds.

    sums: in parts, one after the other. error: the most that a sum is off by, shape (1,) or of each row; None where the
    gaps are exact.
    """

    counts: Ints
    sums: tuple[Floats, ...]
    error: Floats | None

    def instants(self, first: Ints) -> tuple[Ints, Ints]:
        """Return the microseconds of whole seconds from `first` on, and the places where the second is not sure.

        first: seconds, shape (1,) or of each arrival.
        """
        out, unsure, done = np.empty(int(self.counts.sum()), dtype=np.int64), [np.empty(0, dtype=np.int64)], 0
        assert self.error is not None
        errors = self.error if len(self.error) == 1 else np.repeat(self.error, self.counts)
        for sums in self.sums:
            for part in small_blocks(len(sums)):
                here = slice(done + part.start, done + part.stop)
                error = errors[0] if len(errors) == 1 else errors[here]
                low, most = sums[part] - error, 1.0 - 2.0 * error
                second = np.floor(low)
                np.subtract(low, second, out=low)
                close = low >= most
                if close.any():
                    unsure.append(here.start + np.flatnonzero(close))
                instant = out[here]
                np.copyto(instant, second, casting="unsafe")
                np.add(instant, first if len(first) == 1 else first[here], out=instant)
                np.multiply(instant, SECOND, out=instant)
            done += len(sums)
        return out, np.concatenate(unsure)


@dataclass(frozen=True, slots=True)
class _Work:
    """The rows of a context that may have arrivals; their gaps, and of all rows the seconds and the greatest number."""

    gaps: Gaps
    rows: Ints
    length: Floats
    most: Floats

    def exactly(self, rows: Ints, lanes: int = 1) -> tuple[Ints, Floats]:
        """Return what `_arrived` returns for some rows with gaps that are exact."""
        found = _arrived(self.gaps, rows, self.length[rows], self.most[rows], lanes)
        assert found is not None
        return found


def _arrived(
    gaps: Gaps | RoughGaps, rows: Ints, length: Floats, most: Floats, lanes: int
) -> tuple[Ints, Floats] | None:
    """Return the number of arrivals of these rows before their `length`, at most `most`, and the sums of their gaps.

    Gaps are drawn for so many arrivals of every row, then for more of the rows that are not at their end. None where
    gaps are rough and one more exact might make another number.
    """
    counts, lane = np.zeros(len(rows), dtype=np.int64), 0
    stages: list[tuple[int, Ints, Floats]] = []
    going, before, length = np.arange(len(rows)), np.zeros(len(rows)), gaps.measured(rows, length)
    while going.size:
        lanes = min(lanes, int(most[going].max()) - lane)
        sums = gaps.sums(rows[going], before, range(lane, lane + lanes))
        stages.append((lane, going, sums))
        ends, slack = length[going], gaps.slack(lane + lanes, length)
        here = sums < ends - slack
        found = _added_up(here)
        if slack and _may_differ(found, sums, ends + slack):
            return None
        if lane + lanes > int(most[going].min()):
            here &= np.arange(lane, lane + lanes)[:, None] < most[going]
            found = _added_up(here)
        counts[going] += found
        lane += lanes
        left = np.flatnonzero(here[-1] & (most[going] > lane))
        going, before = going[left], sums[-1][left]
        lanes = _more(lane, before, length[going])
    return counts, gaps.seconds(rows, counts, _joined(counts, stages))


def _added_up(here: Mask) -> npt.NDArray[np.integer[Any]]:
    """Return how many arrivals each row has; one byte counts up to 255, and takes a third of the time."""
    found: npt.NDArray[np.integer[Any]] = here.view(np.uint8).sum(
        axis=0, dtype=np.uint8 if len(here) < 256 else np.int32
    )
    return found


def _may_differ(counts: npt.NDArray[np.integer[Any]], sums: Floats, ends: Floats) -> bool:
    """Return whether a sum after these counts is before an end: then so is the first one, as sums ascend."""
    rows = np.flatnonzero(counts < len(sums))
    return bool((sums[counts[rows], rows] < ends[rows]).any())


def _more(lane: int, before: Floats, length: Floats) -> int:
    """Return of how many arrivals to draw gaps next, for rows whose sums are `before` after `lane` gaps."""
    if not before.size:
        return 0
    with np.errstate(divide="ignore"):
        typical = float(np.mean(length / before)) * lane - lane
    return math.ceil(min(typical + 2.0, _CELLS / before.size + 1.0))


def _joined(counts: Ints, stages: list[tuple[int, Ints, Floats]]) -> Floats:
    """Return the sums of all stages row after row; a stage: its first lane, its rows, sums of shape (lanes, rows).

    Sums beyond a row's last arrival are written as well, to places of later rows, and always to an earlier lane there,
    or to the same one of a later row. Lanes are written from the last to the first, and of two rows the later one is
    written last, so that what belongs to a place comes after what does not.
    """
    starts, total = np.cumsum(counts) - counts, int(counts.sum())
    out = np.empty(total + max((lane + len(sums) for lane, _, sums in stages), default=0))
    for lane, rows, sums in reversed(stages):
        places = starts[rows] + (lane + len(sums))
        for each in sums[::-1]:
            np.subtract(places, 1, out=places)
            out[places] = each
    return out[:total]


def _sizes(ctx: GenerationContext, path: Path, what: str) -> Floats:
    """Return the numbers of a column, 0 for null, float64 (n,) (raises PlanError where one is negative)."""
    data = numbers(ctx.value(path), path.text)
    if len(data) and data.min() < 0:
        row = int(np.argmin(data))
        why = f"'{path.text}' is {data[row]:g} in {ctx.name_of(row)}, and {what}"
        raise PlanError("FW-PLAN-PARAMETER", why, "clamp the column: clamp: [0, null]")
    return data
