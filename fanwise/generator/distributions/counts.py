"""histogram of counts, {0: 3, 1: 5, 2: 2} as a fanout: each count with its weight."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded
from fanwise.generator.distributions.knots import IntegerSampler, shares_below
from fanwise.generator.distributions.requirements import broken, reasonable, unscalable, whole


class Counts(Bounded):
    """The law of listed counts; `counts` holds pairs (count, weight)."""

    name = "counts"
    discrete = True
    integral_scale = True

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        if set(params) != {"counts"} or not params["counts"]:
            return "needs counts with weights, such as {0: 3, 1: 5}"
        bad = [count for count, _ in params["counts"] if not (math.isfinite(count) and whole(count) and count >= 0)]
        weights = [weight for _, weight in params["counts"]]
        return broken(
            (not bad, f"{bad[:1]} is not a count; give integers of 0 or more"),
            (all(reasonable(weight) and weight >= 0 for weight in weights), "a weight is not a number from 0 to 1e50"),
            (any(weights), "all weights are 0; give at least one above 0"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters for a factor of 1; raise ValueError for others, which act on the drawn integer."""
        return unscalable(self.name, params, factor)

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        counts = [count for count, weight in params["counts"] if weight]
        return min(counts), max(counts)

    def mean(self, params: Params) -> float:
        """Return the mean."""
        values, shares = _atoms(params)
        return math.fsum(values * shares)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        values, shares = _atoms(params)
        return math.fsum((values - self.mean(params)) ** 2 * shares)

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        values, shares = _atoms(params)
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
        values, shares = _atoms(params)
        above = np.append(np.add.accumulate(shares[::-1])[::-1][1:], 0.0)
        return float(values[int(np.argmax(above <= tail))])

    def atoms(self, params: Params, limit: int) -> tuple[Floats, Floats] | None:
        """Return the values and their probabilities, or None when there are more than `limit`."""
        return _atoms(params) if len(params["counts"]) <= limit else None

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        ordered = [sorted(cell["counts"]) for cell in cells]
        values = [np.array([count for count, _ in pairs], dtype=np.int64) for pairs in ordered]
        shares = [shares_below([weight for _, weight in pairs]) for pairs in ordered]
        return IntegerSampler(values, shares, spread=False)


def _atoms(params: Params) -> tuple[Floats, Floats]:
    pairs = sorted(params["counts"])
    weights = np.array([weight for _, weight in pairs], dtype=np.float64)
    return np.array([count for count, _ in pairs], dtype=np.float64), weights / math.fsum(weights)
