"""histogram {edges, weights}: values, evenly spread between neighbouring edges. A factor multiplies the values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded
from fanwise.generator.distributions.knots import LinearSampler, shares_below
from fanwise.generator.distributions.requirements import broken, factor_of, reasonable


class Histogram(Bounded):
    """The piecewise uniform law: weight i lies between edges i and i + 1."""

    name = "histogram"
    discrete = False
    integral_scale = False

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        if set(params) != {"edges", "weights"}:
            return f"needs edges and weights, not {', '.join(params) or 'nothing'}; write exactly these"
        edges, weights = list(params["edges"]), list(params["weights"])
        rising = all(low < high for low, high in itertools.pairwise(edges))
        return broken(
            (
                all(math.isfinite(number) and reasonable(number) for number in edges + weights),
                "give finite numbers up to 1e50",
            ),
            (len(edges) >= 2, f"{len(edges)} edges enclose no value; give at least 2"),
            (
                len(weights) == len(edges) - 1,
                f"{len(edges)} edges and {len(weights)} weights; give one weight between each two neighbouring edges",
            ),
            (rising, "edges do not ascend; sort them and remove duplicates"),
            (all(weight >= 0 for weight in weights), "a weight is negative; give 0 or more"),
            (any(weights), "all weights are 0; give at least one above 0"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters of the values times `factor`."""
        by = factor_of(factor)
        return {**params, "edges": tuple(edge * by for edge in params["edges"])}

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return params["edges"][0], params["edges"][-1]

    def mean(self, params: Params) -> float:
        """Return the mean."""
        left, right, shares = _bins(params)
        return math.fsum(shares * (left + right) / 2)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        left, right, shares = _bins(params)
        offset = (left + right) / 2 - self.mean(params)
        return math.fsum(shares * (offset**2 + (right - left) ** 2 / 12))

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        left, right, shares = _bins(params)
        if x <= left[0]:
            return NOTHING
        mean, end = self.mean(params), np.clip(x, left, right)
        part = shares * (end - left) / (right - left)
        middle = (left + end) / 2
        return Below(
            mass=math.fsum(part),
            rest=math.fsum(shares * (right - end) / (right - left)),
            first=math.fsum(part * middle),
            deviation=math.fsum(part * (middle - mean)),
            square=math.fsum(part * ((middle - mean) ** 2 + (end - left) ** 2 / 12)),
        )

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        left, right, shares = _bins(params)
        above = 0.0
        for low, high, share in zip(left[::-1], right[::-1], shares[::-1], strict=True):
            if share > 0 and above + share >= tail:
                return float(high - (tail - above) / share * (high - low))
            above += share
        return float(left[0])

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return LinearSampler(
            [np.array(cell["edges"], dtype=np.float64) for cell in cells],
            [np.concatenate([[0.0], shares_below(cell["weights"])]) for cell in cells],
        )


def _bins(params: Params) -> tuple[Floats, Floats, Floats]:
    """Return left edges, right edges and shares of the bins."""
    edges, weights = np.array(params["edges"], dtype=np.float64), np.array(params["weights"], dtype=np.float64)
    return edges[:-1], edges[1:], weights / math.fsum(weights)
