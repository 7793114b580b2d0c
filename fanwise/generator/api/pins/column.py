"""A bound column with some pinned cells."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.context import GenerationContext, Reference
from fanwise.generator.numerics.randomness import Bits
from fanwise.generator.plan import BoundColumn
from fanwise.generator.values import Values

__all__ = ["Held", "PinnedColumn"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Held:
    """The pinned cells of one column, by the keys of their rows in ascending order.

    A row is known by its key and not by its number: a fanout may depend on a pinned cell before any row has a number,
    and a number moves when an earlier row gets more children. cells: values of the column's own type. targets: of a
    reference, the row numbers referred to (0 below a null).
    """

    keys: Bits
    cells: pl.Series
    targets: Ints | None = None

    def find(self, ctx: GenerationContext) -> tuple[Ints, Ints]:
        """Return the positions in the context that are held, and for each the place of its cell."""
        place = np.minimum(np.searchsorted(self.keys, ctx.rows.keys), len(self.keys) - 1)
        rows: Ints = np.flatnonzero(self.keys[place] == ctx.rows.keys)
        return rows, place[rows]

    def merge(self, later: Held) -> Held:
        """Return both, `later` in the place of what is held twice."""
        keys = np.concatenate([later.keys, self.keys])
        _, first = np.unique(keys, return_index=True)
        targets = None
        if later.targets is not None and self.targets is not None:
            targets = np.concatenate([later.targets, self.targets])[first]
        return Held(keys[first], pl.concat([later.cells, self.cells]).gather(first), targets)


@dataclass(frozen=True, slots=True)
class PinnedColumn(BoundColumn):
    """A column that draws as usual and then inserts the pinned values, which everything that reads it sees."""

    held: Held | None = None

    @classmethod
    def over(cls, column: BoundColumn, held: Held) -> PinnedColumn:
        """Return `column` with `held` cells, beside those that it holds already."""
        if isinstance(column, PinnedColumn) and column.held is not None:
            held = column.held.merge(held)
        return cls(**{f.name: getattr(column, f.name) for f in fields(BoundColumn)}, held=held)

    def values(self, ctx: GenerationContext) -> Values:
        """Return the column of the context's rows."""
        values = BoundColumn.values(self, ctx)
        if self.held is None:
            return values
        rows, place = self.held.find(ctx)
        return _put(values, rows, place, self.held.cells)

    def targets(self, ctx: GenerationContext) -> Reference:
        """Return the rows that a reference column refers to."""
        found = BoundColumn.targets(self, ctx)
        if self.held is None or self.held.targets is None:
            return found
        rows, place = self.held.find(ctx)
        target = found.rows.copy()
        target[rows] = self.held.targets[place]
        null = np.zeros(len(ctx), dtype=np.bool_) if found.null is None else found.null.copy()
        null[rows] = self.held.cells.is_null().to_numpy()[place]
        return replace(found, rows=target, null=null)


def _put(values: Values, rows: Ints, place: Ints, cells: pl.Series) -> Values:
    """Return the values with `cells[place]` at `rows`.

    How text is stored depends on all pinned cells, not only on those found here: pieces of a column are of one kind.
    """
    physical = cells.fill_null("") if cells.dtype == pl.String else cells.to_physical()
    if values.labels is not None:
        codes = [0 if text is None else values.labels.index_of(text) for text in cells]
        if None in codes:
            values = replace(Values.of(values.series()), dtype=values.dtype)
        else:
            physical = pl.Series(codes, dtype=pl.Int64)
    null = np.zeros(len(values), dtype=np.bool_) if values.null is None else values.null.copy()
    null[rows] = cells.is_null().to_numpy()[place]
    if isinstance(values.data, pl.Series):
        data: npt.NDArray[Any] | pl.Series = values.data.scatter(rows, physical.gather(place))
    else:
        data = values.data.astype(np.int64) if values.labels is not None else values.data.copy()
        filled = physical.fill_null(False if physical.dtype == pl.Boolean else 0).to_numpy()
        # A whole number may be written as a decimal, and held at a fraction.
        data = data.astype(np.result_type(data, filled), copy=False)
        data[rows] = filled[place]
    return replace(values, data=data, null=null if null.any() else None)
