"""From standardised units back to raw ones: what a centroid means, and where it lies on another model's scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.model.model import FittedFeature
from fanwise.segmenter.model.scaling import FloatArray, apply

__all__ = ["on_scale_of", "raw_values"]

_LARGEST = 700.0  # of what goes into exp; beyond it would be infinite


def raw_values(standardised: FloatArray, feature: FittedFeature) -> FloatArray:
    """Return the raw values (n,) that have these standardised values: the inverse of `scaling.apply`, never clipped."""
    value = standardised * feature.std + feature.mean
    bounded = np.clip(value, -_LARGEST, _LARGEST)
    match feature.scale:
        case Scale.LOG:
            raw: FloatArray = np.copysign(np.expm1(np.abs(bounded)) * feature.unit, value)
        case Scale.SHARE:
            raw = np.sin(np.clip(value, 0, np.pi) / 2) ** 2
        case Scale.SIGNED:
            raw = np.sinh(bounded) * feature.unit
        case Scale.PLAIN:
            raw = value
    return np.asarray(np.clip(raw, -np.finfo(np.float64).max, np.finfo(np.float64).max))


def on_scale_of(
    centroids: FloatArray, features: Sequence[FittedFeature], target: Sequence[FittedFeature]
) -> FloatArray:
    """Return centroids (k, p) in the standardised units of other fits of the same p features."""
    raw = np.column_stack([raw_values(centroids[:, index], feature) for index, feature in enumerate(features)])
    return apply(raw, target)
