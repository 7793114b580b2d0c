"""Assign customers on an axis: the nearest segment, its distance, and that of the next one.

Distances are sums of squares over the features, one vector operation per feature and segment. A matrix product (‖x‖² -
2xc + ‖c‖²) would be a little faster, but its last bits depend on the number of rows and threads, and it cancels near a
centroid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fanwise.segmenter.model.model import AxisModel
from fanwise.segmenter.model.scaling import apply

__all__ = [
    "INSUFFICIENT_CODE",
    "STRENGTHS",
    "UNASSIGNED_CODE",
    "Position",
    "distances",
    "locate",
    "standardised",
    "strength",
]

Floats = NDArray[np.float64]

INSUFFICIENT_CODE = -1
UNASSIGNED_CODE = -2
STRENGTHS = ("weak", "moderate", "strong")

_LEAST_PRESENT = 0.6  # of the features of an axis; below that the rest says too little
_STRENGTH_CUTS = (0.1, 0.3)  # margins; the next segment is 1.2 and 1.9 times as far
_PLACES = 4  # of a margin; more would be noise, and makes files twice as large


@dataclass(frozen=True, slots=True)
class Position:
    """The segments of n customers on one axis.

    codes (n, Int8): segment id, INSUFFICIENT_CODE, or UNASSIGNED_CODE. nearest, second (n,): squared distances per
    dimension to the own segment and to the next (infinite with one segment); 0 where there is no segment. margin (n,):
    (d2 - d1) / (d2 + d1) of the distances, in [0, 1], rounded; 0 where there is no segment.
    """

    codes: NDArray[np.int8]
    nearest: Floats
    second: Floats
    margin: Floats


def locate(axis: AxisModel, columns: Mapping[str, Floats], n: int) -> Position:
    """Return the segments of customers on an axis; ties go to the lower id.

    columns: per feature name n raw values, NaN for none. A customer without a value in a column that is there has too
    little history. Where columns are missing, distances are taken over those present, if they are 60 % of the features
    (and of tiers the first); otherwise nobody is assigned.
    """
    scaled = standardised(axis, columns)
    if scaled is None:
        return Position(np.full(n, UNASSIGNED_CODE, dtype=np.int8), np.zeros(n), np.zeros(n), np.zeros(n))
    apart = _each_distance(axis, scaled)
    codes, nearest, second = _in_tiers(axis, scaled[0], apart) if axis.structure == "tiers" else _two_nearest(apart)
    margin = _tier_margin(axis, scaled[0]) if axis.structure == "tiers" else _margin(nearest, second)
    without = np.isnan(sum(scaled.values()))
    codes[without] = INSUFFICIENT_CODE
    for numbers in (nearest, second, margin):
        numbers[without] = 0.0
    return Position(codes, nearest, second, margin)


def distances(axis: AxisModel, columns: Mapping[str, Floats], n: int) -> Floats | None:
    """Return the squared distances per dimension (n, k), NaN for too little history; None where nobody is assigned.

    To a tier, the distance is that to its nearest bound in the first feature, 0 inside.
    """
    scaled = standardised(axis, columns)
    if scaled is None:
        return None
    if axis.structure == "tiers":
        bounds = np.array([-np.inf, *axis.cuts, np.inf])
        value = np.where(np.isnan(sum(scaled.values())), np.nan, scaled[0])[:, None]
        gap: Floats = np.maximum(np.maximum(bounds[:-1] - value, value - bounds[1:]), 0.0)
        return gap**2
    return np.column_stack(list(_each_distance(axis, scaled))) if n else np.zeros((0, len(axis.segments)))


def standardised(axis: AxisModel, columns: Mapping[str, Floats]) -> dict[int, Floats] | None:
    """Return the standardised values by index of the feature, or None where too few of the features are there."""
    present = [index for index, feature in enumerate(axis.features) if feature.name in columns]
    needed = _LEAST_PRESENT * len(axis.features)
    if not axis.segments or len(present) < needed or (axis.structure == "tiers" and 0 not in present):
        return None
    features = axis.features
    # One feature at a time: columns stay contiguous, and the last bits of a value do not depend on the rows beside it.
    return {index: apply(columns[features[index].name][:, None], (features[index],))[:, 0] for index in present}


def strength(margin: Floats) -> NDArray[np.uint8]:
    """Return for each margin the index into STRENGTHS: weak below 0.1, strong from 0.3."""
    return np.digitize(margin, _STRENGTH_CUTS).astype(np.uint8)


def _two_nearest(apart: Sequence[Floats]) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Return the segment of each customer (of equals the first), and the two smallest distances."""
    codes = np.zeros(len(apart[0]), dtype=np.int8)
    nearest, second = apart[0], np.full(len(codes), np.inf)
    for segment, distance in enumerate(apart[1:], start=1):
        np.putmask(codes, distance < nearest, segment)
        second = np.minimum(second, np.maximum(nearest, distance))
        nearest = np.minimum(nearest, distance)
    return codes, nearest, second


def _in_tiers(axis: AxisModel, value: Floats, apart: Sequence[Floats]) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Return the tier of each customer, and the distances to its centroid and to the nearest other."""
    codes = np.searchsorted(axis.cuts, value, side="right").astype(np.int8)
    nearest, second = np.full(len(codes), np.inf), np.full(len(codes), np.inf)
    for tier, distance in enumerate(apart):
        own = codes == tier
        nearest = np.where(own, distance, nearest)
        second = np.where(own, second, np.minimum(second, distance))
    return codes, nearest, second


def _each_distance(axis: AxisModel, scaled: Mapping[int, Floats]) -> list[Floats]:
    found = []
    for segment in axis.segments:
        total: Floats | None = None
        for index, values in scaled.items():
            offset = values - segment.centroid[index]
            offset *= offset
            total = offset if total is None else np.add(total, offset, out=total)
        assert total is not None  # an axis with segments has features
        total /= len(scaled)
        found.append(total)
    return found


def _margin(nearest: Floats, second: Floats) -> Floats:
    """Return (d2 - d1) / (d2 + d1): 1 where there is no second segment, 0 where both are met exactly."""
    near, far = np.sqrt(nearest), np.sqrt(second)
    with np.errstate(invalid="ignore", divide="ignore"):
        margin: Floats = np.where(np.isinf(far), 1.0, (far - near) / (far + near))
    margin[far == 0] = 0.0
    return margin.round(_PLACES)


def _tier_margin(axis: AxisModel, value: Floats) -> Floats:
    """Return g / (1 + g) of the distance g to the nearest bound, in standard deviations."""
    gap = np.full(len(value), np.inf)
    for cut in axis.cuts:
        gap = np.minimum(gap, np.abs(value - cut))
    with np.errstate(invalid="ignore"):
        margin: Floats = np.where(np.isinf(gap), 1.0, gap / (1 + gap))
    return margin.round(_PLACES)
