"""Moments: what a forecast needs to know about each metric and segment."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

__all__ = ["Moments"]


@dataclass(frozen=True, slots=True)
class Moments:
    """Predicted moments of one metric in one segment, after bounds (the effective law, not the declared one).

    carriers: expected rows of the axis' table in the segment (the independent units, usually customers).
    children, children_variance: mean and variance of the number X of rows that count below one carrier: the rows
    counted by a fanout, or the rows whose value is averaged. For a fanout further down (items per order, by the
    customer's segment) X counts the rows of the `per` table (orders) and `value` is the number of children of one of
    them. value, value_variance: mean and variance of one value within a carrier; for a share p and p(1 − p). None for
    a fanout directly below the carrier. value_between: variance, between carriers, of the carrier's mean value (0
    where all carriers of a segment share one).
    """

    carriers: float
    children: float = 1.0
    children_variance: float = 0.0
    value: float | None = None
    value_variance: float = 0.0
    value_between: float = 0.0

    @property
    def finite(self) -> bool:
        """Whether every moment is a finite number; a law may have no variance, or no mean."""
        return all(math.isfinite(each) for each in astuple(self) if each is not None)

    @property
    def empty(self) -> bool:
        """Whether no row counts, so that there is nothing to average."""
        return self.carriers <= 0 or self.children <= 0
