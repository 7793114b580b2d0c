"""fixed {value}: always this integer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded
from fanwise.generator.distributions.requirements import broken, unfit, unscalable, whole
from fanwise.generator.distributions.sampling import Transformed


class Fixed(Bounded):
    """The law of one integer."""

    name = "fixed"
    discrete = True
    integral_scale = True

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "value") or broken(
            (whole(params["value"]), f"value is {params['value']:g}; give an integer (at most 2^53)")
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters for a factor of 1; raise ValueError for others, which act on the drawn integer."""
        return unscalable(self.name, params, factor)

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return params["value"], params["value"]

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["value"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return 0.0

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        value = float(params["value"])
        return Below(1.0, 0.0, value, 0.0, 0.0) if x >= value else Below(0.0, 1.0, 0.0, 0.0, 0.0)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return float(params["value"])

    def atoms(self, params: Params, limit: int) -> tuple[Floats, Floats] | None:
        """Return the values and their probabilities, or None when there are more than `limit`."""
        return np.array([float(params["value"])]), np.ones(1)

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return Transformed.of(_fixed, ((cell["value"],) for cell in cells), integral=True)


def _fixed(u: Floats, out: Floats, value: Floats) -> None:
    np.copyto(out, value)
