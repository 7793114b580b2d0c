"""A model made anew from newer customers: centroids move, and the segments that are still there keep id and name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fanwise.segmenter.assignment.archetypes import archetype_name, find_archetypes
from fanwise.segmenter.assignment.batches import Features
from fanwise.segmenter.axes import FeatureTable
from fanwise.segmenter.model.labels import axis_names, named, unlike
from fanwise.segmenter.model.model import Archetype, AxisModel, Model
from fanwise.segmenter.monitor.match import Match, Matching, match_axis
from fanwise.segmenter.monitor.transitions import Flow, flows
from fanwise.text.numbers import instant, percent
from fanwise.text.terminal import table, wrapped

__all__ = ["AxisRefresh", "Refreshed", "carry_names", "refresh"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class AxisRefresh:
    """One axis, before and after. matching: by ids of the old and of the refreshed model."""

    axis: str
    structures: tuple[str, str]
    k: tuple[int, int]
    matching: Matching
    flow: Flow | None

    def lines(self) -> list[str]:
        """Return the lines of the text."""
        changed = f"{self.k[0]} {self.structures[0]} before, {self.k[1]} {self.structures[1]} now"
        lines = ["", f"{self.axis}: {changed if self.structures[0] != self.structures[1] else _numbers(self.k)}"]
        if self.flow is None:
            return lines
        if self.flow.kept is not None:
            lines += wrapped(f"{percent(self.flow.kept)} of {self.flow.customers:,} customers stay in their segment")
        head = ["from \\ to", *(str(code + 1) for code in range(self.k[1])), "none"]
        rows = [
            [name, *map(_count, counts)]
            for name, counts in zip((*self.flow.old, "none"), self.flow.counts, strict=True)
        ]
        lines += table(head, rows)
        moved = {pair.new: pair for pair in self.matching.pairs}
        for code, name in enumerate(self.flow.new):
            lines += wrapped(f"{code + 1} = {name} ({_moved(moved.get(code))})", "    ", "        ")
        lost = [self.flow.old[code] for code in self.matching.lost]
        return lines + (wrapped(f"gone: {', '.join(lost)}", "    ", "        ") if lost else [])


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The refreshed model, and how the old segments changed."""

    model: Model
    axes: tuple[AxisRefresh, ...]

    def text(self) -> str:
        """Return flow matrices of at most 80 columns."""
        lines = [f"Refreshed as of {instant(self.model.as_of)}"]
        for axis in self.axes:
            lines += axis.lines()
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes; the model is in its own file."""
        return {
            "as_of": self.model.as_of,
            "axes": [{**asdict(axis), "kept": axis.flow.kept if axis.flow else None} for axis in self.axes],
        }


def refresh(
    old: Model, features: FeatureTable, *, old_features: Features | None = None, progress: Progress | None = None
) -> Refreshed:
    """Return a new fit of newer customers with the old model's settings, its names and ids kept by matching centroids.

    old_features: where the customers were, for the flow of those in both; without it, both models assign the new
    features. progress: as in `fit`. Raises MissingExtraError without threadpoolctl, SourceError where features
    cannot be read.
    """
    from fanwise.segmenter.clustering.fit import fit

    tried = [score.k for axis in old.axes for score in axis.scores]
    fitted = fit(
        features,
        sample_size=max(old.sample.size, 1),
        allocation=old.sample.allocation if old.sample.allocation != "full" else "quota",
        axes=[axis.axis for axis in old.axes if axis.axis in features.states],
        max_k=max(tried, default=8),
        seed=old.seed,
        full=old.sample.allocation == "full",
        progress=progress,
    )
    model, matchings = carry_names(old, fitted)
    model = _with_archetypes(old, model, features)
    found = {flow.axis: flow for flow in _flows(old, model, features, old_features)}
    before = {axis.axis: axis for axis in old.axes}
    axes = tuple(
        AxisRefresh(
            axis.axis,
            (before[axis.axis].structure, axis.structure),
            (len(before[axis.axis].segments), len(axis.segments)),
            matchings[axis.axis],
            found.get(axis.axis),
        )
        for axis in model.axes
        if axis.segments or before[axis.axis].segments
    )
    return Refreshed(model, axes)


def carry_names(old: Model, fitted: Model) -> tuple[Model, dict[str, Matching]]:
    """Return the fitted model with the old ids and names where centroids match, and the matching per axis.

    Matched segments come first, in the order of their old ids, which they keep where nothing before them is gone; then
    the fresh ones, named by rule. Tiers stay in their own order.
    """
    before = {axis.axis: axis for axis in old.axes}
    axes, matchings = [], {}
    for axis in fitted.axes:
        previous = before.get(axis.axis, AxisModel(axis.axis, "off", "none"))
        matching = match_axis(previous, axis)
        if axis.structure == "clusters":
            order = [pair.new for pair in sorted(matching.pairs, key=lambda pair: pair.old)]
            axis, matching = _reordered(axis, [*order, *matching.fresh], matching)
        old_names = {pair.new: previous.segments[pair.old].name for pair in matching.pairs}
        by_rule = iter(unlike([axis_names(axis)[code] for code in matching.fresh], tuple(old_names.values())))
        names = [old_names.get(segment.id) or next(by_rule) for segment in axis.segments]
        axes.append(named(axis, names))
        matchings[axis.axis] = matching
    return replace(fitted, axes=tuple(axes)), matchings


def _reordered(axis: AxisModel, order: Sequence[int], matching: Matching) -> tuple[AxisModel, Matching]:
    place = {code: index for index, code in enumerate(order)}
    segments = tuple(replace(axis.segments[code], id=index) for index, code in enumerate(order))
    pairs = tuple(sorted((replace(pair, new=place[pair.new]) for pair in matching.pairs), key=lambda pair: pair.new))
    fresh = tuple(sorted(place[code] for code in matching.fresh))
    return replace(axis, segments=segments), replace(matching, pairs=pairs, fresh=fresh)


def _with_archetypes(old: Model, model: Model, features: FeatureTable) -> Model:
    """Return the model with archetypes on the old axes; those that a person has named keep that name."""
    if not old.archetypes:
        return model
    live = {axis.axis for axis in model.axes if axis.segments}
    axes = [axis for axis in old.archetypes[0].segments if axis in live]
    found = find_archetypes(model, features, axes)
    given = {each.id: each.name for each in old.archetypes if each.name != archetype_name(old, each.segments)}
    fresh = [each.name for each in found.archetypes if each.id not in given]
    names = iter(unlike(fresh, tuple(given.values())))
    renamed = [
        Archetype(each.id, given.get(each.id) or next(names), each.share, each.segments) for each in found.archetypes
    ]
    return replace(found, archetypes=tuple(renamed))


def _flows(old: Model, model: Model, features: FeatureTable, old_features: Features | None) -> Sequence[Flow]:
    if old_features is None:
        return flows(old, model, features)
    return flows(old, model, old_features, features)


def _numbers(k: tuple[int, int]) -> str:
    return f"{k[1]} segments" if k[0] == k[1] else f"{k[0]} segments before, {k[1]} now"


def _moved(pair: Match | None) -> str:
    if pair is None:
        return "new"
    return f"kept, moved {pair.moved:.2f} sd{'' if pair.sure else ', and now nearer to another one'}"


def _count(count: int) -> str:
    return f"{count:,}" if count else "·"
