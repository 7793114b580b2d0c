"""One scale for all features: transform, clip, standardise; learned from a weighted sample."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.model.model import FittedFeature

__all__ = ["FloatArray", "apply", "fit_feature", "significant", "transform", "weighted_quantile"]

FloatArray = npt.NDArray[np.float64]

CLIPPED = 0.005
LOG_UNIT_SHARE = 0.1
# asinh of a normal variable over a unit below its standard deviation has two modes: clusters that the scale made. The
# 90 % quantile of the sizes is 1.6 standard deviations, and above one if only a third of the customers are spread so.
SIGNED_UNIT_SHARE = 0.9
DECILES = tuple(tenth / 10 for tenth in range(1, 10))
# A spread below this part of the size of the values is rounding, not difference.
ROUNDING = 1e-9
# The last bits of a sum or a logarithm depend on the processor.
DIGITS = 10


def significant(value: float, digits: int) -> float:
    """Return a number with so many significant digits; 0 for what is not finite."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else 0.0


def weighted_quantile(values: FloatArray, weights: FloatArray, shares: Sequence[float]) -> FloatArray:
    """Return the smallest value at or below which each share of the weight lies (inverse of the weighted ECDF).

    values, weights: float64 (n,), n >= 1, without NaN. Always one of the values, so a change of unit only scales it.
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    # Rounding of the running sum must not push a share beyond the value that it belongs to.
    wanted = np.asarray(shares) * reached[-1] * (1 - 1e-12)
    found: FloatArray = values[order][np.minimum(np.searchsorted(reached, wanted), len(values) - 1)]
    return found


_LEAST_UNIT = 2.0**-1000  # of the largest value, so that dividing by a unit never overflows


def transform(raw: FloatArray, scale: Scale, unit: float) -> FloatArray:
    """Return raw values as transformed by the scale; float64 of the same shape, NaN where raw is NaN."""
    match scale:
        case Scale.LOG:
            # Counts and money start at 0; a refund beyond it is mirrored, so that nothing becomes infinite.
            return np.copysign(np.log1p(np.abs(raw) / unit), raw)
        case Scale.SHARE:
            return 2 * np.arcsin(np.sqrt(np.clip(raw, 0, 1)))
        case Scale.SIGNED:
            return np.arcsinh(raw / unit)
        case Scale.PLAIN:
            return raw.astype(np.float64, copy=True)


def learned_unit(raw: FloatArray, weights: FloatArray, scale: Scale) -> float:
    """Return the divisor that makes LOG and SIGNED independent of the unit of the values; 1 for the others."""
    size = np.abs(raw)
    if scale is Scale.LOG:
        chosen, share = raw > 0, LOG_UNIT_SHARE
    elif scale is Scale.SIGNED:
        chosen, share = size >= 0, SIGNED_UNIT_SHARE
        if weighted_quantile(size, weights, (share,))[0] == 0:
            chosen = size > 0
    else:
        return 1.0
    if not chosen.any():
        return 1.0
    found = float(weighted_quantile(size[chosen], weights[chosen], (share,))[0])
    return max(found, float(size.max()) * _LEAST_UNIT)


def fit_feature(name: str, scale: Scale, raw: FloatArray, weights: FloatArray) -> FittedFeature:
    """Return how a feature is brought to scale; its std is 0 where the values do not differ.

    raw: float64 (n,), n >= 1, finite. weights: float64 (n,), positive: how many customers each row stands for.
    """
    unit = learned_unit(raw, weights, scale)
    transformed = transform(raw, scale, unit)
    low, high = weighted_quantile(transformed, weights, (CLIPPED, 1 - CLIPPED))
    clipped = np.clip(transformed, low, high)
    mean = float(np.average(clipped, weights=weights))
    std = float(np.sqrt(np.average((clipped - mean) ** 2, weights=weights)))
    if std <= ROUNDING * max(1.0, abs(mean)):
        std = 0.0
    deciles = weighted_quantile(raw, weights, DECILES)
    held = np.bincount(np.searchsorted(deciles, raw), weights=weights, minlength=len(DECILES) + 1) / weights.sum()
    low, high, mean, std = (significant(float(value), DIGITS) for value in (low, high, mean, std))
    return FittedFeature(
        name,
        scale,
        unit,
        low,
        high,
        mean,
        std,
        tuple(deciles.tolist()),
        tuple(significant(share, DIGITS) for share in held.tolist()),
    )


def apply(raw: FloatArray, features: Sequence[FittedFeature]) -> FloatArray:
    """Return standardised values: (clip(transform(raw)) - mean) / std, column by column.

    raw: float64 (n, p), columns in the order of `features`; NaN where there is no value, and NaN stays NaN. Fit and
    assignment both go through here, so a customer of the sample gets in both the same coordinates.
    """
    scaled = np.empty(raw.shape, dtype=np.float64)
    for column, feature in enumerate(features):
        with np.errstate(over="ignore"):  # infinite is beyond the bound, which it becomes
            values = transform(raw[:, column], feature.scale, feature.unit)
        np.clip(values, feature.low, feature.high, out=values)
        values -= feature.mean
        values /= feature.std or 1.0
        scaled[:, column] = values
    return scaled
