"""Names of segments by rules on their centroids: the same centroids, the same names; a person may change them later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fanwise.segmenter.model.inverse_transform import raw_values
from fanwise.segmenter.model.model import AxisModel, FittedFeature, Model
from fanwise.segmenter.model.vocabulary import PEOPLE, PHRASES, Phrase

__all__ = ["axis_names", "name_segments", "unlike"]

_TELLING = 0.5  # standard deviations from the mean of all customers, from which a feature describes a segment
_MOST_TRAITS = 2
_LONGEST_WORDS = 40


def name_segments(model: Model) -> Model:
    """Return the model with all segments named by rule; archetypes keep their names."""
    return replace(model, axes=tuple(named(axis, axis_names(axis)) for axis in model.axes))


def named(axis: AxisModel, names: Sequence[str]) -> AxisModel:
    """Return the axis with these names of its segments."""
    segments = (replace(segment, name=name) for segment, name in zip(axis.segments, names, strict=True))
    return replace(axis, segments=tuple(segments))


def axis_names(axis: AxisModel) -> tuple[str, ...]:
    """Return a name for each segment, no two alike.

    The one or two features of the centroid farthest from the mean of all customers, at least half a standard deviation,
    give an adjective each; the extreme one of several segments on the same side a stronger one. Segments that would be
    called the same are told apart by the feature on which they differ most. Tiers are called tiers.
    """
    people = PEOPLE.get(axis.axis, "customers")
    if axis.structure == "tiers":
        by, ranks = _words(axis.features[0]), _ranks(len(axis.segments))
        names = [f"tier {rank} by {by}" if rank[0].isdigit() else f"{rank} tier by {by}" for rank in ranks]
    else:
        traits = [_traits(axis, index) for index in range(len(axis.segments))]
        names = [f"{', '.join(found) if found else 'typical'} {people}" for found in traits]
    return unlike(_told_apart(axis, [name[:1].upper() + name[1:] for name in names]))


def unlike(names: Sequence[str], taken: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names with a number after those that stood before, in `taken` or earlier in the row."""
    seen = set(taken)
    found = []
    for name in names:
        candidate, times = name, 1
        while candidate in seen:
            times += 1
            candidate = f"{name} ({times})"
        seen.add(candidate)
        found.append(candidate)
    return tuple(found)


def _traits(axis: AxisModel, segment: int) -> list[str]:
    centroid = axis.segments[segment].centroid
    order = sorted(range(len(centroid)), key=lambda index: (-abs(centroid[index]), index))
    found: list[str] = []
    for index in order:
        if abs(centroid[index]) < _TELLING or len(found) == _MOST_TRAITS:
            break
        word = _adjective(axis, segment, index)
        if not any(word in other or other in word for other in found):
            found.append(word)
    return found


def _adjective(axis: AxisModel, segment: int, index: int) -> str:
    feature = axis.features[index]
    words = _words(feature)
    phrase = PHRASES.get(feature.name, Phrase(f"low {words}", f"high {words}"))
    values = [each.centroid[index] for each in axis.segments]
    value = values[segment]
    high = value > 0
    if not high and phrase.floor is not None and _raw(value, feature) <= phrase.floor:
        return phrase.floored
    side = [other for other in values if abs(other) >= _TELLING and (other > 0) == high]
    extreme = len(set(side)) > 1 and value == (max(side) if high else min(side))
    plain, strong = (phrase.high, phrase.highest) if high else (phrase.low, phrase.lowest)
    return (strong or f"very {plain}") if extreme else plain


def _told_apart(axis: AxisModel, names: Sequence[str]) -> list[str]:
    """Return the names, those that are alike with the rank on the feature on which their segments differ most."""
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        alike[name].append(index)
    found = list(names)
    for name, members in alike.items():
        places = np.array([axis.segments[index].centroid for index in members])
        spread = np.ptp(places, axis=0)
        if len(members) == 1 or not spread.max() > 0:
            continue
        widest = int(spread.argmax())
        ranks = _ranks(len(members))
        for rank, member in enumerate(np.argsort(places[:, widest], kind="stable").tolist()):
            found[members[member]] = f"{name}, {ranks[rank].lower()} {_words(axis.features[widest])}"
    return found


def _ranks(number: int) -> list[str]:
    if number <= 3:
        return [["All"], ["Lower", "Higher"], ["Low", "Middle", "High"]][number - 1] if number else []
    return [f"{rank + 1} of {number}" for rank in range(number)]


def _words(feature: FittedFeature) -> str:
    own = feature.name.partition(".")[2] or feature.name
    words = " ".join("".join(sign if sign.isalnum() else " " for sign in own).split())
    return words[:_LONGEST_WORDS].strip() or "value"


def _raw(value: float, feature: FittedFeature) -> float:
    return float(raw_values(np.array([value]), feature)[0])
