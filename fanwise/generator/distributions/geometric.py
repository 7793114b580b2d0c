"""geometric {mean}: failures before the first success, from 0. A factor multiplies the mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.numerics import exactmath


class Geometric(Bounded):
    """The geometric law on 0, 1, 2, …: P(X > k) = q^(k + 1) with q = mean / (1 + mean)."""

    name = "geometric"
    discrete = True
    integral_scale = False
    ends = 0.0, math.inf
    sort = "count"

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean") or broken(
            (params["mean"] >= 0, f"mean is {params['mean']:g}; a count is 0 or more"),
            (params["mean"] <= 1e15, f"mean is {params['mean']:g}; give at most 1e15"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large."""
        return scaled(params, factor, "mean")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["mean"] * (1 + params["mean"]))

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x; the companion law is negative binomial of size 2."""
        from fanwise.io import special

        if x < 0:
            return NOTHING
        mean, k = float(params["mean"]), math.floor(x)
        rate = math.log1p(1 / mean)
        mass, rest = -math.expm1(-(k + 1) * rate), math.exp(-(k + 1) * rate)
        under = float(special.betainc(2, k, 1 / (1 + mean))) if k else 0.0
        density = (k + 1) * math.exp(-k * rate) / (1 + mean) ** 2
        variance = self.variance(params)
        square = variance * (under - (k - mean) * density)
        return Below(mass, rest, mean * under, -variance * density, square)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        if params["mean"] == 0:
            return 0.0
        return float(max(math.ceil(-math.log(tail) / math.log1p(1 / params["mean"])) - 1, 0))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_geometric, ((_per_rate(cell["mean"]),) for cell in cells), integral=True)


def _per_rate(mean: float) -> float:
    """Return −1 / log q."""
    return float(1 / exactmath.log1p(1 / mean)) if mean else 0.0


def _geometric(u: Floats, out: Floats, per_rate: Floats) -> None:
    np.negative(u, out=out)
    exactmath.log1p(out, out=out)
    np.multiply(out, per_rate, out=out)
    np.negative(out, out=out)
    np.ceil(out, out=out)
    np.subtract(out, 1.0, out=out)
    np.maximum(out, 0.0, out=out)
