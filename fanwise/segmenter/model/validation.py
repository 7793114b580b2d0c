"""What must hold in a model beyond the types of its fields: shapes, ranges, sums, names."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from fanwise.segmenter.model.model import AxisModel, FittedFeature, Model, SampleDesign

__all__ = ["INSUFFICIENT", "OTHER", "UNASSIGNED", "faults", "name_fault"]

INSUFFICIENT = "insufficient history"
UNASSIGNED = "unassigned"
OTHER = "other"

_RESERVED = frozenset({INSUFFICIENT, UNASSIGNED, OTHER})
_LONGEST_NAME = 120
_MOST_SEGMENTS = 100
_SHARE_TOLERANCE = 1e-6
_FARTHEST = 1e100
"""Squares of distances must be finite."""

Fault = tuple[str, str]


def faults(model: Model) -> list[Fault]:
    """Return what is wrong: the path in the model file, and why. Non-finite numbers anywhere are among it."""
    found = [*_head(model), *_sample(model.sample)]
    found += _repeated((axis.axis for axis in model.axes), "model.axes", "axis")
    for index, axis in enumerate(model.axes):
        found += _axis(axis, f"model.axes[{index}]")
        found += _names([each.name for each in axis.segments], f"editable.segments.{axis.axis}")
    found += _archetypes(model)
    return found


def name_fault(name: str) -> str | None:
    """Return why a segment or an archetype cannot be called so, or None."""
    if not name.strip() or name != name.strip():
        return "is empty, or begins or ends with a space"
    if len(name) > _LONGEST_NAME:
        return f"is longer than {_LONGEST_NAME} characters"
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for sign in name):
        return "has invisible characters"
    return f"{name!r} is reserved" if name.casefold() in _RESERVED else None


def _head(model: Model) -> Iterator[Fault]:
    try:
        when = dt.datetime.fromisoformat(model.as_of)
    except ValueError:
        yield "model.as_of", f"must be an instant in ISO 8601, not {model.as_of[:40]!r}"
    else:
        if when.utcoffset() not in (None, dt.timedelta()):
            yield "model.as_of", "must be in UTC"
    for name, value in model.constants.items():
        yield from _finite({name: value}, "model.constants")
    if not model.axes:
        yield "model.axes", "has no axis"


def _sample(sample: SampleDesign) -> Iterator[Fault]:
    path = "model.sample"
    yield from _finite({"effective": sample.effective, **_numbered("cuts", sample.cuts)}, path)
    if len(sample.population) != len(sample.sampled) or len(sample.cuts) > len(sample.population):
        yield path, "population, sampled and cuts must have one entry per stratum"
        return
    if any(not 0 <= drawn <= there for drawn, there in zip(sample.sampled, sample.population, strict=True)):
        yield f"{path}.sampled", "must be between 0 and the population of the stratum"
    if list(sample.cuts) != sorted(sample.cuts):
        yield f"{path}.cuts", "must ascend"
    if sample.size < 0 or sample.effective < 0:
        yield path, "size and effective must not be negative"


def _axis(axis: AxisModel, path: str) -> Iterator[Fault]:
    if axis.status not in ("full", "partial", "off"):
        yield f"{path}.status", f"must be full, partial or off, not {axis.status!r}"
    if axis.structure not in ("clusters", "tiers", "none"):
        yield f"{path}.structure", f"must be clusters, tiers or none, not {axis.structure!r}"
    elif (axis.structure == "none") != (axis.status == "off") or (axis.status == "off") == bool(axis.segments):
        yield path, "an axis is off, has structure none and no segments, or none of the three"
    yield from _finite({"spread": axis.spread, "null_quantile": axis.null_quantile, "eligible": axis.eligible}, path)
    if axis.spread < 0 or not 0 <= axis.eligible <= 1 + _SHARE_TOLERANCE:
        yield path, "spread must be at least 0, and eligible a share"
    yield from _repeated((feature.name for feature in axis.features), f"{path}.features", "feature")
    for index, feature in enumerate(axis.features):
        yield from _feature(feature, f"{path}.features[{index}]")
    yield from _segments(axis, path)
    for index, score in enumerate(axis.scores):
        numbers = {name: getattr(score, name) for name in ("inertia", "silhouette", "z", "min_share")}
        if score.stability is not None:
            numbers["stability"] = score.stability
        yield from _finite(numbers, f"{path}.scores[{index}]")
        if score.k < 1:
            yield f"{path}.scores[{index}].k", "must be at least 1"


def _segments(axis: AxisModel, path: str) -> Iterator[Fault]:
    segments, dims = axis.segments, len(axis.features)
    if segments and not dims:
        yield f"{path}.features", "an axis with segments needs features"
    if len(segments) > _MOST_SEGMENTS:
        yield f"{path}.segments", f"has more than {_MOST_SEGMENTS} segments"
    for index, each in enumerate(segments):
        place = f"{path}.segments[{index}]"
        yield from _finite({"share": each.share, **_numbered("centroid", each.centroid)}, place)
        if each.id != index:
            yield f"{place}.id", f"must be {index}: segments are numbered from 0"
        if any(abs(number) > _FARTHEST for number in each.centroid):
            yield f"{place}.centroid", f"is more than {_FARTHEST:g} standard deviations out"
        if len(each.centroid) != dims:
            yield f"{place}.centroid", f"has {len(each.centroid)} dimensions for {dims} features"
    if segments and not _sum_to_one([each.share for each in segments]):
        yield f"{path}.segments", "shares must be at least 0 and sum to 1"
    wanted = len(segments) - 1 if axis.structure == "tiers" else 0
    if len(axis.cuts) != wanted or list(axis.cuts) != sorted(axis.cuts):
        yield f"{path}.cuts", f"must be {wanted} ascending bounds"
    yield from _finite(_numbered("cuts", axis.cuts), path)


def _feature(feature: FittedFeature, path: str) -> Iterator[Fault]:
    numbers = {name: getattr(feature, name) for name in ("unit", "low", "high", "mean", "std")}
    yield from _finite(numbers | _numbered("deciles", feature.deciles), path)
    if not (feature.std > 0 and feature.unit > 0):
        yield path, "std and unit must be above 0"
    if (
        feature.std > 0
        and max(abs(feature.low - feature.mean), abs(feature.high - feature.mean)) / feature.std > _FARTHEST
    ):
        yield path, f"its bounds are more than {_FARTHEST:g} standard deviations out"
    if feature.low > feature.high:
        yield path, "low must not be above high"
    if len(feature.deciles) not in (0, 9) or list(feature.deciles) != sorted(feature.deciles):
        yield f"{path}.deciles", "must be 9 ascending numbers, or none"
    shares = feature.decile_shares
    if shares and (len(shares) != 10 or not _sum_to_one(shares)):
        yield f"{path}.decile_shares", "must be 10 shares that sum to 1, or none"


def _archetypes(model: Model) -> Iterator[Fault]:
    sizes = {axis.axis: len(axis.segments) for axis in model.axes}
    for index, each in enumerate(model.archetypes):
        path = f"model.archetypes[{index}]"
        yield from _finite({"share": each.share}, path)
        if not 0 <= each.share <= 1:
            yield f"{path}.share", "must be between 0 and 1"
        for axis, segment in each.segments.items():
            if axis not in sizes or (segment is not None and not 0 <= segment < sizes[axis]):
                yield f"{path}.segments", f"names a segment of {axis!r} that the model does not have"
        if each.segments.keys() != model.archetypes[0].segments.keys():
            yield f"{path}.segments", "must name the same axes as the others"
    yield from _repeated((each.id for each in model.archetypes), "model.archetypes", "id")
    yield from _names([each.name for each in model.archetypes], "editable.archetypes")


def _names(names: list[str], path: str) -> Iterator[Fault]:
    for name in dict.fromkeys(names):
        if why := name_fault(name):
            yield path, f"a name {why}"
    yield from _repeated(names, path, "name")


def _repeated(names: Iterable[str], path: str, what: str) -> Iterator[Fault]:
    for name, times in Counter(names).items():
        if times > 1:
            yield path, f"the {what} {name[:40]!r} occurs {times} times"


def _sum_to_one(shares: Sequence[float]) -> bool:
    within = all(0 <= share <= 1 + _SHARE_TOLERANCE for share in shares)
    return within and abs(math.fsum(shares) - 1) <= _SHARE_TOLERANCE


def _finite(numbers: dict[str, float], path: str) -> Iterator[Fault]:
    for name, value in numbers.items():
        if not math.isfinite(value):
            yield f"{path}.{name}", "must be a finite number"


def _numbered(name: str, values: tuple[float, ...]) -> dict[str, float]:
    return {f"{name}[{index}]": value for index, value in enumerate(values)}
