"""Laws of listed counts: each with its probability."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded
from fanwise.generator.distributions.knots import IntegerSampler, shares_below
from fanwise.generator.distributions.requirements import unscalable


class Atomic(Bounded):
    """A family whose values can be listed; a factor acts on the drawn integer."""

    name: str
    discrete = True
    integral_scale = True

    @abstractmethod
    def pairs(self, params: Params) -> Sequence[tuple[float, float]]:
        """Return pairs (count, weight), in any order."""

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters for a factor of 1; raise ValueError for others, which act on the drawn integer."""
        return unscalable(self.name, params, factor)

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        counts = [count for count, weight in self.pairs(params) if weight]
        return min(counts), max(counts)

    def mean(self, params: Params) -> float:
        """Return the mean."""
        values, shares = self._listed(params)
        return math.fsum(values * shares)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        values, shares = self._listed(params)
        return math.fsum((values - self.mean(params)) ** 2 * shares)

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        values, shares = self._listed(params)
        mean, inside = self.mean(params), values <= x
        part = shares * inside
        return Below(
            mass=math.fsum(part),
            rest=math.fsum(shares[~inside]),
            first=math.fsum(part * values),
            deviation=math.fsum(part * (values - mean)),
            square=math.fsum(part * (values - mean) ** 2),
        )

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        values, shares = self._listed(params)
        above = np.append(np.add.accumulate(shares[::-1])[::-1][1:], 0.0)
        return float(values[int(np.argmax(above <= tail))])

    def atoms(self, params: Params, limit: int) -> tuple[Floats, Floats] | None:
        """Return the values and their probabilities, or None when there are more than `limit`."""
        return self._listed(params) if len(self.pairs(params)) <= limit else None

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        ordered = [sorted(self.pairs(cell)) for cell in cells]
        values = [np.array([count for count, _ in pairs], dtype=np.int64) for pairs in ordered]
        shares = [shares_below([weight for _, weight in pairs]) for pairs in ordered]
        return IntegerSampler(values, shares, spread=False)

    def _listed(self, params: Params) -> tuple[Floats, Floats]:
        pairs = sorted(self.pairs(params))
        weights = np.array([weight for _, weight in pairs], dtype=np.float64)
        return np.array([count for count, _ in pairs], dtype=np.float64), weights / math.fsum(weights)
