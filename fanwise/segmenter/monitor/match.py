"""Which segment of one model is which of another: a one-to-one matching of nearest centroids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fanwise.segmenter.model.inverse_transform import on_scale_of
from fanwise.segmenter.model.model import AxisModel
from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["Match", "Matching", "match_axis", "shared_features"]

_LEAST_SHARED = 0.6  # of the features of the smaller axis, as for assignment with missing columns


@dataclass(frozen=True, slots=True)
class Match:
    """One pair: segment ids in both models, and the distance between the centroids per √dimension, in standard
    deviations of the old model. sure: no other old centroid is nearer to the new one."""

    old: int
    new: int
    moved: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Matching:
    """How the segments of an axis correspond. lost: old ids without a pair. fresh: new ids without one."""

    axis: str
    pairs: tuple[Match, ...]
    lost: tuple[int, ...]
    fresh: tuple[int, ...]

    @property
    def to_old(self) -> dict[int, int]:
        """The old id per new id."""
        return {pair.new: pair.old for pair in self.pairs}


def shared_features(old: AxisModel, new: AxisModel) -> list[tuple[int, int]]:
    """Return the index in both of each feature that both have with the same scale, in the order of the old."""
    of_new = {(feature.name, feature.scale): index for index, feature in enumerate(new.features)}
    pairs = [(index, of_new.get((feature.name, feature.scale))) for index, feature in enumerate(old.features)]
    return [(index, other) for index, other in pairs if other is not None]


def match_axis(old: AxisModel, new: AxisModel) -> Matching:
    """Return the one-to-one matching with the least sum of squared distances (Kuhn 1955).

    Distances are taken on the old model's scale over the features that both share. Axes that share less than 60 % of
    their features, or of which one has tiers and the other clusters, have nothing to match. Tiers of the same number
    correspond by rank.
    """
    from scipy.optimize import linear_sum_assignment

    k_old, k_new = len(old.segments), len(new.segments)
    apart = _between(old, new)
    if apart is None:
        return Matching(old.axis, (), tuple(range(k_old)), tuple(range(k_new)))
    if old.structure == "tiers" and k_old == k_new:
        rows, columns = np.arange(k_old), np.arange(k_new)
    else:
        rows, columns = linear_sum_assignment(apart)
    pairs = tuple(
        Match(int(row), int(column), float(np.sqrt(apart[row, column])), bool(apart[:, column].argmin() == row))
        for row, column in zip(rows, columns, strict=True)
    )
    kept = {pair.old for pair in pairs}
    taken = {pair.new for pair in pairs}
    return Matching(
        old.axis,
        pairs,
        tuple(code for code in range(k_old) if code not in kept),
        tuple(code for code in range(k_new) if code not in taken),
    )


def _between(old: AxisModel, new: AxisModel) -> FloatArray | None:
    """Return squared distances per dimension (k_old, k_new), or None where the axes cannot be compared."""
    shared = shared_features(old, new)
    if not old.segments or not new.segments or old.structure != new.structure:
        return None
    if len(shared) < _LEAST_SHARED * max(len(old.features), len(new.features)):
        return None
    of_old, of_new = zip(*shared, strict=True)
    target = [old.features[index] for index in of_old]
    first = np.array([segment.centroid for segment in old.segments])[:, of_old]
    second = on_scale_of(
        np.array([segment.centroid for segment in new.segments])[:, of_new],
        [new.features[index] for index in of_new],
        target,
    )
    apart: FloatArray = ((first[:, None, :] - second[None, :, :]) ** 2).mean(axis=2)
    return apart
