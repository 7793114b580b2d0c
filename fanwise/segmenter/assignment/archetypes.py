"""Archetypes: the frequent combinations of segments across a few axes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanwise.segmenter.assignment.batches import BATCH_ROWS, Features, batches
from fanwise.segmenter.assignment.nearest import INSUFFICIENT_CODE, UNASSIGNED_CODE
from fanwise.segmenter.errors import MappingError, Problem
from fanwise.segmenter.model.model import Archetype, Model
from fanwise.segmenter.model.validation import INSUFFICIENT

__all__ = ["DEFAULT_AXES", "ArchetypeCounts", "archetype_codes", "archetype_id", "archetype_name", "find_archetypes"]

DEFAULT_AXES = ("purchase_value", "purchase_frequency", "loyalty_trajectory")
MIN_SHARE = 0.01

Codes = Mapping[str, NDArray[np.int8]]


def archetype_id(segments: Mapping[str, int | None]) -> str:
    """Return 10 hexadecimal digits: the beginning of the SHA-256 of `segments` as canonical JSON."""
    text = json.dumps(dict(segments), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def archetype_name(model: Model, segments: Mapping[str, int | None]) -> str:
    """Return the names of the segments in one line."""
    named = {axis.axis: [segment.name for segment in axis.segments] for axis in model.axes}
    return " / ".join(INSUFFICIENT if code is None else named[axis][code] for axis, code in segments.items())


def archetype_axes(model: Model, axes: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the axes that archetypes are made of: those asked for, or those of DEFAULT_AXES that have segments.

    Raises MappingError for an axis without segments.
    """
    live = [axis.axis for axis in model.axes if axis.segments]
    if axes is None:
        return tuple(axis for axis in DEFAULT_AXES if axis in live)
    wrong = [axis for axis in axes if axis not in live]
    if wrong:
        hint = f"this model has segments on {', '.join(live)}"
        raise MappingError(
            [
                Problem("FW-USAGE-NAME", f"has no segments in this model: {axis!r}", hint, "archetype axes")
                for axis in wrong
            ]
        )
    return tuple(dict.fromkeys(axes))


class ArchetypeCounts:
    """Counts combinations of segments, batch by batch."""

    def __init__(self, model: Model, axes: Sequence[str] | None = None) -> None:
        self.axes = archetype_axes(model, axes)
        self._model = model
        self._counts: Counter[tuple[int, ...]] = Counter()

    def add(self, codes: Codes) -> None:
        """Count one batch of codes per axis."""
        if self.axes:
            frame = pl.DataFrame({axis: codes[axis] for axis in self.axes})
            for *kind, count in frame.group_by(self.axes).len().iter_rows():
                self._counts[tuple(kind)] += count

    def found(self, min_share: float = MIN_SHARE) -> tuple[Archetype, ...]:
        """Return the archetypes with at least `min_share` of all customers, most frequent first.

        All others, and customers whom an axis cannot assign, are "other".
        """
        total = self._counts.total()
        kept = [
            (count, codes)
            for codes, count in self._counts.items()
            if UNASSIGNED_CODE not in codes and count >= min_share * total
        ]
        found = []
        for count, codes in sorted(kept, key=lambda each: (-each[0], each[1])):
            pairs = zip(self.axes, codes, strict=True)
            segments = {axis: None if code == INSUFFICIENT_CODE else code for axis, code in pairs}
            name = archetype_name(self._model, segments)
            found.append(Archetype(archetype_id(segments), name, count / total, segments))
        return tuple(_distinct(found))


def find_archetypes(
    model: Model,
    features: Features,
    axes: Sequence[str] | None = None,
    *,
    min_share: float = MIN_SHARE,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
) -> Model:
    """Return the model with the archetypes of these customers: combinations of segments that at least `min_share` have.

    Raises MappingError for an axis without segments, SourceError where the features cannot be read.
    """
    counts = ArchetypeCounts(model, axes)
    located = replace(model, axes=tuple(axis for axis in model.axes if axis.axis in counts.axes))
    for batch in batches([located], features, batch_size, threads):
        counts.add(batch.codes())
    return replace(model, archetypes=counts.found(min_share))


def archetype_codes(archetypes: Iterable[Archetype], codes: Codes) -> NDArray[np.int64]:
    """Return for each customer the index into `archetypes`, -1 for other."""
    archetypes = tuple(archetypes)
    found = np.full(len(next(iter(codes.values()), ())), -1, dtype=np.int64)
    for index, each in enumerate(archetypes):
        fits = np.ones(len(found), dtype=bool)
        for axis, segment in each.segments.items():
            fits &= codes[axis] == (INSUFFICIENT_CODE if segment is None else segment)
        found[fits] = index
    return found


def _distinct(archetypes: Iterable[Archetype]) -> Iterable[Archetype]:
    """Yield the archetypes with names of their own; only names that hold the separator can collide."""
    seen: set[str] = set()
    for each in archetypes:
        name, times = each.name, 1
        while name in seen:
            times += 1
            name = f"{each.name} ({times})"
        seen.add(name)
        yield Archetype(each.id, name, each.share, each.segments)
