"""How far a customer belongs to each segment of an axis."""

from __future__ import annotations

import numpy as np

from fanwise.segmenter.assignment.nearest import Floats

__all__ = ["membership"]


def membership(distances: Floats, spread: float) -> Floats:
    """Return the membership (n, k) from squared distances per dimension: softmax(-d² / 2τ²), rows summing to 1.

    spread: τ², the mean squared distance per dimension of the sample to its own centroids, which makes the measure free
    of units and of the number of features. With spread 0 the nearest segment (of equals the first) has all. Rows of NaN
    (no segment) become rows of 0.
    """
    without = np.isnan(distances).any(axis=1, keepdims=True)
    offset = np.where(without, 0.0, distances)
    nearest = offset.min(axis=1, keepdims=True)
    if spread > 0:
        with np.errstate(over="ignore"):  # a spread of next to nothing: exp(-∞) is the 0 that is meant
            weight = np.exp((nearest - offset) / (2 * spread))
    else:
        weight = (np.arange(offset.shape[1]) == offset.argmin(axis=1)[:, None]).astype(np.float64)
    weight = np.where(without, 0.0, weight)
    total = weight.sum(axis=1, keepdims=True)
    share: Floats = weight / np.where(total == 0, 1.0, total)
    return share
