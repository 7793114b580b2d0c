"""Arrivals: instants in the interval of a row, each one gap after the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.instants import DAY, end_values
from fanwise.generator.columns.support.seasonality import CurveTable
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.errors import PlanError
from fanwise.generator.language.curve import Curve
from fanwise.generator.language.spec import Dataset, End, Generator, Path
from fanwise.generator.values import Mask

__all__ = ["Process"]

MOST = 100_000  # arrivals in one interval, where no `max` allows more


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
    exposure: a column that divides the gap as well. limit: a column of the greatest number of each row.
    """

    gap: Gap
    factors: Cells
    start: End
    end: End
    curve: CurveTable
    exposure: Path | None
    limit: Path | None

    @classmethod
    def of(cls, dataset: Dataset, fanout: Generator, gap: Gap) -> Process:
        """Return the process that a fanout declares."""
        start, end, name = fanout.params["from"], fanout.params["until"], fanout.params.get("curve")
        instants = [one.instant for one in (start, end) if one.instant is not None] + list(dataset.window or ())
        curve = CurveTable(
            dataset.curves[name] if name else Curve("flat"), min(instants, default=0), max(instants, default=DAY)
        )
        exposure, limit = fanout.params.get("exposure"), fanout.params.get("limit")
        return cls(gap, Cells.of(fanout), start, end, curve, exposure, limit)

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

    def counts(self, ctx: GenerationContext, most: float | None) -> Ints:
        """Return the number of arrivals of each row, but not more than `most`, int64 (n,)."""
        start, end, known = self.ends(ctx)
        length, rates, limits = self.curve.length(start, end), self.rates(ctx), self.limits(ctx)
        counts, sums = np.zeros(len(ctx), dtype=np.int64), np.zeros(len(ctx))
        rows = np.flatnonzero(known & (length > 0) & (rates > 0))
        for lane, gaps in enumerate(self._gaps(ctx, rates)):
            if limits is not None:
                rows = rows[limits[rows] > lane]
            if not len(rows) or (most is not None and lane >= most):
                return counts
            if most is None and lane >= MOST:
                raise PlanError(
                    "FW-PLAN-ARRIVALS",
                    f"a row has more than {MOST:,} arrivals",
                    "make the gap longer, or add max: 1000",
                )
            sums[rows] += gaps(rows)
            rows = rows[sums[rows] < length[rows]]
            counts[rows] += 1
        return counts

    def instants(self, ctx: GenerationContext, parents: Ints, firsts: Ints, sizes: Ints) -> Ints:
        """Return the instant of each arrival, microseconds (sum of `sizes`,).

        parents: rows of the context that have arrivals. firsts: position of the first arrival of each. sizes: how many.
        """
        start, end, _ = self.ends(ctx)
        length, rates, sums = self.curve.length(start, end), self.rates(ctx), np.zeros(len(ctx))
        share, owners = np.empty(int(sizes.sum())), np.empty(int(sizes.sum()), dtype=np.int64)
        longest = np.argsort(-sizes, kind="stable")
        parents, firsts, sizes = parents[longest], firsts[longest], sizes[longest]
        steps = range(int(sizes.max(initial=0)))
        for lane, gaps in zip(steps, self._gaps(ctx, rates), strict=False):
            here = int(np.searchsorted(-sizes, -lane, side="left"))
            rows, places = parents[:here], firsts[:here] + lane
            sums[rows] += gaps(rows)
            share[places], owners[places] = sums[rows] / length[rows], rows
        return self.curve.quantile(share, start.take(owners), end.take(owners))

    def _gaps(self, ctx: GenerationContext, rates: Floats) -> Iterator[_Lane]:
        codes = self.gap.cells.codes(ctx)
        lane = 0
        while True:
            yield _Lane(self, ctx, rates, codes, lane)
            lane += 1


@dataclass(frozen=True, slots=True)
class _Lane:
    """The gaps before the arrivals of one number."""

    process: Process
    ctx: GenerationContext
    rates: Floats
    codes: npt.NDArray[np.int32] | int
    lane: int

    def __call__(self, rows: Ints) -> Floats:
        cell = self.codes if isinstance(self.codes, int) else self.codes[rows]
        u = self.process.gap.uniforms.draw(self.ctx, 2 * self.lane, rows)
        gaps: Floats = np.maximum(self.process.gap.sampler.quantile(u, cell), 0.0) / self.rates[rows]
        return gaps


def _sizes(ctx: GenerationContext, path: Path, what: str) -> Floats:
    """Return the numbers of a column, 0 for null, float64 (n,) (raises PlanError where one is negative)."""
    values = ctx.value(path)
    data = np.asarray(values.data).astype(np.float64)
    if values.null is not None:
        data = np.where(values.null, 0.0, data)
    if len(data) and data.min() < 0:
        why = f"'{path.text}' is {data.min():g} in a row, and {what}"
        raise PlanError("FW-PLAN-PARAMETER", why, "clamp the column: clamp: [0, null]")
    return data
