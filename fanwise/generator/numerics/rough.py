"""Quick values with a known error, for where a comparison or a whole number comes out of them.

Where the error cannot change what comes out, the rough value is enough; elsewhere the caller asks `exactmath`. So what
comes out is that of the exact value, always. Tables are made by `exactmath`, and nothing but exactly rounded operations
is used, so rough values, too, are the same on every machine.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from fanwise.generator.numerics.exactmath import Floats, blocks, log

__all__ = ["LOG_ERROR", "minus_log"]

LOG_ERROR = 2.0**-45
"""The most that `minus_log` is off by: 1.5e-14 by its series, and 7e-15 by rounding where it is largest."""

_BITS = 10  # of the fraction, which choose a value of the table with the exponent
_SHIFT = np.int64(52 - _BITS)
_LEAST = 2.0**-53
_FIRST = np.int64((1023 - 53) << _BITS)  # place of the least argument in a table that began at 0


@cache
def _middles() -> tuple[Floats, Floats]:
    """Return the inverse of the middle of each cell from `_LEAST` to 1, and the logarithm of that inverse."""
    first = int(_FIRST)
    places = np.arange(first, 1023 << _BITS, dtype=np.int64)
    middles = ((places << _SHIFT) + (1 << (int(_SHIFT) - 1))).view(np.float64)
    inverses = 1.0 / middles
    return inverses, log(inverses)


def minus_log(w: Floats, out: Floats) -> None:
    """Write −log w for w from 2^-53 to 1 without it, float64 (n,), C-contiguous; `out` may be `w`.

    With the middle c of the cell of w, −log w = log(1/c) + r + r²/2 + r³/3 + …, where r = 1 − w/c is below 2^-11.
    """
    inverses, logs = _middles()
    for rows in blocks(len(w)):
        x = w[rows]
        place = x.view(np.int64) >> _SHIFT
        np.subtract(place, _FIRST, out=place)
        # In the mode `wrap` take writes to `out` without a copy; places are never outside.
        r = inverses.take(place, mode="wrap")
        np.multiply(r, x, out=r)
        np.subtract(1.0, r, out=r)
        series = r * (1.0 / 3.0)
        np.add(series, 0.5, out=series)
        np.multiply(series, r, out=series)
        np.add(series, 1.0, out=series)
        np.multiply(series, r, out=series)
        logs.take(place, out=r, mode="wrap")
        np.add(series, r, out=out[rows])
