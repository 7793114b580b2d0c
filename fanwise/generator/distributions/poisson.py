"""poisson {mean}: counts of independent events. A factor multiplies the mean."""

from __future__ import annotations

import math

import numpy as np

from fanwise.generator.distributions.base import Floats, Params
from fanwise.generator.distributions.counting import Counting
from fanwise.generator.distributions.requirements import broken, scaled, unfit


class Poisson(Counting):
    """The Poisson distribution.

    From a mean of 1e6 on, scipy's upper tail beyond 4.5 standard deviations (P = 3e-6) is off by 1e-5 of itself.
    """

    name = "poisson"
    dispersion = 1.0

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean") or broken(
            (params["mean"] >= 0, f"mean is {params['mean']:g}; a count is 0 or more"),
            (params["mean"] <= 1e7, f"mean is {params['mean']:g}, above 1e7; use normal with `round: 0`"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large."""
        return scaled(params, factor, "mean")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["mean"])

    def companion(self, params: Params) -> Params:
        """Return the law itself."""
        return params

    def tails(self, params: Params, k: Floats) -> tuple[Floats, Floats]:
        """Return P(X ≤ k) and P(X > k)."""
        from fanwise.io import special

        return np.asarray(special.pdtr(k, params["mean"])), np.asarray(special.pdtrc(k, params["mean"]))

    def probability(self, params: Params, k: int) -> float:
        """Return P(X = k)."""
        mean = params["mean"]
        return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
