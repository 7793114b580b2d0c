"""Means and variances of values that are held between two bounds, from what a law puts below a point.

With B(x) = what lies at or below x, the mean of min(max(X, low), high) is
low · P(X ≤ low) + E[X; low < X ≤ high] + high · P(X > high), and its variance follows likewise from moments about a
centre. Moments about the law's own mean, not about 0, keep the digits of a law that is narrow and far from 0.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

from fanwise.generator.distributions.base import Nature, Params


class Below(NamedTuple):
    """What a law puts at or below x; c is the centre.

    mass: P(X ≤ x). rest: P(X > x). first: E[X; X ≤ x]. deviation: E[X − c; X ≤ x]. square: E[(X − c)²; X ≤ x].
    """

    mass: float
    rest: float
    first: float
    deviation: float
    square: float


NOTHING = Below(0.0, 1.0, 0.0, 0.0, 0.0)


def about(centre: float, mass: float, rest: float, first: float, second: float) -> Below:
    """Return `Below` from moments about 0."""
    deviation = first - centre * mass
    return Below(mass, rest, first, deviation, second - centre * (first + deviation))


def stein(
    mass: float, rest: float, first: float, mean: float, variance: float, x: float, companion: tuple[float, float]
) -> Below:
    """Return `Below` of a Pearson or Ord law from its companion's (distribution function, density).

    For these laws E[X − μ; X ≤ x] = −σ² c(x), where c is the density of a companion law of the same family, and summing
    by parts E[(X − μ)²; X ≤ x] = σ² (C(x) − (x − μ) c(x)); for integers C is taken at x − 1. Companions: normal itself,
    gamma(a + 1), beta(a + 1, b + 1), Poisson itself, binomial(n − 1), negative binomial(k + 1).
    (Stein 1986, "Approximate computation of expectations"; Diaconis and Zabell 1991, "Closed form summation".)
    """
    below, density = companion
    return Below(mass, rest, first, -variance * density, variance * (below - (x - mean) * density))


class Bounded(ABC):
    """Bounded moments of a family that can tell what lies below a point. A law of variance 0 never reaches `below`."""

    discrete: bool
    dispersion: float | None = None
    increasing: bool = True
    sort: Nature | None = None
    ends: tuple[float, float] = (-math.inf, math.inf)

    def nature(self, params: Params) -> Nature:
        """Return what sort of numbers these are."""
        return self.sort or ("other" if self.discrete else "continuous")

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return self.ends

    def crowding(self, params: Params, unit: float) -> float:
        """Return by how much, at most, a digit of this unit departs from even: 0 where the density is smooth."""
        return 0.0

    @abstractmethod
    def mean(self, params: Params) -> float:
        """Return the mean (inf where there is none)."""

    @abstractmethod
    def variance(self, params: Params) -> float:
        """Return the variance (inf where there is none)."""

    @abstractmethod
    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x, with moments about `centre`."""

    def centre(self, params: Params) -> float:
        """Return the point about which `below` takes its moments."""
        return self.mean(params)

    def bounded_mean(self, params: Params, low: float | None, high: float | None) -> float:
        """Return E[min(max(X, low), high)]."""
        if low is None and high is None:
            return self.mean(params)
        if self.variance(params) == 0:
            return clamp(self.mean(params), low, high)
        if low is not None and high is not None and low >= high:
            return high
        bottom, top = self._ends(params, low, high)
        inside = top.first - bottom.first
        return inside + (low or 0.0) * bottom.mass + (high or 0.0) * top.rest

    def bounded_variance(self, params: Params, low: float | None, high: float | None) -> float:
        """Return Var[min(max(X, low), high)]."""
        variance = self.variance(params)
        if variance == 0 or (low is None and high is None):
            return variance
        if low is not None and high is not None and low >= high:
            return 0.0
        bottom, top = self._ends(params, low, high)
        if math.isinf(top.square):
            return math.inf
        mean = self.bounded_mean(params, low, high)
        shift = self.centre(params) - mean
        mass = bottom.rest - top.rest if bottom.rest < bottom.mass else top.mass - bottom.mass
        inside = top.square - bottom.square + shift * (2 * (top.deviation - bottom.deviation) + shift * mass)
        under = 0.0 if low is None or not bottom.mass else (low - mean) * (low - mean) * bottom.mass
        over = 0.0 if high is None or not top.rest else (high - mean) * (high - mean) * top.rest
        return max(0.0, inside + under + over)

    def _ends(self, params: Params, low: float | None, high: float | None) -> tuple[Below, Below]:
        if high is None:
            mean, centre = self.mean(params), self.centre(params)
            top = Below(1.0, 0.0, mean, mean - centre, self.variance(params) + (mean - centre) ** 2)
        else:
            top = self.below(params, high)
        return NOTHING if low is None else self.below(params, low), top


def clamp(value: float, low: float | None, high: float | None) -> float:
    """Return min(max(value, low), high)."""
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)
