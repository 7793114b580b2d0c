"""Which rows of a table a reference may choose from, and with what weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from generator.context import GenerationContext, Reference, codes_of
from generator.distributions.base import Sampler
from generator.exactmath import log1p, power
from generator.language.spec import Path
from generator.segments import Cells
from generator.values import Values

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = Ints | slice
"""Rows of a context by position: some of them, or a slice for all (which costs no gathering)."""


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


@dataclass(frozen=True, slots=True)
class WholeTable:
    """Rows 0 to size − 1 of the run: evenly, by the rank of the row number (zipf), or by a running sum of weights."""

    ctx: GenerationContext
    table: str
    size: Ints
    lowest: Ints
    ranks: Sampler | None = None
    weights: Floats | None = None

    def at(self, u: Floats, rows: Places) -> Ints:
        if self.ranks is not None:
            ranks: Ints = self.ranks.quantile(u, 0).astype(np.int64, copy=False)
            ranks -= 1
            return ranks
        if self.weights is not None:
            total = self.weights[self.size[rows] - 1]
            found: Ints = np.searchsorted(self.weights, u * total, side="right")
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


def siblings_before(ctx: GenerationContext, weights: Floats | None) -> Pool:
    """Return the rows before each row: among the siblings, or of a root table (`weights` is its running sum)."""
    if ctx.parent is None:
        none = np.zeros(len(ctx), dtype=np.int64)
        return WholeTable(ctx, ctx.table.name, ctx.rows.numbers, none, weights=weights)
    ordinals = ctx.rows.ordinals
    return NearbyRows(ctx, ordinals, np.arange(len(ctx)) - ordinals)


def below_ancestor(ctx: GenerationContext, table: str, ancestor: str) -> Pool:
    """Return the rows of `table` below the same row of `ancestor` (a driving ancestor of both)."""
    top, index = ctx.ancestor(ancestor)
    target = top.reach(table)
    counts = np.bincount(target.ancestor(ancestor)[1], minlength=len(top))
    return NearbyRows(target, counts[index], (np.cumsum(counts) - counts)[index])


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
