"""Is a model still right? New customers beside what the model learned: features, shares, distances; and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fanwise.segmenter.assignment.batches import BATCH_ROWS, Features, Progress, batches, live_axes
from fanwise.segmenter.assignment.counts import AxisCounts, Tally
from fanwise.segmenter.assignment.nearest import Floats
from fanwise.segmenter.model.model import AxisModel, FittedFeature, Model
from fanwise.segmenter.monitor.divergence import jensen_shannon, psi_critical, stability_index
from fanwise.text.numbers import percent
from fanwise.text.terminal import table, wrapped

__all__ = ["Advice", "AxisDrift", "Drift", "FeatureDrift", "Level", "drift"]

Level = Literal["ok", "watch", "alarm"]
Advice = Literal["keep", "refresh", "rediscover"]

# The bounds of the index are a convention of credit scoring, without a theory; so the chance bound is shown as well.
WATCH, ALARM = 0.1, 0.25
STALE = 1.15  # ratio of distances from which centroids no longer sit in the middle of their customers
LOST = 1.5  # from which they are in the wrong places
MOST_UNASSIGNED = 0.05
HISTORY_CHANGE = 0.1


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One feature: the population stability index over the model's deciles, what it exceeds by chance in 1 of 100 cases
    (`critical`), and the level: above 0.1 watch, above 0.25 alarm, if also above `critical`. None without values."""

    feature: str
    psi: float | None
    critical: float | None
    level: Level


@dataclass(frozen=True, slots=True)
class AxisDrift:
    """One axis: index and Jensen-Shannon divergence (bits) of the shares of segments, root mean squared distance to the
    centroids over that of the sample, shares without enough history and unassigned; advice with its reasons."""

    axis: str
    features: tuple[FeatureDrift, ...]
    share_psi: float | None
    share_critical: float | None
    share_js: float | None
    share_level: Level
    distance_ratio: float | None
    insufficient: float
    unassigned: float
    advice: Advice
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """The drift of a model. advice: keep it, refresh (new centroids, same names) or rediscover (new segments)."""

    customers: int
    axes: tuple[AxisDrift, ...]
    advice: Advice
    reason: str

    def text(self) -> str:
        """Return tables of at most 80 columns."""
        lines = [f"{self.advice.capitalize()}: {self.reason}", f"  customers: {self.customers:,}", ""]
        lines[:1] = wrapped(lines[0], "", "  ")
        rows = [
            [
                axis.axis, _fixed(axis.share_psi), _fixed(axis.share_js), _ratio(axis.distance_ratio),
                percent(axis.insufficient), percent(axis.unassigned), axis.advice,
            ]
            for axis in self.axes
        ]  # fmt: skip
        lines += table(["axis", "PSI", "JS", "distance", "too new", "lost", "advice"], rows)
        moved = [feature for axis in self.axes for feature in axis.features if feature.level != "ok"]
        if moved:
            rows = [[each.feature, _fixed(each.psi), _fixed(each.critical), each.level] for each in moved]
            lines += ["", "Features that moved", *table(["feature", "PSI", "by chance", "level"], rows)]
        reasons = [f"{axis.axis}: {reason}" for axis in self.axes for reason in axis.reasons]
        if reasons:
            lines += ["", "Why", *(line for reason in reasons for line in wrapped(f"{reason}.", "  ", "    "))]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes."""
        return asdict(self)


def drift(
    model: Model,
    features: Features,
    *,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Drift:
    """Return how customers differ from those that the model was made from, in one pass over their features.

    Raises SourceError where the features cannot be read.
    """
    axes = live_axes(model)
    tallies = {axis.axis: Tally(axis) for axis in axes}
    bins = {feature.name: np.zeros(10, dtype=np.int64) for axis in axes for feature in axis.features}
    customers = 0
    for batch in batches([model], features, batch_size, threads, progress):
        customers += len(batch.ids)
        for axis in axes:
            tallies[axis.axis].add(batch.positions[0][axis.axis])
            for feature in axis.features:
                if feature.name in batch.columns and feature.deciles:
                    bins[feature.name] += _binned(batch.columns[feature.name], feature)
    found = tuple(_axis(model, axis, tallies[axis.axis].counted(), bins, customers) for axis in axes)
    return Drift(customers, found, *_overall(found, customers))


def _binned(values: Floats, feature: FittedFeature) -> NDArray[np.int64]:
    present = values[~np.isnan(values)]
    return np.bincount(np.searchsorted(feature.deciles, present, side="left"), minlength=10)


def _feature(feature: FittedFeature, counts: NDArray[np.int64], effective: float) -> FeatureDrift:
    there, shares = int(counts.sum()), feature.decile_shares
    if there == 0 or not shares or effective <= 0:
        return FeatureDrift(feature.name, None, None, "ok")
    # A bin that is empty on both sides is the second half of a repeated decile, and no bin at all.
    used = [index for index in range(10) if shares[index] > 0 or counts[index] > 0]
    psi = stability_index([int(counts[index]) for index in used], [shares[index] * effective for index in used])
    critical = psi_critical(len(used), effective, there)
    return FeatureDrift(feature.name, psi, critical, _level(psi, critical))


def _level(psi: float, critical: float) -> Level:
    if psi <= WATCH or psi <= critical:
        return "ok"
    return "alarm" if psi > ALARM else "watch"


def _axis(
    model: Model, axis: AxisModel, counts: AxisCounts, bins: dict[str, NDArray[np.int64]], customers: int
) -> AxisDrift:
    effective = model.sample.effective * axis.eligible
    features = tuple(_feature(feature, bins[feature.name], effective) for feature in axis.features)
    psi = critical = divergence = ratio = None
    level: Level = "ok"
    if counts.assigned and effective > 0:
        learned = [segment.share * effective for segment in axis.segments]
        psi, divergence = stability_index(counts.sizes, learned), jensen_shannon(counts.sizes, learned)
        critical = psi_critical(len(learned), effective, counts.assigned)
        level = _level(psi, critical)
    if counts.distance is not None and axis.spread > 0:
        ratio = (counts.distance / axis.spread) ** 0.5
    insufficient, unassigned = (part / max(customers, 1) for part in (counts.insufficient, counts.unassigned))
    advice, reasons = _advice(axis, features, level, ratio, insufficient, unassigned)
    if not customers:
        advice, reasons = "keep", ()
    return AxisDrift(
        axis.axis, features, psi, critical, divergence, level, ratio, insufficient, unassigned, advice, reasons
    )


def _advice(
    axis: AxisModel,
    features: Sequence[FeatureDrift],
    level: Level,
    ratio: float | None,
    insufficient: float,
    unassigned: float,
) -> tuple[Advice, tuple[str, ...]]:
    lost, moved = [], []
    if unassigned > MOST_UNASSIGNED:
        lost.append(f"{percent(unassigned)} cannot be assigned, because features are missing")
    if ratio is not None and ratio > LOST:
        lost.append(f"customers are {ratio:.2f} times as far from the centroids as the sample was")
    elif ratio is not None and ratio > STALE:
        moved.append(f"customers are {ratio:.2f} times as far from the centroids as the sample was")
    if level == "alarm":
        moved.append("the shares of the segments changed")
    alarms = [feature.feature.partition(".")[2] for feature in features if feature.level == "alarm"]
    if alarms:
        moved.append(f"{', '.join(alarms)} moved")
    if insufficient - (1 - axis.eligible) > HISTORY_CHANGE:
        was = percent(1 - axis.eligible)
        moved.append(f"{percent(insufficient)} have too little history; {was} had when the model was fitted")
    return "rediscover" if lost else "refresh" if moved else "keep", tuple(lost + moved)


def _fixed(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _overall(axes: Sequence[AxisDrift], customers: int) -> tuple[Advice, str]:
    """Rediscover from half of the axes on: a single lost axis can be refreshed, or left out."""
    if not customers:
        return "keep", "there are no customers"
    lost = [axis.axis for axis in axes if axis.advice == "rediscover"]
    moved = [axis.axis for axis in axes if axis.advice != "keep"]
    if lost and 2 * len(lost) >= len(axes):
        return "rediscover", f"the segments no longer fit on {len(lost)} of {len(axes)} axes ({', '.join(lost)})"
    if moved:
        return "refresh", f"customers moved on {len(moved)} of {len(axes)} axes ({', '.join(moved)})"
    watched = sum(feature.level == "watch" for axis in axes for feature in axis.features)
    watched += sum(axis.share_level == "watch" for axis in axes)
    return "keep", f"no large changes{f'; {watched} to watch' if watched else ''}"
