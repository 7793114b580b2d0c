"""bernoulli {p}: 1 with probability p, else 0. A factor multiplies p."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, about
from fanwise.generator.distributions.requirements import broken, scaled_probability, unfit
from fanwise.generator.distributions.sampling import Transformed


class Bernoulli(Bounded):
    """The Bernoulli law."""

    name = "bernoulli"
    discrete = True
    integral_scale = False
    ends = 0.0, 1.0
    sort = "share"

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "p") or broken(
            (0 <= params["p"] <= 1, f"p is {params['p']:g}; a probability is between 0 and 1")
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters with p · factor; raise ValueError when that is above 1."""
        return scaled_probability(params, factor)

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["p"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["p"] * (1 - params["p"]))

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        p = float(params["p"])
        if x < 0:
            return NOTHING
        return about(p, 1 - p, p, 0.0, 0.0) if x < 1 else about(p, 1.0, 0.0, p, p)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return 1.0 if params["p"] > tail else 0.0

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_bernoulli, ((1 - cell["p"],) for cell in cells), integral=True, stepped=True)


def _bernoulli(u: Floats, out: Floats, failure: Floats) -> None:
    np.copyto(out, np.greater(u, failure))
