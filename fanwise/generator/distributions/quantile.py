"""quantile {knots: {0: 1, 0.5: 9, 1: 217}, log}: values at given probabilities, with straight lines between them.

The inverse distribution function is linear between neighbouring knots, or with `log` its logarithm is. Knots with equal
values hold a share of that very value. A factor multiplies the values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Ints, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded
from fanwise.generator.distributions.knots import LinearSampler
from fanwise.generator.distributions.piecewise import KNOT, below, inside, knots_of, wrong_knots
from fanwise.generator.distributions.requirements import factor_of
from fanwise.generator.numerics import exactmath


class Quantile(Bounded):
    """The law whose quantiles are given."""

    name = "quantile"
    discrete = False
    integral_scale = False

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return wrong_knots(params)

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters of the values times `factor`."""
        by = factor_of(factor)
        held = {name: value * by if name.startswith(KNOT) else value for name, value in params.items()}
        return held if by else {**held, "log": False}

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        values = knots_of(params)[1]
        return float(values[0]), float(values[-1])

    def crowding(self, params: Params, unit: float) -> float:
        """Return by how much, at most, a digit of this unit departs from even: near knots that are close together."""
        shares, values = knots_of(params)
        with np.errstate(divide="ignore"):
            return float(np.sum(np.diff(shares) * np.minimum(1.0, unit / np.diff(values))))

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return inside(params, math.inf, 0.0)[1]

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return max(0.0, inside(params, math.inf, self.mean(params))[2])

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        return below(params, x, self.mean(params))

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        shares, values = knots_of(params)
        at = max(int(np.searchsorted(shares, 1 - tail)), 1)
        part = (shares[at] - 1 + tail) / (shares[at] - shares[at - 1])  # what lies above, of this piece
        low, high = float(values[at - 1]), float(values[at])
        return float(high * (low / high) ** part if params.get("log") else high - (high - low) * part)

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return _Sampler(cells)


class _Sampler(LinearSampler):
    def __init__(self, cells: Sequence[Params]) -> None:
        shares, values = zip(*(knots_of(cell) for cell in cells), strict=True)
        super().__init__(values, shares)
        self._log = bool(cells[0].get("log"))
        self._values = self._points
        if self._log:
            self._points = exactmath.log(np.maximum(self._values, 1e-300))

    def _finish(self, left: Ints, right: Ints, out: Floats) -> None:
        if self._log:
            exactmath.exp(out, out=out)
        np.clip(out, self._values.take(left), self._values.take(right), out=out)
