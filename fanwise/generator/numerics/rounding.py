"""The rounding of the language: half away from zero, on the decimal number that a person reads.

A double is taken for the shortest decimal that reads back as it: 2.675 stands for 2.675, not for the binary number
2.67499999999999982236431605997495353221893310546875, so it becomes 2.68 with two digits. Libraries disagree here from
version to version; only operations that IEEE 754 rounds exactly are used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fanwise.generator.numerics.blocks import BLOCK, blocks
from fanwise.generator.numerics.exactmath import Floats

__all__ = ["round_half_away"]

_SPLITTER = 2.0**27 + 1.0  # Veltkamp 1968: cuts a double into two halves whose products are exact


def round_half_away(values: Any, digits: int) -> Floats:
    """Return float64 values, any shape, with `digits` (0 to 15) digits after the point; never minus zero.

    The result is the double nearest to the rounded decimal. NaN and infinities stay.
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    out: Floats = np.empty_like(values)
    flat, flat_out = values.reshape(-1), out.reshape(-1)
    scaled = np.empty(min(flat.size, BLOCK))  # for all blocks: fresh memory costs more than the sums
    with np.errstate(invalid="ignore", over="ignore"):
        for block in blocks(flat.size):
            _round(flat[block], 10.0**digits, flat_out[block], scaled[: block.stop - block.start])
    return out


def _round(x: Floats, scale: float, out: Floats, scaled: Floats) -> None:
    np.multiply(x, scale, out=scaled)
    largest = max(float(scaled.max()), -float(scaled.min()))
    if not largest < 2.0**48:  # also where there is a NaN
        out[:] = _by_digits(x, scale)
        return
    np.rint(scaled, out=out)
    # `scaled` and the decimal lie within 2^-52 of x · scale: farther from a half, rounding to the nearest is right.
    scaled -= out
    out /= scale
    out += 0.0
    unsure = np.flatnonzero(np.abs(scaled, out=scaled) >= 0.5 - largest * 2.0**-50)
    if unsure.size:
        out[unsure] = _by_digits(x[unsure], scale)


def _by_digits(x: Floats, scale: float) -> Floats:
    """Return the rounded values of any doubles.

    Where a decimal of `digits` digits reads back as x, that is x's own. Else the decimal of x is at or above the half
    between two candidates if x is, or if the half reads back as x (always from 2^51 on, where doubles lie wide) and
    no other decimal of one digit more is nearer.
    """
    size = np.abs(x)
    product = size * scale
    whole, error = np.floor(product), _error(size, scale, product)
    carry = np.floor((product - whole) + error)
    whole += carry
    rest = (product - whole) + error  # size · scale − whole, from 0 to 1
    half = ((whole + 0.5) / scale == size) | (product >= 2.0**51)
    rounded = (whole + ((rest >= 0.5) | (half & (rest >= 0.45)))) / scale
    kept = (whole / scale == size) | ((whole + 1.0) / scale == size) | ~(product < 2.0**53)
    return np.where(kept, x, np.copysign(rounded, x)) + 0.0


def _error(size: Floats, scale: float, product: Floats) -> Floats:
    """Return size · scale − product without an error of its own (Dekker 1971)."""
    high = size * _SPLITTER
    high -= high - size
    scale_high = scale * _SPLITTER
    scale_high -= scale_high - scale
    low, scale_low = size - high, scale - scale_high
    return low * scale_low - (((product - high * scale_high) - low * scale_high) - high * scale_low)
