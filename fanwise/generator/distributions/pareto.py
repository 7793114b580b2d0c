"""pareto {min, alpha}: P(X > x) = (min / x)^alpha. A factor multiplies the values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, about
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.numerics import exactmath


class Pareto(Bounded):
    """The Pareto law; the mean is infinite for alpha ≤ 1 and the variance for alpha ≤ 2."""

    name = "pareto"
    discrete = False
    integral_scale = False

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "min", "alpha") or broken(
            (params["min"] > 0, f"min is {params['min']:g}; give a number above 0"),
            (
                0.05 <= params["alpha"] <= 1e6,
                f"alpha is {params['alpha']:g}; give 0.05 to 1e6 (above 1 for a finite mean)",
            ),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters of the values times `factor`."""
        return scaled(params, factor, "min")

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return params["min"], math.inf

    def mean(self, params: Params) -> float:
        """Return the mean."""
        low, alpha = float(params["min"]), params["alpha"]
        return low * alpha / (alpha - 1) if alpha > 1 else math.inf if low else 0.0

    def variance(self, params: Params) -> float:
        """Return the variance."""
        low, alpha = float(params["min"]), params["alpha"]
        if not low:
            return 0.0
        return low**2 * alpha / (alpha - 1) ** 2 / (alpha - 2) if alpha > 2 else math.inf

    def centre(self, params: Params) -> float:
        """Return the mean, or min where the mean is infinite."""
        return self.mean(params) if params["alpha"] > 1 else float(params["min"])

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        low, alpha = float(params["min"]), params["alpha"]
        if x <= low:
            return NOTHING
        span = math.log(x / low)
        first = low * alpha * _truncated(alpha - 1, span)
        second = low**2 * alpha * _truncated(alpha - 2, span)
        return about(self.centre(params), -math.expm1(-alpha * span), math.exp(-alpha * span), first, second)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return float(params["min"] * exactmath.exp(-math.log(tail) / params["alpha"]))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_pareto, ((cell["min"], -1 / cell["alpha"]) for cell in cells))


def _truncated(rate: float, span: float) -> float:
    """Return the integral of e^(−rate·t) from 0 to `span`; inf beyond the range of numbers."""
    if -rate * span > 700:
        return math.inf
    return -math.expm1(-rate * span) / rate if rate else span


def _pareto(u: Floats, out: Floats, low: Floats, exponent: Floats) -> None:
    np.negative(u, out=out)
    exactmath.log1p(out, out=out)
    np.multiply(out, exponent, out=out)
    exactmath.exp(out, out=out)
    np.multiply(out, low, out=out)
