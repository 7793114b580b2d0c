"""What is counted while customers are assigned: sizes, distances, silhouettes; the same for any order of batches."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fanwise.segmenter.assignment.nearest import INSUFFICIENT_CODE, UNASSIGNED_CODE, Floats, Position
from fanwise.segmenter.model.model import AxisModel

__all__ = ["AxisCounts", "Tally"]

# Sums of floats depend on their order, sums of integers do not: values are added as multiples of 2^-30.
_UNIT = 2.0**30
_BLOCK = 1 << 16  # rows whose sum fits 64 bits
_MOST = 2.0**16  # of a squared distance per dimension; customers are clipped far inside


@dataclass(frozen=True, slots=True)
class AxisCounts:
    """The counts of customers on one axis.

    sizes: customers per segment. insufficient, unassigned: customers without a segment. distance: mean squared distance
    per dimension to the own centroid. silhouette: mean simplified silhouette (d2 - d1) / max(d1, d2) (Hruschka, de
    Castro and Campello 2004); None with one segment or nobody assigned.
    """

    axis: str
    sizes: tuple[int, ...]
    insufficient: int
    unassigned: int
    distance: float | None
    silhouette: float | None

    @property
    def assigned(self) -> int:
        """Customers with a segment."""
        return sum(self.sizes)

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of each segment of those assigned (0 where nobody is)."""
        return tuple(size / max(self.assigned, 1) for size in self.sizes)


@dataclass(slots=True)
class Tally:
    """Counts of one axis that grow batch by batch."""

    axis: AxisModel
    counts: NDArray[np.int64] = field(init=False)
    distance: int = 0
    silhouette: int = 0

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.axis.segments) + 2, dtype=np.int64)

    def add(self, position: Position) -> None:
        """Count one batch."""
        shifted = position.codes.astype(np.int64) - UNASSIGNED_CODE
        self.counts += np.bincount(shifted, minlength=len(self.counts))
        self.distance += _exact_sum(np.minimum(position.nearest, _MOST))
        if len(self.axis.segments) > 1:
            self.silhouette += _exact_sum(_silhouettes(np.sqrt(position.nearest), np.sqrt(position.second)))

    def counted(self) -> AxisCounts:
        """Return what was counted."""
        sizes = tuple(map(int, self.counts[2:]))
        n = sum(sizes)
        return AxisCounts(
            self.axis.axis,
            sizes,
            int(self.counts[INSUFFICIENT_CODE - UNASSIGNED_CODE]),
            int(self.counts[0]),
            self.distance / _UNIT / n if n else None,
            self.silhouette / _UNIT / n if n and len(sizes) > 1 else None,
        )


def _silhouettes(own: Floats, other: Floats) -> Floats:
    larger = np.maximum(own, other)
    found: Floats = np.where(larger > 0, (other - own) / np.where(larger > 0, larger, 1.0), 0.0)
    return found


def _exact_sum(values: Floats) -> int:
    units = np.rint(values * _UNIT).astype(np.int64)
    return sum(int(units[start : start + _BLOCK].sum()) for start in range(0, len(units), _BLOCK))
