"""Integer laws from 0 whose distribution function scipy knows: their table, upper quantile and bounded moments."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Ints, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, stein
from fanwise.generator.distributions.knots import IntegerSampler, knot_values, two_sided

_UNREACHED = 2.0**-60  # below the smallest uniform, 2^-53


def smallest_integer(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the smallest integer in [low, high] for which `holds` (False, then True), or `high`."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


class Counting(Bounded):
    """A family whose companion (see `bounds.stein`) is of the same family."""

    discrete = True
    integral_scale = False
    ends = 0.0, math.inf
    sort = "count"

    @abstractmethod
    def tails(self, params: Params, k: Floats) -> tuple[Floats, Floats]:
        """Return P(X ≤ k) and P(X > k) for whole k ≥ 0."""

    @abstractmethod
    def probability(self, params: Params, k: int) -> float:
        """Return P(X = k) for k ≥ 0."""

    @abstractmethod
    def companion(self, params: Params) -> Params:
        """Return the parameters of the companion law."""

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        if x < 0:
            return NOTHING
        k = math.floor(x)
        companion = self.companion(params)
        mass, rest = self._at(params, k)
        under = self._at(companion, k - 1)[0] if k else 0.0
        mean = self.mean(params)
        density = self.probability(companion, k)
        return stein(mass, rest, mean * under, mean, self.variance(params), k, (under, density))

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        mean, variance = self.mean(params), self.variance(params)
        if variance == 0:
            return mean
        reach = math.ceil(math.sqrt(variance)) + 1
        while self._at(params, math.ceil(mean) + reach)[1] > tail:
            reach *= 2
        return smallest_integer(lambda k: self._at(params, k)[1] <= tail, 0, math.ceil(mean) + reach)

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        tables = [self._table(params) for params in cells]
        return IntegerSampler([values for values, _ in tables], [cumulative for _, cumulative in tables])

    def _table(self, params: Params) -> tuple[Ints, Floats]:
        if self.variance(params) == 0:
            return np.array([round(self.mean(params))], dtype=np.int64), np.ones(1)
        first = smallest_integer(lambda k: self._at(params, k)[0] >= _UNREACHED, 0, math.ceil(self.mean(params)))
        values = knot_values(first, int(self.upper(params, _UNREACHED)))
        return values, two_sided(*self.tails(params, values.astype(np.float64)))

    def _at(self, params: Params, k: int) -> tuple[float, float]:
        cdf, sf = self.tails(params, np.array([float(k)]))
        return float(cdf[0]), float(sf[0])
