"""student_t {mean, sd, df}: heavier tails than normal, the heavier the smaller df; takes no factor."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Cells, Floats, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded, stein
from fanwise.generator.distributions.requirements import broken, unfit, unscalable
from fanwise.generator.distributions.sampling import cell_of, pick
from fanwise.generator.distributions.scores import Scores
from fanwise.generator.numerics.blocks import blocks
from fanwise.generator.numerics.exactmath import exp, normal_quantile

_CENTRE = 1e-5  # normal scores nearer to 0 take the limit there: the curve is even, and flat to 1e-10
_EVERYTHING = (-math.inf, math.inf)
_LOG_ROOT = math.log(2 * math.pi) / 2
_TINY = 1e-300  # where the other branch is taken, this one must not divide by 0


class StudentT(Bounded):
    """Student's law with df degrees of freedom, moved and stretched to this mean and standard deviation."""

    name = "student_t"
    discrete = False
    integral_scale = False

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "mean", "sd", "df") or broken(
            (params["sd"] >= 0, f"sd is {params['sd']:g}; a standard deviation is 0 or more"),
            (params["df"] >= 2.001, f"df is {params['df']:g}; give 2.001 or more (there is no sd for 2 or less)"),
            (params["df"] <= 1e6, f"df is {params['df']:g}, above 1e6; use normal, which is then the same"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters for a factor of 1; raise ValueError for any other."""
        return unscalable(self.name, params, factor)

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return float(params["sd"]) ** 2

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x; the companion law has df − 2, and is as wide as this one's sd."""
        from fanwise.io import special

        mean, sd, df = float(params["mean"]), float(params["sd"]), float(params["df"])
        z = (x - mean) / sd
        t = z / _unit(df)
        mass, rest = float(special.stdtr(df, t)), float(special.stdtr(df, -t))
        density = float(np.exp(_log_density(df - 2, np.array(z)))) / sd
        companion = float(special.stdtr(df - 2, z)), density
        return stein(mass, rest, mean * mass - sd**2 * density, mean, sd**2, x, companion)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        df = float(params["df"])
        return float(params["mean"] + params["sd"] * _unit(df) * _beyond(df, np.array([tail]))[0])

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return _Sampler(cells)


class _Sampler:
    """One curve per df: log(t / z), t and z being the quantiles of Student's and the normal law. It is even in z."""

    def __init__(self, cells: Sequence[Params]) -> None:
        dfs = sorted({float(cell["df"]) for cell in cells})
        self._scores = Scores([functools.partial(_log_ratio, df) for df in dfs], _EVERYTHING)
        self._curve = np.array([dfs.index(float(cell["df"])) for cell in cells], dtype=np.int64)
        self._mean = np.array([cell["mean"] for cell in cells], dtype=np.float64)
        self._unit = np.array([cell["sd"] * _unit(float(cell["df"])) for cell in cells], dtype=np.float64)

    def quantile(self, u: Floats, cell: Cells) -> Floats:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out = np.empty(u.size)
        one = cell_of(cell, len(self._curve))
        for rows in blocks(u.size):
            at = cell if one is not None else np.asarray(cell)[rows]
            mean, unit = pick((self._mean, self._unit), at, one)
            curve = int(self._curve[one]) if one is not None else self._curve.take(at)
            z = normal_quantile(u[rows])
            ratio = exp(self._scores(np.abs(z), curve))
            np.multiply(ratio, z, out=ratio)
            np.multiply(ratio, unit, out=ratio)
            np.add(ratio, mean, out=out[rows])
        return out


def _unit(df: float) -> float:
    """Return the factor that makes the standard deviation of Student's law 1."""
    return math.sqrt((df - 2) / df)


def _log_density(df: float, t: Floats) -> Floats:
    from fanwise.io import special

    constant = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - math.log(df * math.pi) / 2
    return np.asarray(constant - (df + 1) / 2 * np.log1p(t * t / df))


def _beyond(df: float, tail: Floats) -> Floats:
    """Return t with P(T > t) = tail, for tails up to a half.

    P(|T| > t) is the regularised incomplete beta function at w = df / (df + t²); w and 1 − w both come from inverses
    of their own, so that neither loses digits.
    """
    from fanwise.io import special

    w = special.betaincinv(df / 2, 0.5, 2 * tail)
    rest = special.betainccinv(0.5, df / 2, 2 * tail)
    return np.asarray(np.sqrt(df * rest / w))


def _log_ratio(df: float, z: Floats) -> tuple[Floats, Floats]:
    """Return log(t / z) and its slope for z ≥ 0, and its mirror image through the value at 0 for z < 0.

    Only |z| is ever looked up; the mirror makes the curve increase, as tables want it.
    """
    from fanwise.io import special

    size = np.abs(z)
    near = size < _CENTRE
    size = np.where(near, 1.0, size)
    inner = special.erf(size / math.sqrt(2.0))
    share, rest = special.betaincinv(0.5, df / 2, inner), special.betainccinv(df / 2, 0.5, inner)
    t = np.where(size < 1, np.sqrt(df * share / np.maximum(rest, _TINY)), _beyond(df, special.ndtr(-size)))
    at_zero = -_LOG_ROOT - float(_log_density(df, np.array(0.0)))
    value = np.where(near, at_zero, np.log(t / size))
    slope = np.where(near, 0.0, np.exp(-size * size / 2 - _LOG_ROOT - _log_density(df, t)) / t - 1 / size)
    return np.where(z < 0, 2 * at_zero - value, value), slope
