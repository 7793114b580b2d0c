"""Chances of being drawn into a lightweight coreset: half by number, half by squared distance from the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fanwise.segmenter.features.table import FeatureFile
from fanwise.segmenter.model.model import FittedFeature
from fanwise.segmenter.model.scaling import FloatArray, apply

__all__ = ["coreset_chances"]


def coreset_chances(file: FeatureFile, axes: Mapping[str, Sequence[FittedFeature]], customers: int) -> FloatArray:
    """Return for every customer, in the order of the file, 1/2N + distance² / 2 Σ distance²; float64 (N,), sum 1.

    Bachem, Lucic and Krause (2018), "Scalable k-means clustering via lightweight coresets", KDD. axes: the features of
    each axis as fitted to a first sample, so that the mean of each is 0. An axis counts by its mean over features, for
    axes are clustered one by one; where a customer has no value, the distance is 0.
    """
    distance = np.zeros(customers)
    for features in axes.values():
        # One feature at a time, for memory.
        for feature in features:
            points = apply(file.columns([feature.name]), [feature])[:, 0]
            distance += np.nan_to_num(points**2) / len(features)
    total = distance.sum()
    far = distance / total if total > 0 else np.full(customers, 1 / customers)
    return np.asarray(0.5 / customers + 0.5 * far)
