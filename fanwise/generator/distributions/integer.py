"""integer {min, max}: every integer from min to max, both included, equally likely."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded
from fanwise.generator.distributions.requirements import broken, unfit, unscalable, whole
from fanwise.generator.distributions.sampling import Transformed


class Integer(Bounded):
    """The uniform law on the integers from min to max."""

    name = "integer"
    discrete = True
    integral_scale = True

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "min", "max") or broken(
            (whole(params["min"]), f"min is {params['min']:g}; give an integer (at most 2^53)"),
            (whole(params["max"]), f"max is {params['max']:g}; give an integer (at most 2^53)"),
            (params["min"] <= params["max"], f"min {params['min']:g} is above max {params['max']:g}; swap them"),
            (params["max"] - params["min"] < 2**53, "more than 2^53 values lie between min and max; narrow the range"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters for a factor of 1; raise ValueError for others, which act on the drawn integer."""
        return unscalable(self.name, params, factor)

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return params["min"], params["max"]

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float((params["min"] + params["max"]) / 2)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return _spread(params["max"] - params["min"] + 1)

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        low, high = int(params["min"]), int(params["max"])
        if x < low:
            return NOTHING
        last = high if x >= high else math.floor(x)
        count, share = last - low + 1, (last - low + 1) / (high - low + 1)
        offset = (last - high) / 2
        return Below(
            mass=share,
            rest=(high - last) / (high - low + 1),
            first=share * ((low + last) / 2),
            deviation=share * offset,
            square=share * (_spread(count) + offset**2),
        )

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        count = params["max"] - params["min"] + 1
        return float(params["max"] - min(math.floor(tail * count), count - 1))

    def atoms(self, params: Params, limit: int) -> tuple[Floats, Floats] | None:
        """Return the values and their probabilities, or None when there are more than `limit`."""
        count = int(params["max"] - params["min"]) + 1
        if count > limit:
            return None
        return params["min"] + np.arange(count, dtype=np.float64), np.full(count, 1 / count)

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        numbers = ((cell["min"], cell["max"] - cell["min"] + 1) for cell in cells)
        return Transformed.of(_one_of, numbers, integral=True)


def _spread(count: float) -> float:
    """Return the variance of `count` consecutive integers."""
    return float((count - 1) * (count + 1) / 12)


def _one_of(u: Floats, out: Floats, low: Floats, count: Floats) -> None:
    np.multiply(u, count, out=out)
    np.ceil(out, out=out)
    np.subtract(out, 1.0, out=out)
    np.add(out, low, out=out)
