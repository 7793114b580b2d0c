"""negbin {mean, k}: counts with variance mean + mean²/k, above Poisson's. A factor multiplies the mean, k kept."""

from __future__ import annotations

import math

import numpy as np

from fanwise.generator.distributions.base import Floats, Params
from fanwise.generator.distributions.counting import Counting
from fanwise.generator.distributions.requirements import broken, scaled, unfit


class Negbin(Counting):
    """The negative binomial law: Poisson with a mean that is itself gamma of shape k."""

    name = "negbin"

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean", "k") or broken(
            (params["mean"] >= 0, f"mean is {params['mean']:g}; a count is 0 or more"),
            (params["k"] > 0, f"k is {params['k']:g}; give a number above 0 (the smaller, the more dispersed)"),
            (params["mean"] <= 1e12, f"mean is {params['mean']:g}; give at most 1e12"),
            (1e-3 <= params["k"] <= 1e9, f"k is {params['k']:g}; give 0.001 to 1e9 (poisson, if larger)"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large, k kept."""
        return scaled(params, factor, "mean")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["mean"] + params["mean"] ** 2 / params["k"])

    def companion(self, params: Params) -> Params:
        """Return the law of k + 1 with the same odds."""
        k = params["k"]
        return {"mean": params["mean"] * (k + 1) / k, "k": k + 1}

    def tails(self, params: Params, k: Floats) -> tuple[Floats, Floats]:
        """Return P(X ≤ k) and P(X > k)."""
        from fanwise.io import special

        size, mean = params["k"], params["mean"]
        cdf = special.betainc(size, k + 1, size / (size + mean))
        return np.asarray(cdf), np.asarray(special.betainc(k + 1, size, mean / (size + mean)))

    def probability(self, params: Params, k: int) -> float:
        """Return P(X = k)."""
        from fanwise.io import special

        size, mean = params["k"], params["mean"]
        ways = -special.betaln(size, k + 1) - math.log(size + k)
        return math.exp(ways - size * math.log1p(mean / size) - k * math.log1p(size / mean))
