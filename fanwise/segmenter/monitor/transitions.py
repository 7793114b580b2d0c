"""Where customers went from one model to another: a flow matrix per axis, of those that are in both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanwise.segmenter.assignment.batches import BATCH_ROWS, Features, batches, live_axes
from fanwise.segmenter.model.model import Model
from fanwise.segmenter.monitor.divergence import Counts

__all__ = ["Flow", "flows"]


@dataclass(frozen=True, slots=True)
class Flow:
    """How many customers went from which old segment (row) to which new one (column).

    The last row and column are those without a segment; customers without one in both are not counted.
    """

    axis: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def customers(self) -> int:
        """All that are counted."""
        return sum(map(sum, self.counts))

    @property
    def kept(self) -> float | None:
        """The share of those with a segment in both whose segment has the same name (None where there are none)."""
        inner = [row[:-1] for row in self.counts[:-1]]
        total = sum(map(sum, inner))
        same = sum(
            inner[row][column] for row, old in enumerate(self.old) for column, new in enumerate(self.new) if old == new
        )
        return same / total if total else None


def flows(
    old: Model,
    new: Model,
    old_features: Features,
    new_features: Features | None = None,
    *,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
) -> tuple[Flow, ...]:
    """Return a flow per axis that both models have.

    new_features: where the customers are now; without it, both models assign the same features, and the flow shows the
    change of the model alone. Raises SourceError where features cannot be read.
    """
    shared = [axis.axis for axis in live_axes(old) if axis.axis in {each.axis for each in live_axes(new)}]
    tables = {axis: np.zeros((_size(old, axis) + 1, _size(new, axis) + 1), dtype=np.int64) for axis in shared}
    if new_features is None:
        for batch in batches([old, new], old_features, batch_size, threads):
            for axis, table in tables.items():
                _count(table, batch.positions[0][axis].codes, batch.positions[1][axis].codes)
    else:
        before = _codes(old, shared, old_features, batch_size, threads)
        after = _codes(new, shared, new_features, batch_size, threads)
        both = before.join(after, on="customer_id", suffix=" after")
        for axis, table in tables.items():
            _count(table, both[axis].to_numpy(), both[f"{axis} after"].to_numpy())
    return tuple(
        Flow(axis, _names(old, axis), _names(new, axis), tuple(map(tuple, table.tolist())))
        for axis, table in tables.items()
    )


def _count(flow: Counts, before: NDArray[np.int8], after: NDArray[np.int8]) -> None:
    """Add customers to a table whose last row and column are for codes below 0."""
    rows, columns = flow.shape
    cells = np.where(before < 0, rows - 1, before).astype(np.int64) * columns + np.where(after < 0, columns - 1, after)
    flow += np.bincount(cells, minlength=flow.size).reshape(flow.shape)
    flow[-1, -1] = 0


def _codes(model: Model, axes: list[str], features: Features, batch_size: int, threads: int | None) -> pl.DataFrame:
    schema = {"customer_id": pl.String(), **dict.fromkeys(axes, pl.Int8())}
    frames = [
        pl.DataFrame({"customer_id": batch.ids, **{axis: batch.codes()[axis] for axis in axes}}, schema=schema)
        for batch in batches([model], features, batch_size, threads)
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _size(model: Model, axis: str) -> int:
    return len(_names(model, axis))


def _names(model: Model, axis: str) -> tuple[str, ...]:
    return next(tuple(segment.name for segment in each.segments) for each in model.axes if each.axis == axis)
