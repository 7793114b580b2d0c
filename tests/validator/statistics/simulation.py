"""Many data sets at once: customers of two segments, their children, and the totals that the audit starts from.

All is drawn with numpy and summed per customer, so that a thousand data sets cost one array operation; what decides on
them are the validator's own functions. `test_oracles.py` shows that SQL finds the same sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fanwise.validator.stats.intervals import Mean

__all__ = ["SCENARIOS", "Scenario", "Segment", "estimates", "standard_error"]

Generator = np.random.Generator


@dataclass(frozen=True)
class Segment:
    """The law of one segment.

    customers, children: how many, and the mean number of children of each. k: negative binomial size, inf for Poisson.
    mean: of a value; None where children are counted. omega: log sd of values within a customer. icc: intraclass
    correlation of values, the part of their variance that lies between customers.
    """

    customers: int
    children: float
    k: float = math.inf
    mean: float | None = None
    omega: float = 0.7
    icc: float = 0.0

    @property
    def tau(self) -> float:
        """Log sd between customers: (1 − exp(−τ²)) / (exp(ω²) − 1) = icc / (1 − icc)."""
        return math.sqrt(abs(math.log1p(-self.icc / (1 - self.icc) * math.expm1(self.omega**2))))


def replicates(generator: Generator, segment: Segment, count: int) -> list[Mean]:
    """Return the estimates of `count` data sets."""
    shape = (count, segment.customers)
    taste = 1.0 if math.isinf(segment.k) else generator.gamma(segment.k, 1 / segment.k, shape)
    children = generator.poisson(segment.children * taste, shape)
    if segment.mean is None:
        return list(_means(np.ones(shape), children.astype(float), 1.0))
    return list(_means(children.astype(float), _totals(generator, segment, children), 0.0))


def _totals(generator: Generator, segment: Segment, children: np.ndarray) -> np.ndarray:
    """Return the sum of the values of each customer: lognormal within customers whose own means are lognormal."""
    flat = children.reshape(-1)
    owner = np.repeat(np.arange(flat.size), flat)
    within = np.exp(generator.normal(-(segment.omega**2) / 2, segment.omega, owner.size))
    own = np.exp(generator.normal(-(segment.tau**2) / 2, segment.tau, flat.size))
    assert segment.mean is not None
    totals: np.ndarray = segment.mean * own * np.bincount(owner, within, flat.size)
    return totals.reshape(children.shape)


def _means(x: np.ndarray, y: np.ndarray, unit: float) -> Iterator[Mean]:
    """Yield ΣY/ΣX with its linearised variance n/(n − 1)·Σ(Y − RX)²/(ΣX)², n being the customers with X > 0."""
    total = x.sum(axis=1)
    ratio = y.sum(axis=1) / total
    n = (x > 0).sum(axis=1)
    variance = n / (n - 1) * ((y - ratio[:, None] * x) ** 2).sum(axis=1) / total**2
    for value, spread, units, rows in zip(ratio, variance, n, total, strict=True):
        yield Mean(float(value), float(spread), int(units), float(rows), unit).floored()


@dataclass(frozen=True)
class Scenario:
    """Two segments of one law; `high` has `ratio` times the mean of `low`."""

    sizes: tuple[int, int]
    children: float
    k: float = math.inf
    icc: float | None = None

    @property
    def label(self) -> str:
        law = f"k {self.k:g}" if self.icc is None else f"values, icc {self.icc:g}"
        return f"{self.sizes[0]} and {self.sizes[1]} customers, {self.children:g} children, {law}"

    def segments(self, ratio: float) -> tuple[Segment, Segment]:
        """Return the segments, the one with the higher mean first."""
        high, low = self.sizes
        if self.icc is None:
            return Segment(high, self.children * ratio, self.k), Segment(low, self.children, self.k)
        return (
            Segment(high, self.children, self.k, 72 * ratio, icc=self.icc),
            Segment(low, self.children, self.k, 72, icc=self.icc),
        )


# The sizes of the seed's segments, and smaller ones, down to 30: below that an audit calls its interval approximate.
SIZES = ((30, 90), (60, 200), (164, 482))
SCENARIOS = (
    *(Scenario(sizes, mean, k) for sizes in SIZES for mean, k in ((2, math.inf), (5, 2), (23, 4))),
    *(Scenario(sizes, 5, icc=icc) for sizes in SIZES for icc in (0.0, 0.05, 0.1, 0.2, 0.3)),
    Scenario((164, 482), 23, icc=0.116),
    Scenario((164, 482), 23, icc=0.252),
)


def estimates(scenario: Scenario, ratio: float, count: int, seed: int) -> list[tuple[Mean, Mean]]:
    """Return the estimates of both segments in `count` data sets."""
    generator = np.random.default_rng(seed)
    high, low = scenario.segments(ratio)
    return list(zip(replicates(generator, high, count), replicates(generator, low, count), strict=True))


def standard_error(probability: float, count: int) -> float:
    """Return the standard error of a share of `count` trials."""
    return math.sqrt(probability * (1 - probability) / count)
