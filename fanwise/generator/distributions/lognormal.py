"""lognormal {mean, sd} or {median, sigma}: e to the power of a normal value. A factor multiplies the values."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, about
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.numerics import exactmath


class Lognormal(Bounded):
    """The lognormal law."""

    name = "lognormal"
    discrete = False
    integral_scale = False
    ends = 0.0, math.inf

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        if "median" in params or "sigma" in params:
            return unfit(params, "median", "sigma", also="mean and sd") or broken(
                (params["median"] >= 0, f"median is {params['median']:g}; a lognormal value is 0 or more"),
                (0 <= params["sigma"] <= 10, f"sigma is {params['sigma']:g}; give a number from 0 to 10"),
            )
        return unfit(params, "mean", "sd", also="median and sigma") or broken(
            (params["mean"] >= 0, f"mean is {params['mean']:g}; a lognormal value is 0 or more"),
            (params["sd"] >= 0, f"sd is {params['sd']:g}; a standard deviation is 0 or more"),
            (params["mean"] > 0 or params["sd"] == 0, "mean is 0 and sd is not; give a mean above 0"),
            (params["sd"] <= 1e10 * params["mean"], "sd is more than 1e10 times the mean; give a smaller one"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters of the values times `factor`."""
        return scaled(params, factor, "median" if "median" in params else "mean", "sd")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        median, sigma = _standard(params)
        return float(params["mean"]) if "mean" in params else median * math.exp(sigma**2 / 2)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        if "sd" in params:
            return float(params["sd"]) ** 2
        return self.mean(params) ** 2 * math.expm1(float(params["sigma"]) ** 2)

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        from fanwise.io import special

        if x <= 0:
            return NOTHING
        median, sigma = _standard(params)
        z, mean = math.log(x / median) / sigma, self.mean(params)
        second = (mean**2 + self.variance(params)) * float(special.ndtr(z - 2 * sigma))
        mass, rest = float(special.ndtr(z)), float(special.ndtr(-z))
        return about(mean, mass, rest, mean * float(special.ndtr(z - sigma)), second)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        median, sigma = _standard(params)
        return float(median * exactmath.exp(-sigma * exactmath.normal_quantile(tail)))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_lognormal, (_standard(cell) for cell in cells), scored=_of_score)


def _standard(params: Params) -> tuple[float, float]:
    """Return median and sigma: σ² = log(1 + sd²/mean²) and median = mean / √(1 + sd²/mean²)."""
    if "median" in params:
        return float(params["median"]), float(params["sigma"])
    if params["mean"] == 0:
        return 0.0, 0.0
    return _of_moments(params["mean"], params["sd"])


@functools.lru_cache(maxsize=1024)
def _of_moments(mean: float, sd: float) -> tuple[float, float]:
    ratio = sd / mean
    variation = ratio * ratio  # a library's power need not round exactly
    return mean / math.sqrt(1 + variation), math.sqrt(exactmath.log1p(variation))


def _lognormal(u: Floats, out: Floats, median: Floats, sigma: Floats) -> None:
    exactmath.normal_quantile(u, out=out)
    _of_score(out, out, median, sigma)


def _of_score(z: Floats, out: Floats, median: Floats, sigma: Floats) -> None:
    np.multiply(z, sigma, out=out)
    exactmath.exp(out, out=out)
    np.multiply(out, median, out=out)
