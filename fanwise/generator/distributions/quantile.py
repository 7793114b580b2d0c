"""quantile {knots: {0: 1, 0.5: 9, 1: 217}, log}: values at given probabilities, with straight lines between them.

The inverse distribution function is linear between neighbouring knots, or with `log` its logarithm is. Knots with equal
values hold a share of that very value. A factor multiplies the values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fanwise.generator.distributions.base import Cells, Floats, Ints, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded
from fanwise.generator.distributions.knots import Locator
from fanwise.generator.distributions.piecewise import KNOT, below, inside, knots_of, wrong_knots
from fanwise.generator.distributions.requirements import factor_of
from fanwise.generator.distributions.sampling import cell_of
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


class _Sampler:
    def __init__(self, cells: Sequence[Params]) -> None:
        found = [knots_of(cell) for cell in cells]
        self._log = bool(cells[0].get("log"))
        self._locator = Locator([shares for shares, _ in found])
        self._values = np.concatenate([values for _, values in found])
        self._points = exactmath.log(np.maximum(self._values, 1e-300)) if self._log else self._values

    def quantile(self, u: Floats, cell: Cells) -> Floats:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out = np.empty(u.size)
        one = cell_of(cell, self._locator.cells)
        for rows in exactmath.blocks(u.size):
            self._block(u[rows], np.asarray(cell)[rows].astype(np.int64) if one is None else one, out[rows])
        return out

    def _block(self, u: Floats, cell: Ints | int, out: Floats) -> None:
        # The first knot has P = 0 < u, so a row is never located there and has a knot to its left.
        right: Any = self._locator.locate(u, cell)
        left = right - 1
        top, bottom = self._locator.cumulative.take(right), self._locator.cumulative.take(left)
        start = self._points.take(left)
        np.subtract(u, bottom, out=out)
        np.divide(out, np.subtract(top, bottom, out=top), out=out)
        np.multiply(out, self._points.take(right) - start, out=out)
        np.add(out, start, out=out)
        if self._log:
            exactmath.exp(out, out=out)
        np.clip(out, self._values.take(left), self._values.take(right), out=out)
