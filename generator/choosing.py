"""Which rows of a table a reference may choose from, and with what weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from generator.context import GenerationContext, Reference, codes_of
from generator.distributions.base import Sampler
from generator.language.spec import Path
from generator.segments import Cells
from generator.values import Values

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Pool(Protocol):
    """The rows that each row of one context may refer to.

    size: int64 (n,), how many; lowest: int64 (n,), the first of them.
    """

    @property
    def size(self) -> Ints: ...

    @property
    def lowest(self) -> Ints: ...

    def at(self, u: Floats, rows: Ints) -> Ints:
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

    def at(self, u: Floats, rows: Ints) -> Ints:
        if self.ranks is not None:
            return self.ranks.quantile(u, 0).astype(np.int64) - 1
        if self.weights is not None:
            found: Ints = np.searchsorted(self.weights, u * self.weights[-1], side="right")
            return np.minimum(found, len(self.weights) - 1)
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

    def at(self, u: Floats, rows: Ints) -> Ints:
        return self.lowest[rows] + (u * self.size[rows]).astype(np.int64)

    def look(self, path: Path, chosen: Ints) -> Values:
        return self.target.value(path).take(chosen)

    def reference(self, chosen: Ints, null: npt.NDArray[np.bool_] | None) -> Reference:
        return Reference(self.target.table.name, chosen, null, self.target)


def siblings_before(ctx: GenerationContext) -> Pool:
    """Return the rows before each row: of a root table, or among the siblings."""
    if ctx.parent is None:
        return WholeTable(ctx, ctx.table.name, ctx.rows.numbers, np.zeros(len(ctx), dtype=np.int64))
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
    """Factors on a row's chance by its segments (relative to the largest) and by a numeric column, by rejection.

    factors: float64 (cells,), the largest is 1.
    """

    cells: Cells
    factors: Floats
    column: Path | None = None

    def accepted(self, pool: Pool, rows: Ints, chosen: Ints, u: Floats) -> npt.NDArray[np.bool_]:
        """Return which proposals are kept, bool (m,); `rows` are the rows that proposed `chosen`."""
        keep = np.ones(len(chosen), dtype=np.float64)
        if self.cells.axes:
            code: Ints = np.zeros(len(chosen), dtype=np.int64)
            for axis in self.cells.axes:
                code = code * (len(axis.keys) + 1) + codes_of(pool.look(axis.path, chosen), axis.keys)
            keep = self.factors[code]
        if self.column is not None:
            keep = keep * np.maximum(np.asarray(pool.look(self.column, chosen).data, dtype=np.float64), 0)
            u = u * _largest(pool, self.column)[rows]
        return u < keep


def _largest(pool: Pool, column: Path) -> Floats:
    """Return, for each row, the largest weight among its choices (0 where it has none)."""
    assert isinstance(pool, NearbyRows)
    weights = np.maximum(np.asarray(pool.target.value(column).data, dtype=np.float64), 0)
    padded = np.append(weights, 0.0)
    ends = np.stack([pool.lowest, pool.lowest + pool.size], axis=1).reshape(-1)
    return np.where(pool.size > 0, np.maximum.reduceat(padded, ends)[::2], 0.0) if len(ends) else np.empty(0)
