"""gamma {mean, shape}: positive values; variance mean²/shape. A factor multiplies the mean."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Cells, Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, stein
from fanwise.generator.distributions.requirements import broken, scaled, unfit
from fanwise.generator.distributions.sampling import cell_of
from fanwise.generator.distributions.scores import Scores
from fanwise.generator.numerics.blocks import blocks
from fanwise.generator.numerics.exactmath import exp, normal_quantile

_UNDERFLOW = 1e-250
_MATTERS = (-740.0, math.inf)  # smaller logarithms are those of 0


class Gamma(Bounded):
    """The gamma law."""

    name = "gamma"
    discrete = False
    integral_scale = False
    ends = 0.0, math.inf

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean", "shape") or broken(
            (params["mean"] >= 0, f"mean is {params['mean']:g}; a gamma value is 0 or more"),
            (params["shape"] >= 1e-3, f"shape is {params['shape']:g}; give 0.001 or more"),
            (params["shape"] <= 1e6, f"shape is {params['shape']:g}, above 1e6; use normal, which is then the same"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large, shape kept."""
        return scaled(params, factor, "mean")

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["mean"] ** 2 / params["shape"])

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x; the companion law has shape + 1."""
        from fanwise.io import special

        if x <= 0:
            return NOTHING
        mean, shape = float(params["mean"]), float(params["shape"])
        t = min(max(x * shape / mean, 1e-300), 1e300)
        density = math.exp(shape * math.log(t) - t - special.gammaln(shape + 1)) * shape / mean
        companion = float(special.gammainc(shape + 1, t)), density
        mass, rest = float(special.gammainc(shape, t)), float(special.gammaincc(shape, t))
        return stein(mass, rest, mean * companion[0], mean, self.variance(params), x, companion)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        from fanwise.io import special

        return float(params["mean"] / params["shape"] * special.gammainccinv(params["shape"], tail))

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return _Sampler(cells)


class _Sampler:
    """One curve per shape: the logarithm of the quantile at scale 1."""

    def __init__(self, cells: Sequence[Params]) -> None:
        shapes = sorted({float(cell["shape"]) for cell in cells})
        self._scores = Scores([functools.partial(_log_quantile, shape) for shape in shapes], _MATTERS)
        self._curve = np.array([shapes.index(float(cell["shape"])) for cell in cells], dtype=np.int64)
        self._scale = np.array([cell["mean"] / cell["shape"] for cell in cells], dtype=np.float64)

    def quantile(self, u: Floats, cell: Cells) -> Floats:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out = np.empty(u.size)
        one = cell_of(cell, len(self._curve))
        for rows in blocks(u.size):
            z = normal_quantile(u[rows])
            if one is None:
                codes = np.asarray(cell)[rows]
                curve, scale = self._curve.take(codes), self._scale.take(codes)
                np.multiply(exp(self._scores(z, curve)), scale, out=out[rows])
            else:
                np.multiply(exp(self._scores(z, int(self._curve[one]))), self._scale[one], out=out[rows])
        return out


def _log_quantile(shape: float, z: Floats) -> tuple[Floats, Floats]:
    """Return log x(z) with P(shape, x) = Φ(z), and its slope φ(z) / (x · density); for tiny x, P = x^a / Γ(a + 1)."""
    from fanwise.io import special

    lower = z <= 0
    x = np.where(
        lower,
        special.gammaincinv(shape, special.ndtr(np.minimum(z, 0.0))),
        special.gammainccinv(shape, special.ndtr(-np.maximum(z, 0.0))),
    )
    tiny = x < _UNDERFLOW
    power_law = (special.log_ndtr(z) + special.gammaln(shape + 1)) / shape
    log_x = np.where(tiny, power_law, np.log(np.where(tiny, 1.0, x)))
    log_density = shape * log_x - x - special.gammaln(shape)
    return log_x, np.exp(-z * z / 2 - math.log(2 * math.pi) / 2 - log_density)
