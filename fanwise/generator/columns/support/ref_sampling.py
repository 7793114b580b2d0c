"""Which rows of a table a reference may choose from, and with what weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.context import GenerationContext, Reference, codes_of
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.language.spec import Path
from fanwise.generator.numerics.exactmath import log1p, power
from fanwise.generator.values import Values

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = Ints | slice
"""Rows of a context by position: some of them, or a slice for all (which costs no gathering)."""


_BUCKETS = 1 << 22  # of a guide, at most; up to then it has one for each row
_TINY = 1e-200  # a sum above which its reciprocal is finite
_STEPS = 8  # from where the guide points, before the rest is searched for


class Pool(Protocol):
    """The rows that each row of one context may refer to.

    size: int64 (n,), how many; lowest: int64 (n,), the first of them.
    """

    @property
    def size(self) -> Ints: ...

    @property
    def lowest(self) -> Ints: ...

    def at(self, u: Floats, rows: Places) -> Ints:
        """Return the choice at each uniform, for these rows of the context."""
        ...

    def look(self, path: Path, chosen: Ints) -> Values:
        """Return what `path` leads to from the chosen rows."""
        ...

    def reference(self, chosen: Ints, null: npt.NDArray[np.bool_] | None) -> Reference: ...


class RunningSum:
    """Finds the row at which a running sum of weights first passes a value.

    A guide table (Chen and Asau 1974) says where to begin, a step or two end there: a binary search of a large table
    takes five times as long.
    """

    def __init__(self, weights: Floats) -> None:
        """Take the weight of each row, at least one of them and fewer than 2^32, none below 0."""
        with np.errstate(over="ignore"):  # an infinite sum is for the caller to refuse
            self.sums = np.cumsum(weights)
        self._buckets = min(len(weights), _BUCKETS)
        total = float(self.sums[-1])
        # 0: every row begins at the first weight
        self._scale = self._buckets / total if _TINY < total < np.inf else 0.0
        # A little early, so that a bucket that was rounded up does no harm.
        bounds = np.arange(self._buckets + 1) / (self._scale or 1.0) * (1.0 - 2.0**-50)
        self._first = np.searchsorted(self.sums, bounds, side="right").astype(np.uint32)

    def passed(self, x: Floats) -> Ints:
        """Return the first row whose running sum exceeds x in [0, total), int64 (n,); len(weights) where none does."""
        bucket = (x * self._scale).astype(np.int64)
        found = self._first.take(np.minimum(bucket, self._buckets, out=bucket)).astype(np.int64)
        rows = np.flatnonzero(self._short(found, x))
        found[rows] += 1
        for _ in range(_STEPS):
            rows = rows.take(np.flatnonzero(self._short(found.take(rows), x.take(rows))))
            if not rows.size:
                return found
            found[rows] += 1
        found[rows] = np.searchsorted(self.sums, x.take(rows), side="right")  # below a long run without weight
        return found

    def _short(self, places: Ints, x: Floats) -> npt.NDArray[np.bool_]:
        short: npt.NDArray[np.bool_] = self.sums.take(places, mode="clip") <= x
        short &= places < len(self.sums)
        return short


@dataclass(frozen=True, slots=True)
class WholeTable:
    """Rows 0 to size − 1 of the run: evenly, by the rank of the row number (zipf), or by a running sum of weights."""

    ctx: GenerationContext
    table: str
    size: Ints
    lowest: Ints
    ranks: Sampler | None = None
    weights: RunningSum | None = None

    def at(self, u: Floats, rows: Places) -> Ints:
        if self.ranks is not None:
            ranks: Ints = self.ranks.quantile(u, 0).astype(np.int64, copy=False)
            ranks -= 1
            return ranks
        if self.weights is not None:
            total = self.weights.sums[self.size[rows] - 1]
            found = self.weights.passed(u * total)
            # Where no row before has a weight, the choice stays beyond them all: there is nothing to refer to.
            return np.where(total > 0, np.minimum(found, self.size[rows] - 1), self.size[rows])
        return (u * self.size[rows]).astype(np.int64)

    def look(self, path: Path, chosen: Ints) -> Values:
        return self.ctx.references.gather(self.table, chosen, path.steps, path.column)

    def reference(self, chosen: Ints, null: npt.NDArray[np.bool_] | None) -> Reference:
        return Reference(self.table, chosen, null)


@dataclass(frozen=True, slots=True)
class NearbyRows:
    """Rows of a table in the same chunk, by position: those below the same ancestor, or the earlier siblings."""

    target: GenerationContext
    size: Ints
    lowest: Ints

    def at(self, u: Floats, rows: Places) -> Ints:
        return self.lowest[rows] + (u * self.size[rows]).astype(np.int64)

    def look(self, path: Path, chosen: Ints) -> Values:
        return self.target.value(path).take(chosen)

    def reference(self, chosen: Ints, null: npt.NDArray[np.bool_] | None) -> Reference:
        return Reference(self.target.table.name, chosen, null, self.target)


def siblings_before(ctx: GenerationContext, weights: RunningSum | None) -> Pool:
    """Return the rows before each row: among the siblings, or of a root table (`weights` is its running sum)."""
    if ctx.parent is None:
        none = np.zeros(len(ctx), dtype=np.int64)
        return WholeTable(ctx, ctx.table.name, ctx.rows.numbers, none, weights=weights)
    ordinals = ctx.rows.ordinals
    return NearbyRows(ctx, ordinals, np.arange(len(ctx)) - ordinals)


def below_ancestor(ctx: GenerationContext, table: str, ancestor: str) -> Pool:
    """Return the rows of `table` below the same row of `ancestor` (a driving ancestor of both), or the earlier ones."""
    top, index = ctx.ancestor(ancestor)
    target = top.reach(table)
    counts = np.bincount(target.ancestor(ancestor)[1], minlength=len(top))
    lowest = (np.cumsum(counts) - counts)[index]
    return NearbyRows(target, np.arange(len(ctx)) - lowest if target is ctx else counts[index], lowest)


@dataclass(frozen=True, slots=True)
class Weights:
    """Factors on a row's chance by its segments, by a numeric column and by its rank; they act by rejection.

    factors: float64 (cells,), the largest is 1. column and zipf: only for pools that differ from row to row.
    """

    cells: Cells
    factors: Floats
    column: Path | None = None
    zipf: float | None = None

    @property
    def even(self) -> bool:
        """Whether every proposal is kept."""
        return not self.cells.axes and self.column is None and self.zipf is None

    def propose(self, pool: Pool, rows: Places, u: Floats) -> Ints:
        """Return a proposal at each uniform, for these rows of the context, int64 (m,)."""
        if self.zipf is None:
            return pool.at(u, rows)
        return pool.lowest[rows] + _ranks(u, pool.size[rows], self.zipf)

    def accepted(self, pool: Pool, rows: Ints, chosen: Ints, u: Floats) -> npt.NDArray[np.bool_]:
        """Return which proposals are kept, bool (m,); `rows` are the rows that proposed `chosen`."""
        keep = np.ones(len(chosen), dtype=np.float64)
        if self.zipf is not None:
            keep = _share_kept(chosen - pool.lowest[rows], self.zipf)
        if self.cells.axes:
            code: Ints = np.zeros(len(chosen), dtype=np.int64)
            for axis in self.cells.axes:
                code = code * (len(axis.keys) + 1) + codes_of(pool.look(axis.path, chosen), axis.keys)
            keep = keep * self.factors[code]
        if self.column is not None:
            keep = keep * np.maximum(np.asarray(pool.look(self.column, chosen).data, dtype=np.float64), 0)
            u = u * _largest(pool, self.column)[rows]
        return u < keep


def _ranks(u: Floats, sizes: Ints, s: float) -> Ints:
    """Return floor(x) − 1, where x in [1, size + 1) has a density in proportion to x^−s: nearly zipf, for any size."""
    ends = sizes.astype(np.float64) + 1.0
    rest = np.array(1.0 - s)
    x = power(ends, u) if s == 1 else power(1 + u * (power(ends, rest) - 1), 1 / rest)
    ranks: Ints = np.clip(x.astype(np.int64) - 1, 0, np.maximum(sizes - 1, 0))
    return ranks


def _share_kept(ranks: Ints, s: float) -> Floats:
    """Return the share of proposals of `_ranks` to keep for an exact zipf: k^−s over the mass of [k, k + 1)."""
    k = np.concatenate([ranks, [0]]) + 1.0
    mass = log1p(1 / k) if s == 1 else (power(k + 1, np.float64(1 - s)) - power(k, np.float64(1 - s))) / (1 - s)
    weight = power(k, np.float64(-s)) / mass
    share: Floats = weight[:-1] / weight[-1]
    return share


def _largest(pool: Pool, column: Path) -> Floats:
    """Return, for each row, the largest weight among its choices (0 where it has none)."""
    assert isinstance(pool, NearbyRows)
    weights = np.maximum(np.asarray(pool.target.value(column).data, dtype=np.float64), 0)
    padded = np.append(weights, 0.0)
    ends = np.stack([pool.lowest, pool.lowest + pool.size], axis=1).reshape(-1)
    return np.where(pool.size > 0, np.maximum.reduceat(padded, ends)[::2], 0.0) if len(ends) else np.empty(0)
