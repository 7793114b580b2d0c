"""Moments: what a forecast needs to know about each metric and segment, from formulas or measured on a pilot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fanwise.validator.stats.intervals import Mean

__all__ = ["Measured", "Moments", "Pilot", "PilotSize"]


@dataclass(frozen=True, slots=True)
class Moments:
    """Predicted moments of one metric in one segment, after bounds (the effective law, not the declared one).

    carriers: expected rows of the axis' table in the segment (the independent units, usually customers).
    children, children_variance: mean and variance of the number X of rows that count below one carrier: the rows
    counted by a fanout, or the rows whose value is averaged. For a fanout further down (items per order, by the
    customer's segment) X counts the rows of the `per` table (orders) and `value` is the number of children of one of
    them. value, value_variance: mean and variance of one value within a carrier; for a share p and p(1 − p). None for
    a fanout directly below the carrier. value_between: variance, between carriers, of the carrier's mean value (0
    where all carriers of a segment share one). tail: pairs (p, r), p falling: a value is above r times the mean with
    the chance p; empty where it is not known, or is of no weight. sorts: the sorts of units, each
    with its share, the means of X and Y, their variances and covariance (x, y, xx, xy, yy); empty where all are of one.
    """

    carriers: float
    children: float = 1.0
    children_variance: float = 0.0
    value: float | None = None
    value_variance: float = 0.0
    value_between: float = 0.0
    tail: tuple[tuple[float, float], ...] = ()
    sorts: tuple[tuple[float, float, float, float, float, float], ...] = ()

    @property
    def finite(self) -> bool:
        """Whether every moment is a finite number; a law may have no variance, or no mean."""
        rows = (self.carriers, self.children, self.children_variance)
        values = (self.value or 0.0, self.value_variance, self.value_between)
        return all(map(math.isfinite, (*rows, *values)))

    @property
    def empty(self) -> bool:
        """Whether no row counts, so that there is nothing to average."""
        return self.carriers <= 0 or self.children <= 0


@dataclass(frozen=True, slots=True)
class Measured:
    """Moments of one metric in one segment, measured on generated rows.

    The unit is a row of the axis' table with X rows that count below it and Y their total; R = E[Y]/E[X].
    expected: rows of the axis' table that the data set is expected to have in the segment; units: those measured.
    informative: share of them with X > 0. x: E[X]. ratio: R (nan where nothing counts). variance, kurtosis: of Y − RX,
    the kurtosis as E[(Y − RX)⁴] over the squared variance. clump: E[X²]/E[X].
    tail: pairs (p, r), p falling: Y of a unit is above r times its mean with the chance p.
    """

    expected: float
    units: int
    informative: float
    x: float
    ratio: float
    variance: float
    kurtosis: float = 3.0
    clump: float = 1.0
    tail: tuple[tuple[float, float], ...] = ()

    def mean(self, unit: float) -> Mean:
        """Return the predicted estimate of the data set; `unit` as in `Mean`.

        Its variance is the linearised Var(Y − RX) / (n·E[X]²). As an estimate from m units, that variance has the
        squared coefficient of variation (kurtosis − 1) / m.
        """
        informative = round(self.expected * self.informative)
        if self.expected <= 0 or not self.x > 0:
            return Mean(math.nan, 0.0, max(informative, 0), 0.0, unit)
        variance = self.variance / (self.expected * self.x * self.x)
        known = max(self.units * self.informative, 1.0)
        doubt = max(self.kurtosis - 1.0, 0.0) / self.units
        tail = tuple((p / self.x, r * self.x) for p, r in self.tail)
        return Mean(
            self.ratio, variance, informative, self.expected * self.x, unit, known, doubt, clump=self.clump, tail=tail
        ).floored()


@dataclass(frozen=True, slots=True)
class PilotSize:
    """`rows` rows of the axis' table were generated, `draws` times with different seeds."""

    table: str
    rows: int
    draws: int = 1


@dataclass(frozen=True, slots=True)
class Pilot:
    """What a pilot measured of one metric, by segment."""

    size: PilotSize
    moments: Mapping[str, Measured]
