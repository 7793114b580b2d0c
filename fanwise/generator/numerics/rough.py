"""Quick values with a known error, for where a comparison or a whole number comes out of them.

Where the error cannot change what comes out, the rough value is enough; elsewhere the caller asks `exactmath`. So what
comes out is that of the exact value, always. Tables are made by `exactmath`, and nothing but exactly rounded operations
is used, so rough values, too, are the same on every machine.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.numerics.blocks import blocks, small_blocks
from fanwise.generator.numerics.exactmath import Floats, log, normal_quantile
from fanwise.generator.numerics.randomness import Bits, leading_bits

__all__ = ["LOG_ERROR", "SCORE_ERROR", "Singles", "add_exact_scores", "add_scores", "minus_log", "rounding_error"]

Singles = npt.NDArray[np.float32]

LOG_ERROR = 2.0**-45
"""The most that `minus_log` is off by: 1.5e-14 by its series, and 7e-15 by rounding where it is largest."""

SCORE_ERROR = 0.005
"""The most that a score of `add_scores` is off by before its weight: half the widest cell of the table, in scores."""

_SCORE_BITS = 14  # of a draw, which choose a score of the table
_OUTER = 32  # cells at either end whose scores are far apart

_BITS = 10  # of the fraction, which choose a value of the table with the exponent
_SHIFT = np.int64(52 - _BITS)
_LEAST = 2.0**-53
_LAST = 11.0 / 6.0  # of the series, what no power of w goes with


@cache
def _middles() -> tuple[Floats, Floats]:
    """Return the inverse of the middle of each cell up to 1, and the logarithm of that inverse with `_LAST`.

    The place of a cell is its exponent and its first bits. Places below that of `_LEAST` have no memory of their own.
    """
    first, end = int(np.float64(_LEAST).view(np.int64) >> _SHIFT), 1023 << _BITS
    middles = ((np.arange(first, end, dtype=np.int64) << _SHIFT) + (1 << (int(_SHIFT) - 1))).view(np.float64)
    inverses, logs = np.empty(end), np.empty(end)
    inverses[first:] = 1.0 / middles
    logs[first:] = log(inverses[first:]) + _LAST
    return inverses, logs


def minus_log(w: Floats, out: Floats) -> None:
    """Write −log w for w from 2^-53 to 1 without it, float64 (n,), C-contiguous; `out` may be `w`.

    With the middle c of the cell of w and t = w/c, −log w = log(1/c) + r + r²/2 + r³/3 + …, where r = 1 − t is below
    2^-11. These three powers of r are 11/6 − 3t + 3t²/2 − t³/3.
    """
    inverses, logs = _middles()
    for rows in blocks(len(w)):
        x = w[rows]
        place = x.view(np.int64) >> _SHIFT
        # In the mode `wrap` take writes to `out` without a copy; places are never outside.
        t = inverses.take(place, mode="wrap")
        np.multiply(t, x, out=t)
        series = t * (-1.0 / 3.0)
        np.add(series, 1.5, out=series)
        np.multiply(series, t, out=series)
        np.subtract(series, 3.0, out=series)
        np.multiply(series, t, out=series)
        logs.take(place, out=t, mode="wrap")
        np.add(series, t, out=out[rows])


@cache
def _scores() -> Singles:
    """Return the score in the middle of the scores of each cell of uniforms, float32; NaN at both ends."""
    edges = normal_quantile(np.arange(_OUTER, (1 << _SCORE_BITS) - _OUTER + 1) / (1 << _SCORE_BITS))
    return np.pad((edges[1:] + edges[:-1]) / 2, _OUTER, constant_values=np.nan).astype(np.float32)


def add_exact_scores(
    total: Singles, scores: Floats | Singles, weight: Floats, cell: npt.NDArray[np.integer[Any]] | int
) -> None:
    """Add weighted scores, shape (n,), to `total` as `add_scores` does."""
    weights = weight.astype(np.float32)
    for rows in small_blocks(len(total)):
        part = scores[rows].astype(np.float32, copy=True)
        np.multiply(part, weights[cell] if isinstance(cell, int) else weights.take(cell[rows]), out=part)
        np.add(total[rows], part, out=total[rows])


def add_scores(
    total: Singles, keys: Bits, column_key: int, weight: Floats, cell: npt.NDArray[np.integer[Any]] | int
) -> None:
    """Add the weighted normal scores of the uniforms of lane 0 to `total`, float32 (n,); NaN where a score is far out.

    weight: of each cell. Products and sums are rounded to 24 bits (see `rounding_error`).
    """
    table, weights = _scores(), weight.astype(np.float32)
    if isinstance(cell, int):
        table = table * weights[cell]
    for rows, places in leading_bits(keys, column_key, _SCORE_BITS):
        scores = table.take(places, mode="wrap")
        if not isinstance(cell, int):
            np.multiply(scores, weights.take(cell[rows]), out=scores)
        part = total[rows]
        np.add(part, scores, out=part)


def rounding_error(size: float, parts: int) -> float:
    """Return the most that a float32 sum of weighted scores is off by, for it is rounded after each of its `parts`.

    size: the sum of the sizes of the weights. A score, its weight, their product, each sum and what that is compared
    with are rounded to 2^-24 of themselves. None is above 32 · size: beyond 32 there are no normal scores.
    """
    return (parts + 6) * 32.0 * size * 2.0**-24
