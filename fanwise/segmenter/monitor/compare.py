"""How far a model made from a sample can be trusted: it and a model of all customers, on the same customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from fanwise.segmenter.assignment.batches import BATCH_ROWS, Features, Progress, batches
from fanwise.segmenter.assignment.counts import AxisCounts, Tally
from fanwise.segmenter.model.inverse_transform import on_scale_of
from fanwise.segmenter.model.model import AxisModel, Model, SegmentModel
from fanwise.segmenter.monitor.divergence import (
    Counts,
    exact_rand_index,
    kullback_leibler,
    pair_counts,
    stability_index,
)
from fanwise.segmenter.monitor.match import Matching, match_axis, shared_features
from fanwise.text.numbers import number, percent
from fanwise.text.terminal import table, wrapped

__all__ = ["AxisComparison", "Comparison", "Cost", "Gate", "compare"]

MOST_EXCESS_INERTIA = 0.01
MOST_SHARE_DIFFERENCE = 0.02
MOST_KL = 0.01
ARI_BELOW_CEILING = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """What making a model took: wall-clock seconds, and the most memory in bytes (None where not measured)."""

    seconds: float
    peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """One requirement: the value, its limit, and whether it holds (None where it could not be judged)."""

    name: str
    value: float | None
    limit: float | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class AxisComparison:
    """One axis of both models, on all customers.

    excess_inertia: how much larger the mean squared distance to the sample's centroids is than to the full model's, on
    the full model's scale (0.01 = 1 %); interval: the smallest and largest of it over the replicates. ari: agreement of
    the labels; ceiling: of the full model with another seed of itself. share_difference: the largest difference of the
    shares of corresponding segments. silhouettes: mean simplified silhouettes, both on the full model's scale.
    other_features: what only one of both uses. Measures that do not exist are None (there is no inertia of tiers, of
    other features, or of an axis that one model lacks).
    """

    axis: str
    k_sample: int
    k_full: int
    structures: tuple[str, str]
    matching: Matching
    customers: int
    excess_inertia: float | None
    interval: tuple[float, float] | None
    ari: float | None
    ceiling: float | None
    share_difference: float | None
    kl: float | None
    psi: float | None
    silhouettes: tuple[float | None, float | None]
    other_features: tuple[str, ...]
    gates: tuple[Gate, ...]

    @property
    def passed(self) -> bool:
        """Whether no gate fails."""
        return all(gate.passed is not False for gate in self.gates)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A sample's model beside a full one. costs: by `sample` and `full`, where they were given."""

    customers: int
    axes: tuple[AxisComparison, ...]
    costs: Mapping[str, Cost]

    @property
    def passed(self) -> bool:
        """Whether no gate of any axis fails."""
        return all(axis.passed for axis in self.axes)

    def text(self) -> str:
        """Return tables of at most 80 columns."""
        good = sum(axis.passed for axis in self.axes)
        lines = [f"Sample against full model on {self.customers:,} customers: {good} of {len(self.axes)} axes pass", ""]
        rows = [
            [
                axis.axis, f"{axis.k_sample}/{axis.k_full}", percent(axis.excess_inertia, 2), number(axis.ari, 2),
                number(axis.ceiling, 2), _points(axis.share_difference), _fixed(axis.kl),
                "pass" if axis.passed else "FAIL",
            ]
            for axis in self.axes
        ]  # fmt: skip
        lines += table(["axis", "k", "inertia", "ARI", "(best)", "shares", "KL", ""], rows)
        lines += ["", "Quality on all customers"]
        rows = [
            [
                axis.axis, *(number(silhouette) for silhouette in axis.silhouettes), _fixed(axis.psi),
                "–" if axis.interval is None else " to ".join(percent(bound, 2) for bound in axis.interval),
            ]
            for axis in self.axes
        ]  # fmt: skip
        lines += table(["axis", "silh. sample", "full", "PSI", "inertia, other seeds"], rows)
        lines += _failures(self.axes) + _cost_lines(self.costs)
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes."""
        axes = [{**asdict(axis), "passed": axis.passed} for axis in self.axes]
        costs = {name: asdict(cost) for name, cost in self.costs.items()}
        return {"passed": self.passed, "customers": self.customers, "axes": axes, "costs": costs}


def compare(
    sample: Model,
    full: Model,
    features: Features,
    *,
    reseeded: Model | None = None,
    replicates: Sequence[Model] = (),
    costs: Mapping[str, Cost] | None = None,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Return how a model of a sample differs from a full one on all customers, in one pass over their features.

    reseeded: a full model with another seed; what it agrees with `full` is the best that can be asked of the labels,
    and without it they are shown and not judged. replicates: models of other samples, for the interval of the inertia.

    Raises SourceError where the features cannot be read.
    """
    others = [reseeded] if reseeded is not None else []
    carried = [_carried(full, each) for each in (sample, *replicates)]
    models = [full, sample, *others, *carried]
    tallies = [{axis.axis: Tally(axis) for axis in model.axes if axis.segments} for model in models]
    tables: dict[tuple[int, str], Counts] = {}
    customers = 0
    for batch in batches(models, features, batch_size, threads, progress):
        customers += len(batch.ids)
        for index, (counted, positions) in enumerate(zip(tallies, batch.positions, strict=True)):
            for name, position in positions.items():
                counted[name].add(position)
                if index in range(1, 2 + len(others)) and name in tallies[0]:
                    shape = (len(counted[name].axis.segments), len(tallies[0][name].axis.segments))
                    found = pair_counts(position.codes, batch.positions[0][name].codes, shape)
                    tables[index, name] = tables.get((index, name), 0) + found
    counts = [{name: tally.counted() for name, tally in each.items()} for each in tallies]
    by_axis = {axis.axis: axis for axis in sample.axes}
    compared = []
    for axis in full.axes:
        other = by_axis.get(axis.axis, AxisModel(axis.axis, "off", "none"))
        if axis.segments or other.segments:
            ceiling = exact_rand_index(tables[2, axis.axis]) if (2, axis.axis) in tables else None
            on_scale = [each.get(axis.axis) for each in counts[2 + len(others) :]]
            whole = counts[0].get(axis.axis)
            compared.append(_axis(other, axis, tables.get((1, axis.axis)), whole, on_scale, ceiling))
    return Comparison(customers, tuple(compared), dict(costs or {}))


def _axis(
    sample: AxisModel,
    full: AxisModel,
    both: Counts | None,
    whole: AxisCounts | None,
    on_scale: Sequence[AxisCounts | None],
    ceiling: float | None,
) -> AxisComparison:
    matching = match_axis(full, sample)
    excesses = [_excess(each, whole) for each in on_scale]
    others = [excess for excess in excesses[1:] if excess is not None]
    judged = both is not None and both.sum() > 0
    ari = exact_rand_index(both) if both is not None and judged else None
    of_sample, of_full = _corresponding(matching, both) if both is not None and judged else ((), ())
    total = max(sum(of_full), 1)
    difference = max((abs(a - b) / total for a, b in zip(of_sample, of_full, strict=True)), default=None)
    kl = kullback_leibler(of_sample, of_full) if judged else None
    gates = (
        _gate("excess inertia", excesses[0], MOST_EXCESS_INERTIA),
        _gate("share difference", difference, MOST_SHARE_DIFFERENCE),
        _gate("KL divergence", kl, MOST_KL),
        _gate("adjusted Rand index", ari, None if ceiling is None else ceiling - ARI_BELOW_CEILING, least=True),
        Gate("same structure", None, None, sample.structure == full.structure),
    )
    return AxisComparison(
        full.axis,
        len(sample.segments),
        len(full.segments),
        (sample.structure, full.structure),
        matching,
        int(both.sum()) if both is not None else 0,
        excesses[0],
        (min(others), max(others)) if others else None,
        ari,
        ceiling,
        difference,
        kl,
        stability_index(of_sample, of_full) if judged else None,
        (on_scale[0].silhouette if on_scale[0] else None, whole.silhouette if whole and on_scale[0] else None),
        tuple(sorted({each.name for each in sample.features} ^ {each.name for each in full.features})),
        gates,
    )


def _gate(name: str, value: float | None, limit: float | None, least: bool = False) -> Gate:
    if value is None or limit is None:
        return Gate(name, value, limit, None)
    return Gate(name, value, limit, value >= limit if least else value <= limit)


def _excess(sample: AxisCounts | None, full: AxisCounts | None) -> float | None:
    if sample is None or full is None or sample.distance is None or full.distance is None:
        return None
    if full.distance == 0:
        return 0.0 if sample.distance == 0 else None
    return sample.distance / full.distance - 1


def _corresponding(matching: Matching, both: Counts) -> tuple[list[int], list[int]]:
    """Return the customers of both models by pair of segments, then by segment that has none (0 on the other side)."""
    sample, full = both.sum(axis=1).tolist(), both.sum(axis=0).tolist()
    of_sample = [sample[pair.new] for pair in matching.pairs]
    of_full = [full[pair.old] for pair in matching.pairs]
    of_sample += [0] * len(matching.lost) + [sample[code] for code in matching.fresh]
    of_full += [full[code] for code in matching.lost] + [0] * len(matching.fresh)
    return of_sample, of_full


def _carried(full: Model, sample: Model) -> Model:
    """Return the full model with the sample's centroids, on the full model's scale, where both have clusters."""
    by_axis = {axis.axis: axis for axis in sample.axes}
    axes = []
    for axis in full.axes:
        other = by_axis.get(axis.axis)
        if other is None or {axis.structure, other.structure} != {"clusters"}:
            continue
        shared = shared_features(axis, other)
        if not len(shared) == len(axis.features) == len(other.features):
            continue
        order = [index for _, index in shared]
        centroids = np.array([segment.centroid for segment in other.segments])[:, order]
        moved = on_scale_of(centroids, [other.features[index] for index in order], axis.features)
        segments = (
            SegmentModel(each.id, each.name, each.share, tuple(map(float, centroid)))
            for each, centroid in zip(other.segments, moved, strict=True)
        )
        axes.append(replace(axis, segments=tuple(segments)))
    return replace(full, axes=tuple(axes), archetypes=())


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} pp"


def _fixed(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _failures(axes: Sequence[AxisComparison]) -> list[str]:
    lines: list[str] = []
    for axis in axes:
        for gate in axis.gates:
            if gate.passed is False and gate.limit is None:
                structures = f"{axis.structures[0]} in the sample, {axis.structures[1]} in the full model"
                lines += wrapped(f"{axis.axis}: {structures}.", "  ", "    ")
            elif gate.passed is False:
                lines += wrapped(
                    f"{axis.axis}: {gate.name} {number(gate.value)}, limit {number(gate.limit)}.", "  ", "    "
                )
        if axis.other_features and not axis.passed:
            lines += wrapped(
                f"{axis.axis}: only one of the two models uses {', '.join(axis.other_features)}.", "  ", "    "
            )
    return ["", "What fails", *lines] if lines else []


def _cost_lines(costs: Mapping[str, Cost]) -> list[str]:
    if not costs:
        return []
    rows = [
        [name, f"{number(cost.seconds)} s", "–" if cost.peak_bytes is None else f"{number(cost.peak_bytes / 1e6)} MB"]
        for name, cost in costs.items()
    ]
    return ["", *table(["model", "time", "memory"], rows)]
