"""beta {mean, n}: shares between 0 and 1; variance mean (1 − mean) / (n + 1). A factor multiplies the mean."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fanwise.generator.distributions.base import Cells, Floats, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, stein
from fanwise.generator.distributions.requirements import broken, factor_of, unfit
from fanwise.generator.distributions.sampling import cell_of
from fanwise.generator.distributions.scores import Scores
from fanwise.generator.numerics.blocks import blocks
from fanwise.generator.numerics.exactmath import exp, normal_quantile

_UNDERFLOW = 1e-250
_MATTERS = (-740.0, 45.0)  # log-odds beyond are those of 0 and 1
_NEVER = -800.0  # the log-odds of a share that is 0


class Beta(Bounded):
    """The beta law with a = mean · n and b = (1 − mean) · n; n is the size of sample that would know as much."""

    name = "beta"
    discrete = False
    integral_scale = False
    ends = 0.0, 1.0

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean", "n") or broken(
            (0 < params["mean"] < 1, f"mean is {params['mean']:g}; the mean lies between 0 and 1, both excluded"),
            (params["n"] >= 1e-2, f"n is {params['n']:g}; give 0.01 or more (the larger, the narrower)"),
            (params["n"] <= 1e6, f"n is {params['n']:g}, above 1e6; use normal, which is then the same"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large, n kept; raise ValueError from 1 on."""
        mean = params["mean"] * factor_of(factor)
        if mean >= 1:
            raise ValueError(
                f"mean is {params['mean']:g}, and {factor:g} times that is not below 1; "
                f"possible are 0 to {1 / params['mean']:.6g} (excluded)"
            )
        return {**params, "mean": mean}

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["mean"] * (1 - params["mean"]) / (params["n"] + 1))

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x; the companion law has a + 1 and b + 1."""
        from fanwise.io import special

        if x <= 0:
            return NOTHING
        mean, variance = self.mean(params), self.variance(params)
        if x >= 1:
            return Below(1.0, 0.0, mean, 0.0, variance)
        a, b = mean * params["n"], (1 - mean) * params["n"]
        log_density = a * math.log(x) + b * math.log1p(-x) - special.betaln(a + 1, b + 1)
        companion = float(special.betainc(a + 1, b + 1, x)), math.exp(log_density)
        mass, rest = float(special.betainc(a, b, x)), float(special.betaincc(a, b, x))
        return stein(mass, rest, mean * float(special.betainc(a + 1, b, x)), mean, variance, x, companion)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        from fanwise.io import special

        a, b = params["mean"] * params["n"], (1 - params["mean"]) * params["n"]
        return float(special.betainccinv(a, b, tail)) if a else 0.0

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return _Sampler(cells)


class _Sampler:
    """One curve per cell: the log-odds of the quantile, so that values near 0 and near 1 are both exact."""

    def __init__(self, cells: Sequence[Params]) -> None:
        self._scores = Scores([_curve(float(cell["mean"]), float(cell["n"])) for cell in cells], _MATTERS)
        self._size = len(cells)

    def quantile(self, u: Floats, cell: Cells) -> Floats:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out = np.empty(u.size)
        one = cell_of(cell, self._size)
        for rows in blocks(u.size):
            z = normal_quantile(u[rows])
            odds = self._scores(z, np.asarray(cell)[rows] if one is None else one)
            np.negative(odds, out=odds)
            exp(odds, out=odds)
            np.add(odds, 1.0, out=odds)
            np.divide(1.0, odds, out=out[rows])
        return out


def _curve(mean: float, n: float) -> Any:
    if mean == 0:
        return lambda z: (np.full_like(z, _NEVER), np.zeros_like(z))
    return functools.partial(_log_odds, mean * n, (1 - mean) * n)


def _log_odds(a: float, b: float, z: Floats) -> tuple[Floats, Floats]:
    """Return log(x / (1 − x)) with I(a, b, x) = Φ(z), and its slope; for tiny x, I = x^a / (a · B(a, b))."""
    from fanwise.io import special

    lower, upper = special.ndtr(np.minimum(z, 0.0)), special.ndtr(-np.maximum(z, 0.0))
    left = z <= 0
    x = np.where(left, special.betaincinv(a, b, lower), special.betainccinv(a, b, upper))
    rest = np.where(left, special.betainccinv(b, a, lower), special.betaincinv(b, a, upper))
    log_beta = special.betaln(a, b)
    near_0 = (special.log_ndtr(z) + math.log(a) + log_beta) / a
    near_1 = -(special.log_ndtr(-z) + math.log(b) + log_beta) / b
    inside = (x >= _UNDERFLOW) & (rest >= _UNDERFLOW)
    odds = np.log(np.where(inside, x, 0.5)) - np.log(np.where(inside, rest, 0.5))
    odds = np.where(inside, odds, np.where(x < _UNDERFLOW, near_0, near_1))
    log_density = -a * np.logaddexp(0.0, -odds) - b * np.logaddexp(0.0, odds) - log_beta
    return odds, np.exp(-z * z / 2 - math.log(2 * math.pi) / 2 - log_density)
