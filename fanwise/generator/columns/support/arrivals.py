"""Arrivals: instants in the interval of a row, each one gap after the one before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.instants import DAY, end_values
from fanwise.generator.columns.support.readings import numbers
from fanwise.generator.columns.support.seasonality import CurveTable, too_long
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.errors import PlanError
from fanwise.generator.language.curve import Curve
from fanwise.generator.language.spec import Dataset, End, Generator, Path
from fanwise.generator.numerics.randomness import Bits, uniform_lanes
from fanwise.generator.values import Mask

__all__ = ["Process"]

MOST = 100_000  # arrivals in one interval, where no `max` allows more
_CELLS = 1 << 17  # gaps that are drawn at a time: they stay in a core's second-level cache
_FIRST = 256  # rows that show how many arrivals are typical


class Gap(Protocol):
    """The law of a gap, as far as it is needed here."""

    @property
    def uniforms(self) -> UniformSource: ...

    @property
    def cells(self) -> Cells: ...

    @property
    def sampler(self) -> Sampler: ...


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
        share = drawn.sums / np.repeat(self.curve.length(start, end), drawn.counts)
        return self.curve.quantile(share, np.repeat(start, drawn.counts), np.repeat(end, drawn.counts))

    def _drawn(self, ctx: GenerationContext) -> Arrived:
        (start, end, known), rates, limits = self.ends(ctx), self.rates(ctx), self.limits(ctx)
        length, most = self.curve.length(start, end), np.full(len(ctx), MOST + 1 if self.most is None else self.most)
        if limits is not None:
            most = np.minimum(most, np.ceil(limits))
        rows = np.flatnonzero(known & (length > 0) & (rates > 0) & (most > 0))
        gaps = _Gaps(self.gap, ctx.rows.keys, self.gap.cells.codes(ctx), rates)
        counts, sums, typical, done = np.zeros(len(ctx), dtype=np.int64), [np.empty(0)], 0.0, 0
        while done < len(rows):
            lanes = math.ceil(typical) + 1
            block = rows[done : done + (max(_CELLS // lanes, 1) if done else _FIRST)]
            counts[block], found = _arrived(gaps, block, length[block], most[block], lanes)
            if self.most is None and int(counts[block].max()) > MOST:
                raise PlanError(
                    "FW-PLAN-ARRIVALS",
                    f"{ctx.name_of(int(np.argmax(counts)))} has more than {MOST:,} arrivals",
                    "make the gap longer, or add max: 1000",
                )
            sums.append(found)
            typical, done = len(found) / len(block), done + len(block)
        return Arrived(counts, np.concatenate(sums))


@dataclass(frozen=True, slots=True)
class Arrived:
    """The number of arrivals of each row and, row after row, the sum of the gaps up to each arrival."""

    counts: Ints
    sums: Floats


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps of the rows of a context; keys, codes and rates of all of them."""

    gap: Gap
    keys: Bits
    codes: npt.NDArray[np.int32] | int
    rates: Floats

    def sums(self, rows: Ints, before: Floats, lanes: range) -> Floats:
        """Return the sums of the gaps up to each of these arrivals, shape (lanes, rows); `before`: up to the first."""
        cells = self.codes if isinstance(self.codes, int) else np.tile(self.codes[rows], len(lanes))
        u = uniform_lanes(self.keys[rows], self.gap.uniforms.key, range(2 * lanes.start, 2 * lanes.stop, 2))
        gaps = np.asarray(self.gap.sampler.quantile(u.reshape(-1), cells), dtype=np.float64).reshape(u.shape)
        gaps = np.divide(np.maximum(gaps, 0.0, out=u), self.rates[rows], out=u)
        for gap in gaps:
            before = np.add(gap, before, out=gap)
        return gaps


def _arrived(gaps: _Gaps, rows: Ints, length: Floats, most: Floats, lanes: int) -> tuple[Ints, Floats]:
    """Return the number of arrivals of these rows before their `length`, at most `most`, and the sums of their gaps.

    Gaps are drawn for so many arrivals of every row, then for more of the rows that are not at their end.
    """
    counts, stages, lane = np.zeros(len(rows), dtype=np.int64), [], 0
    going, before = np.arange(len(rows)), np.zeros(len(rows))
    while going.size:
        lanes = min(lanes, int(most[going].max()) - lane)
        sums = gaps.sums(rows[going], before, range(lane, lane + lanes))
        here = sums < length[going]
        if lane + lanes > int(most[going].min()):
            here &= np.arange(lane, lane + lanes)[:, None] < most[going]
        found = here.sum(axis=0, dtype=np.int32)
        stages.append((going, counts[going], found, sums.T[here.T]))
        counts[going] += found
        lane += lanes
        left = np.flatnonzero(here[-1] & (most[going] > lane))
        going, before = going[left], sums[-1][left]
        lanes = _more(lane, before, length[going])
    return counts, _joined(counts, stages)


def _more(lane: int, before: Floats, length: Floats) -> int:
    """Return of how many arrivals to draw gaps next, for rows whose sums are `before` after `lane` gaps."""
    if not before.size:
        return 0
    with np.errstate(divide="ignore"):
        typical = float(np.mean(length / before)) * lane - lane
    return math.ceil(min(1.5 * typical + 3.0, _CELLS / before.size + 1.0))


def _joined(counts: Ints, stages: list[tuple[Ints, Ints, Ints, Floats]]) -> Floats:
    """Return the sums of all stages in the order of their rows.

    A stage: its rows, how many sums each has from earlier stages, how many from this one, and these.
    """
    starts, out = np.cumsum(counts) - counts, np.empty(int(counts.sum()))
    first = np.ones(len(out), dtype=np.bool_)
    for rows, earlier, found, sums in stages[1:]:
        places = np.repeat(starts[rows] + earlier - (np.cumsum(found) - found), found) + np.arange(len(sums))
        out[places], first[places] = sums, False
    out[first] = stages[0][3]
    return out


def _sizes(ctx: GenerationContext, path: Path, what: str) -> Floats:
    """Return the numbers of a column, 0 for null, float64 (n,) (raises PlanError where one is negative)."""
    data = numbers(ctx.value(path), path.text)
    if len(data) and data.min() < 0:
        row = int(np.argmin(data))
        why = f"'{path.text}' is {data[row]:g} in {ctx.name_of(row)}, and {what}"
        raise PlanError("FW-PLAN-PARAMETER", why, "clamp the column: clamp: [0, null]")
    return data
