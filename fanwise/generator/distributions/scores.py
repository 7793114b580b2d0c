"""Quantile functions without a closed form: tabulated over normal scores, interpolated by cubics.

A curve is a smooth increasing function of the normal score z = Φ⁻¹(u), such as the logarithm of a gamma quantile. In
this scale tails are tame: a table of a few hundred intervals over −9 ≤ z ≤ 9 covers every uniform that can be drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from fanwise.generator.distributions.base import Floats, Ints
from fanwise.generator.numerics.exactmath import rounded

Curve = Callable[[Floats], tuple[Floats, Floats]]
"""Maps normal scores to the curve's values and slopes there."""

_REACH = 9.0
_TOLERANCE = 1e-8
_FEWEST, _MOST = 1 << 8, 1 << 14


class Scores:
    """The interpolated curves of several cells."""

    def __init__(self, curves: Sequence[Curve], matters: tuple[float, float]) -> None:
        """Tabulate; each curve gets as many intervals as it needs for an absolute error of 1e-8.

        matters: the values of a curve that are distinguished in the end (a logarithm of −5000 and one of −6000 are
        not).
        """
        tables = [_cubics(curve, matters) for curve in curves]
        sizes = np.array([table.shape[1] for table in tables], dtype=np.int64)
        self._start = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self._last = sizes - 1.0
        self._per_score = sizes / (2 * _REACH)
        self._cubics = np.ascontiguousarray(np.concatenate(tables, axis=1))

    def __call__(self, z: Floats, cell: Ints | int) -> Floats:
        """Return the curve of each row's cell at z, shape (n,); beyond |z| = 9 the value there."""
        start, last, per_score = (
            values[cell] if isinstance(cell, int) else values.take(cell)
            for values in (self._start, self._last, self._per_score)
        )
        place = np.minimum(np.maximum(z, -_REACH), _REACH)
        np.add(place, _REACH, out=place)
        np.multiply(place, per_score, out=place)
        interval = np.minimum(np.floor(place), last)
        np.subtract(place, interval, out=place)
        row = interval.astype(np.int64)
        np.add(row, start, out=row)
        out: Floats = self._cubics[3].take(row)
        for coefficients in self._cubics[2::-1]:
            np.multiply(out, place, out=out)
            np.add(out, coefficients.take(row), out=out)
        return out


def _cubics(curve: Curve, matters: tuple[float, float]) -> Floats:
    """Return the coefficients of each interval's cubic, shape (4, intervals), by powers of the place in [0, 1]."""
    size = _FEWEST
    while True:
        nodes = np.linspace(-_REACH, _REACH, size + 1)
        cubics = _hermite(*curve(nodes), nodes[1] - nodes[0])
        middle = cubics[0] + 0.5 * (cubics[1] + 0.5 * (cubics[2] + 0.5 * cubics[3]))
        error = np.abs(middle - curve((nodes[1:] + nodes[:-1]) / 2)[0])
        error[(middle < matters[0]) | (middle > matters[1])] = 0.0
        if size >= _MOST or float(error.max()) <= _TOLERANCE:
            return cubics
        size *= 2


def _hermite(values: Floats, slopes: Floats, step: float) -> Floats:
    """Return the cubics through values and slopes, kept monotone (Fritsch and Carlson 1980: slopes ≤ 3 secants)."""
    values, slopes = rounded(values), rounded(slopes * step)
    rise = np.diff(values)
    limit = 3 * np.minimum(np.append(rise, math.inf), np.insert(rise, 0, math.inf))
    slopes = np.minimum(slopes, np.maximum(limit, 0.0))
    left, right = slopes[:-1], slopes[1:]
    return np.stack([values[:-1], left, 3 * rise - 2 * left - right, left + right - 2 * rise])
