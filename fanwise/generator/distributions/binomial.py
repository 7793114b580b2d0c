"""binomial {n, p}: successes among n independent trials. A factor multiplies p."""

from __future__ import annotations

import math

import numpy as np

from fanwise.generator.distributions.base import Floats, Params
from fanwise.generator.distributions.counting import Counting
from fanwise.generator.distributions.requirements import broken, scaled_probability, unfit, whole


class Binomial(Counting):
    """The binomial law."""

    name = "binomial"

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "n", "p") or broken(
            (whole(params["n"]) and params["n"] >= 0, f"n is {params['n']:g}; give an integer from 0 to 2^53"),
            (0 <= params["p"] <= 1, f"p is {params['p']:g}; a probability is between 0 and 1"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters with p · factor; raise ValueError when that is above 1."""
        return scaled_probability(params, factor)

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return 0.0, params["n"]

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["n"] * params["p"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["n"] * params["p"] * (1 - params["p"]))

    def companion(self, params: Params) -> Params:
        """Return the law of one trial fewer."""
        return {**params, "n": params["n"] - 1}

    def tails(self, params: Params, k: Floats) -> tuple[Floats, Floats]:
        """Return P(X ≤ k) and P(X > k)."""
        from fanwise.io import special

        n, p = params["n"], params["p"]
        inside = k < n
        trials = np.where(inside, n - k, 1.0)
        cdf = np.where(inside, special.betainc(trials, k + 1, 1 - p), 1.0)
        return cdf, np.where(inside, special.betainc(k + 1, trials, p), 0.0)

    def probability(self, params: Params, k: int) -> float:
        """Return P(X = k)."""
        from fanwise.io import special

        n, p = params["n"], params["p"]
        if k > n:
            return 0.0
        choices = -special.betaln(n - k + 1, k + 1) - math.log(n + 1)
        return math.exp(choices + k * math.log(p) + (n - k) * math.log1p(-p))
