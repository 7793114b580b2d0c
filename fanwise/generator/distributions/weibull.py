"""weibull {mean, shape}: lifetimes whose risk grows (shape above 1) or falls. A factor multiplies the mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, about
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.numerics import exactmath

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


class Weibull(Bounded):
    """The Weibull law."""

    name = "weibull"
    discrete = False
    integral_scale = False
    ends = 0.0, math.inf

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean", "shape") or broken(
            (params["mean"] >= 0, f"mean is {params['mean']:g}; a Weibull value is 0 or more"),
            (0.02 <= params["shape"] <= 1e6, f"shape is {params['shape']:g}; give a number from 0.02 to 1e6"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large, shape kept."""
        return scaled(params, factor, "mean")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance: mean² (Γ(1 + 2/shape) / Γ(1 + 1/shape)² − 1)."""
        from fanwise.io import special

        shape = params["shape"]
        log_ratio = special.gammaln(1 + 2 / shape) - 2 * special.gammaln(1 + 1 / shape)
        return float(params["mean"] ** 2 * math.expm1(log_ratio))

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        from fanwise.io import special

        if x <= 0:
            return NOTHING
        mean, shape = float(params["mean"]), params["shape"]
        t = math.exp(min(shape * math.log(x / _length(params)), 700.0))
        second = (mean**2 + self.variance(params)) * float(special.gammainc(1 + 2 / shape, t))
        first = mean * float(special.gammainc(1 + 1 / shape, t))
        return about(mean, -math.expm1(-t), math.exp(-t), first, second)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return float(_length(params) * (-math.log(tail)) ** (1 / params["shape"]))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_weibull, ((_length(cell), 1 / cell["shape"]) for cell in cells))


def _length(params: Params) -> float:
    """Return the scale parameter, mean / Γ(1 + 1/shape)."""
    return float(params["mean"]) / float(exactmath.exp(_log_gamma(1 + 1 / params["shape"])))


def _log_gamma(x: float) -> float:
    """Return log Γ(x) for x ≥ 1 by Stirling's series at x + 20, from operations that are equal on every machine."""
    product = 1.0
    for step in range(20):
        product *= x + step
    x += 20
    series = 0.0
    power = x
    for coefficient in _STIRLING:
        series += coefficient / power
        power *= x * x
    stirling = (x - 0.5) * float(exactmath.log(x)) - x + 0.918938533204672741780 + series
    return stirling - float(exactmath.log(product))


def _weibull(u: Floats, out: Floats, length: Floats, exponent: Floats) -> None:
    np.negative(u, out=out)
    exactmath.log1p(out, out=out)
    np.negative(out, out=out)
    exactmath.log(out, out=out)
    np.multiply(out, exponent, out=out)
    exactmath.exp(out, out=out)
    np.multiply(out, length, out=out)
