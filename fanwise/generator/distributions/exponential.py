"""exponential {mean}: waiting times without memory. A factor multiplies the mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, stein
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.numerics import exactmath


class Exponential(Bounded):
    """The exponential law."""

    name = "exponential"
    discrete = False
    integral_scale = False
    ends = 0.0, math.inf

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean") or broken(
            (params["mean"] >= 0, f"mean is {params['mean']:g}; an exponential value is 0 or more")
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large."""
        return scaled(params, factor, "mean")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["mean"]) ** 2

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x; the companion law is gamma of shape 2."""
        from fanwise.io import special

        if x <= 0:
            return NOTHING
        mean = float(params["mean"])
        t = min(x / mean, 1e5)
        companion = float(special.gammainc(2, t)), t * math.exp(-t) / mean
        return stein(-math.expm1(-t), math.exp(-t), mean * companion[0], mean, mean**2, x, companion)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return float(params["mean"] * -math.log(tail))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_exponential, ((cell["mean"],) for cell in cells), waiting=True)


def _exponential(u: Floats, out: Floats, mean: Floats) -> None:
    np.negative(u, out=out)
    exactmath.log1p(out, out=out)
    np.negative(out, out=out)
    np.multiply(out, mean, out=out)
