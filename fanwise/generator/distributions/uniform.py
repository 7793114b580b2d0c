"""uniform {min, max}: every value between the two equally likely. A factor multiplies the values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import Transformed


class Uniform(Bounded):
    """The uniform law on [min, max]."""

    name = "uniform"
    discrete = False
    integral_scale = False

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "min", "max") or broken(
            (params["min"] <= params["max"], f"min {params['min']:g} is above max {params['max']:g}; swap them")
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters of the values times `factor`."""
        return scaled(params, factor, "min", "max")

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return params["min"], params["max"]

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float((params["min"] + params["max"]) / 2)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float((params["max"] - params["min"]) ** 2 / 12)

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        low, high = params["min"], params["max"]
        if x <= low:
            return NOTHING
        x = min(x, high)
        width, mean = high - low, self.mean(params)
        cubes = (x - mean) ** 3 + (width / 2) ** 3
        return Below(
            mass=(x - low) / width,
            rest=(high - x) / width,
            first=(x - low) * (x + low) / (2 * width),
            deviation=(x - low) * (x - high) / (2 * width),
            square=cubes / (3 * width),
        )

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return float(params["max"] - tail * (params["max"] - params["min"]))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_between, ((cell["min"], cell["max"] - cell["min"]) for cell in cells))


def _between(u: Floats, out: Floats, low: Floats, width: Floats) -> None:
    np.multiply(u, width, out=out)
    np.add(out, low, out=out)
