"""normal {mean, sd}. A factor multiplies the values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded, stein
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.numerics.exactmath import normal_quantile


class Normal(Bounded):
    """The normal law."""

    name = "normal"
    discrete = False
    integral_scale = False

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean", "sd") or broken(
            (params["sd"] >= 0, f"sd is {params['sd']:g}; a standard deviation is 0 or more")
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters of the values times `factor`."""
        return scaled(params, factor, "mean", "sd")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["sd"]) ** 2

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        from fanwise.io import special

        mean, sd = params["mean"], params["sd"]
        z = (x - mean) / sd
        mass, rest = float(special.ndtr(z)), float(special.ndtr(-z))
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / sd
        return stein(mass, rest, mean * mass - sd**2 * density, mean, sd**2, x, (mass, density))

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return float(params["mean"] - params["sd"] * normal_quantile(tail))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_normal, ((cell["mean"], cell["sd"]) for cell in cells), scored=_of_score)


def _normal(u: Floats, out: Floats, mean: Floats, sd: Floats) -> None:
    normal_quantile(u, out=out)
    _of_score(out, out, mean, sd)


def _of_score(z: Floats, out: Floats, mean: Floats, sd: Floats) -> None:
    np.multiply(z, sd, out=out)
    np.add(out, mean, out=out)
