"""The profile of a model: sizes, shares of revenue, and features in units that a person knows, all measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanwise.segmenter.assignment.archetypes import archetype_codes
from fanwise.segmenter.assignment.batches import BATCH_ROWS, Features, Progress, batches
from fanwise.segmenter.assignment.nearest import INSUFFICIENT_CODE, UNASSIGNED_CODE, Floats
from fanwise.segmenter.axes import FeatureTable
from fanwise.segmenter.model.inverse_transform import raw_values
from fanwise.segmenter.model.model import AxisModel, FittedFeature, Model
from fanwise.segmenter.model.scaling import significant
from fanwise.segmenter.model.validation import INSUFFICIENT, OTHER, UNASSIGNED
from fanwise.segmenter.report.model import ArchetypeProfile, AxisProfile, FeatureProfile, Profile, SegmentProfile

__all__ = ["profile"]

_NOTHING = 1e-9  # of the unit of a feature
_DIGITS = 12  # significant; the last bits of a mean depend on how it was added up

Codes = NDArray[np.int16]


def profile(
    model: Model,
    features: Features | None = None,
    *,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Profile:
    """Return the profile of a model: of the customers with these features, else of what the model itself holds.

    With features, one pass locates the customers and one reads the columns: all at once where they are one batch, else
    one by one, so that a column and one code per customer and axis are in memory. Raises SourceError where the features
    cannot be read.
    """
    if features is None:
        axes = tuple(_from_model(axis) for axis in model.axes)
        archetypes = [ArchetypeProfile(each.id, each.name, None, each.share, None) for each in model.archetypes]
        return Profile(None, model.as_of, axes, tuple(archetypes))
    parts: dict[str, list[Codes]] = {axis.axis: [] for axis in model.axes if axis.segments}
    kinds: list[Codes] = []
    customers = 0
    for batch in batches([model], features, batch_size, threads, progress):
        customers += len(batch.ids)
        codes = batch.codes()
        kinds.append(archetype_codes(model.archetypes, codes).astype(np.int16))
        for axis, found in codes.items():
            parts[axis].append(found.astype(np.int16))
    columns = _Columns(features.path if isinstance(features, FeatureTable) else Path(features), model, customers)
    nobody = np.zeros(0, dtype=np.int16)
    by_axis = {axis: np.concatenate([nobody, *found]) for axis, found in parts.items()}
    profiled = tuple(
        _measured(axis, by_axis[axis.axis], columns) if axis.segments else _from_model(axis) for axis in model.axes
    )
    archetypes = _archetypes(model, np.concatenate([nobody, *kinds]), columns) if model.archetypes else []
    return Profile(customers, model.as_of, profiled, tuple(archetypes))


class _Columns:
    """Columns of a feature table: those of the model at once where the customers are few, else one at a time."""

    def __init__(self, path: Path, model: Model, customers: int) -> None:
        self._scan = pl.scan_parquet(path)
        self.names = frozenset(self._scan.collect_schema().names())
        wanted = {"value", *(feature.name for axis in model.axes for feature in axis.features)} & self.names
        few = customers <= BATCH_ROWS
        self._frame = self._scan.select(pl.col(sorted(wanted)).cast(pl.Float64)).collect() if few else None

    def read(self, name: str) -> Floats:
        """Return a column, NaN for null."""
        frame = self._frame if self._frame is not None else self._scan.select(pl.col(name).cast(pl.Float64)).collect()
        return frame[name].to_numpy()

    def value(self) -> Floats | None:
        """Return what customers spent, at least 0, or None where it is not known."""
        return np.maximum(np.nan_to_num(self.read("value")), 0.0) if "value" in self.names else None


def _measured(axis: AxisModel, codes: Codes, columns: _Columns) -> AxisProfile:
    k = len(axis.segments)
    sizes = np.bincount(codes[codes >= 0], minlength=k)
    shares = _value_shares(columns.value(), codes, [*range(k), INSUFFICIENT_CODE, UNASSIGNED_CODE])
    members = [np.flatnonzero(codes == segment) for segment in range(k)]
    described: list[list[FeatureProfile]] = [[] for _ in range(k)]
    for index, feature in enumerate(axis.features):
        values = columns.read(feature.name) if feature.name in columns.names else None
        for segment in range(k):
            own = None if values is None else values[members[segment]]
            typical = float(raw_values(np.array([axis.segments[segment].centroid[index]]), feature)[0])
            mean, median = _middle(own)
            described[segment].append(FeatureProfile(feature.name, _plain(typical, feature), mean, median))
    total = max(len(codes), 1)
    segments = tuple(
        SegmentProfile(each.id, each.name, int(size), int(size) / total, share, tuple(found))
        for each, size, share, found in zip(axis.segments, sizes, shares, described, strict=False)
    )
    without = []
    for code, name, share in zip(
        (INSUFFICIENT_CODE, UNASSIGNED_CODE), (INSUFFICIENT, UNASSIGNED), shares[k:], strict=True
    ):
        size = int((codes == code).sum())
        if size:
            without.append(SegmentProfile(None, name, size, size / total, share))
    return _profiled(axis, segments, tuple(without))


def _from_model(axis: AxisModel) -> AxisProfile:
    places = np.array([each.centroid for each in axis.segments]).reshape(len(axis.segments), len(axis.features))
    raw = [raw_values(places[:, index], feature) for index, feature in enumerate(axis.features)]
    segments = tuple(
        SegmentProfile(
            each.id,
            each.name,
            None,
            each.share * axis.eligible,
            None,
            tuple(
                FeatureProfile(feature.name, _plain(float(values[each.id]), feature))
                for feature, values in zip(axis.features, raw, strict=True)
            ),
        )
        for each in axis.segments
    )
    left = 1 - axis.eligible if segments else 0.0
    without = (SegmentProfile(None, INSUFFICIENT, None, left, None),) if left > 0 else ()
    return _profiled(axis, segments, without)


def _profiled(
    axis: AxisModel, segments: tuple[SegmentProfile, ...], without: tuple[SegmentProfile, ...]
) -> AxisProfile:
    by: str = ""
    cuts: tuple[float, ...] = ()
    if axis.cuts:
        first = axis.features[0]
        by, cuts = first.name, tuple(_plain(float(cut), first) for cut in raw_values(np.array(axis.cuts), first))
    names = axis.axis, axis.status, axis.structure, axis.reason
    return AxisProfile(*names, segments, without, _telling(axis), by, cuts)


def _archetypes(model: Model, codes: Codes, columns: _Columns) -> list[ArchetypeProfile]:
    named = [*((each.id, each.name) for each in model.archetypes), (None, OTHER)]
    wanted = [*range(len(model.archetypes)), -1]
    shares = _value_shares(columns.value(), codes, wanted)
    sizes = [int((codes == code).sum()) for code in wanted]
    return [
        ArchetypeProfile(own, name, size, size / max(len(codes), 1), share)
        for (own, name), size, share in zip(named, sizes, shares, strict=True)
    ]


def _value_shares(value: Floats | None, codes: Codes, wanted: Sequence[int]) -> list[float | None]:
    """Return the share of all value that customers with each code have."""
    total = 0.0 if value is None else float(value.sum())
    if value is None or not total > 0:
        return [None] * len(wanted)
    return [significant(float(value[codes == code].sum()) / total, _DIGITS) for code in wanted]


def _middle(values: Floats | None) -> tuple[float | None, float | None]:
    """Return mean and median of the values that are there."""
    present = np.zeros(0) if values is None else values[np.isfinite(values)]
    if not len(present):
        return None, None
    return significant(float(present.mean()), _DIGITS), significant(float(np.median(present)), _DIGITS)


def _telling(axis: AxisModel) -> tuple[str, ...]:
    """Return the features by the weighted variance of their centroids, the largest first."""
    shares = np.array([each.share for each in axis.segments])
    spread: Mapping[int, float] = {
        index: float(np.dot(shares, np.array([each.centroid[index] for each in axis.segments]) ** 2))
        for index in range(len(axis.features))
    }
    order = sorted(spread, key=lambda index: (-round(spread[index], 9), index))
    return tuple(axis.features[index].name for index in order) if axis.segments else ()


def _plain(value: float, feature: FittedFeature) -> float:
    """Return a value that was transformed there and back: what is left of zero by rounding is zero."""
    return 0.0 if abs(value) < _NOTHING * feature.unit else significant(value, _DIGITS)
