"""Tiers: where an axis has no clusters, thirds of its first feature, called what they are."""

from __future__ import annotations

import numpy as np

from fanwise.segmenter.model.scaling import FloatArray, weighted_quantile

__all__ = ["tier_cuts"]

SHARES = (1 / 3, 2 / 3)


def tier_cuts(values: FloatArray, weights: FloatArray) -> tuple[float, ...]:
    """Return one or two ascending cuts; a customer's tier is the number of cuts that are <= its value.

    values: float64 (n,), not all the same. A cut lies halfway between two values that were seen, so no rounding moves a
    customer across it, and no tier is empty. Where many share a value, tiers are as near to thirds as it allows.
    """
    distinct = np.unique(values)
    reached = np.searchsorted(distinct, weighted_quantile(values, weights, SHARES))
    # The value at a quantile belongs below the cut; at the greatest value there is nothing above.
    below = np.unique(np.minimum(reached, len(distinct) - 2))
    return tuple(float(cut) for cut in (distinct[below] + distinct[below + 1]) / 2)
