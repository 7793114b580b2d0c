"""Fits a model: sample, scale, choose the number of clusters, cluster; axis by axis."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fanwise.io.problems import nearest
from fanwise.segmenter.axes import AXES, FEATURES, AxisState, FeatureTable
from fanwise.segmenter.clustering.coreset import coreset_chances
from fanwise.segmenter.clustering.feature_selection import Usable, usable_features
from fanwise.segmenter.clustering.kmeans import PLACES, fit_clusters, one_thread
from fanwise.segmenter.clustering.kmeans_path import squared_distances
from fanwise.segmenter.clustering.sampling import ALLOCATIONS, Sample, draw_by_chance, draw_everybody, draw_strata
from fanwise.segmenter.clustering.select_k import Choice, Stream, choose_k
from fanwise.segmenter.clustering.tiers import tier_cuts
from fanwise.segmenter.errors import MappingError, Problem, SourceError
from fanwise.segmenter.features.table import FeatureFile
from fanwise.segmenter.model.model import AxisModel, KScore, Model, SegmentModel
from fanwise.segmenter.model.scaling import DIGITS, FloatArray, apply, significant

__all__ = ["check_options", "fit"]

LEAST_SAMPLE = 2000
SAMPLE_PER_K = 300
MOST_K = 50
SCORE_DIGITS = 9
SCALES = {feature.name: feature.scale for feature in FEATURES}


def fit(
    table: FeatureTable,
    *,
    sample_size: int = 5000,
    allocation: str = "quota",
    axes: Sequence[str] | None = None,
    max_k: int = 8,
    seed: int = 0,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Model:
    """Return the model of a feature table: the segments of each axis, provisionally called `segment 1` and so on.

    sample_size: customers to look at; never fewer than 2000, nor than 300 per cluster that is tried, unless there are
    fewer. allocation: `quota`, `proportional`, `neyman` or `coreset`. axes: those wanted, all by default. max_k: the
    largest number of clusters to try. full: take everybody, each of weight 1. progress: called with the axes done and
    the number of axes.

    The same table gives the same model whatever the order of its rows, the number of threads or the process. Raises
    MappingError for options that do not fit, MissingExtraError without threadpoolctl, SourceError for a table that
    cannot be read.
    """
    wanted = _checked(table, sample_size, allocation, axes, max_k)
    with one_thread():
        live = {axis: table.states[axis] for axis in wanted if table.states[axis].status != "off"}
        size = max(sample_size, LEAST_SAMPLE, SAMPLE_PER_K * max_k)
        sample = _sample(FeatureFile(table.path, seed), live, size, allocation, full)
        models = []
        for done, axis in enumerate(wanted, start=1):
            models.append(_axis_model(axis, table.states[axis], sample, max_k, seed))
            if progress is not None:
                progress(done, len(wanted))
    return Model(
        program=_program(),
        seed=seed,
        as_of=_utc(table.as_of),
        source=dict(table.fingerprint),
        sample=sample.design,
        axes=tuple(models),
        constants=dict(table.constants),
        mapping=table.mapping,
    )


def check_options(
    known: Sequence[str], sample_size: int, allocation: str, axes: Sequence[str] | None, max_k: int
) -> None:
    """Raise MappingError with all options of `fit` that do not fit; `known`: the axes that there are."""
    unknown = [axis for axis in dict.fromkeys(axes or ()) if axis not in known]
    problems = [Problem("FW-USAGE-NAME", f"unknown axis {axis!r}", nearest(axis, known), "axes") for axis in unknown]
    if axes is not None and not axes:
        problems.append(Problem("FW-USAGE-VALUE", "no axis was given", f"there are {', '.join(known)}.", "axes"))
    if allocation not in ALLOCATIONS:
        problems.append(
            Problem(
                "FW-USAGE-NAME", f"unknown allocation {allocation!r}", f"use {', '.join(ALLOCATIONS)}.", "allocation"
            )
        )
    if sample_size < 1:
        problems.append(
            Problem(
                "FW-USAGE-VALUE",
                f"{sample_size} customers are too few for a sample",
                "use 5000, or more.",
                "sample_size",
            )
        )
    if not 1 <= max_k <= MOST_K:
        problems.append(Problem("FW-USAGE-VALUE", f"{max_k} clusters cannot be tried", f"use 1 to {MOST_K}.", "max_k"))
    if problems:
        raise MappingError(problems)


def _checked(
    table: FeatureTable, sample_size: int, allocation: str, axes: Sequence[str] | None, max_k: int
) -> tuple[str, ...]:
    """Return the axes to fit, in the order of the design; raises MappingError with all that is wrong."""
    known = [axis for axis in AXES if axis in table.states]
    check_options(known, sample_size, allocation, axes, max_k)
    return tuple(axis for axis in known if axes is None or axis in axes)


def _sample(file: FeatureFile, live: dict[str, AxisState], size: int, allocation: str, full: bool) -> Sample:
    hashes, value = file.keys()
    if not len(hashes):
        raise SourceError("FW-SOURCE-EMPTY", "there are no customers", path=str(file.path))
    if full:
        return draw_everybody(file, hashes)
    names = [name for state in live.values() for name in state.features]
    size = min(size, len(hashes))
    if allocation != "coreset":
        return Sample.read(file, draw_strata(hashes, value, size, allocation), names)
    first = Sample.read(file, draw_strata(hashes, value, size, "quota"), names)
    fitted = {axis: _usable(state, first)[0].features for axis, state in live.items()}
    chances = coreset_chances(file, {axis: features for axis, features in fitted.items() if features}, len(hashes))
    return Sample.read(file, draw_by_chance(hashes, chances, size, allocation), names)


def _usable(state: AxisState, sample: Sample) -> tuple[Usable, FloatArray]:
    raw = sample.columns(state.features)
    return usable_features(state.features, [SCALES[name] for name in state.features], raw, sample.weights), raw


def _off(axis: str, state: AxisState, reason: str, dropped: tuple[str, ...] = (), eligible: float = 0.0) -> AxisModel:
    return AxisModel(axis, "off", "none", missing=state.missing, dropped=dropped, reason=reason, eligible=eligible)


def _axis_model(axis: str, state: AxisState, sample: Sample, max_k: int, seed: int) -> AxisModel:
    if state.status == "off":
        return _off(axis, state, state.reason)
    usable, raw = _usable(state, sample)
    if usable.reason:
        return _off(axis, state, usable.reason, usable.dropped)
    kept = [state.features.index(feature.name) for feature in usable.features]
    points = apply(raw[usable.rows][:, kept], usable.features)
    weights = sample.weights[usable.rows]
    choice = choose_k(points, weights, max_k, _streams(seed, axis))
    segments, spread, cuts = _segments(points, weights, choice, _derived(seed, axis, f"k = {choice.k}"))
    return AxisModel(
        axis,
        state.status,
        structure="clusters" if choice.k > 1 else "tiers",
        features=usable.features,
        segments=segments,
        scores=tuple(_rounded(score) for score in choice.scores),
        missing=state.missing,
        dropped=usable.dropped,
        reason=choice.reason,
        cuts=cuts,
        spread=significant(spread, SCORE_DIGITS),
        null_quantile=significant(choice.null_quantile, SCORE_DIGITS),
        eligible=significant(float(weights.sum() / sample.weights.sum()), DIGITS),
    )


def _rounded(score: KScore) -> KScore:
    """Return a score without its last bits, which depend on the processor."""
    return replace(
        score,
        inertia=significant(score.inertia, SCORE_DIGITS),
        silhouette=significant(score.silhouette, SCORE_DIGITS),
        z=significant(score.z, SCORE_DIGITS),
    )


def _segments(
    points: FloatArray, weights: FloatArray, choice: Choice, seed: int
) -> tuple[tuple[SegmentModel, ...], float, tuple[float, ...]]:
    """Return the segments, the mean squared distance to the own centroid per dimension, and the cuts of tiers."""
    total = weights.sum()
    cuts: tuple[float, ...] = ()
    if choice.k > 1:
        centroids = fit_clusters(points, weights, choice.k, seed)
        distances = squared_distances(points, centroids)
        labels, own = distances.argmin(axis=0), distances.min(axis=0)
    else:
        cuts = tuple(round(cut, PLACES) for cut in tier_cuts(points[:, 0], weights))
        labels = np.searchsorted(cuts, points[:, 0], side="right")
        means = [
            np.average(points[labels == tier], axis=0, weights=weights[labels == tier]) for tier in range(len(cuts) + 1)
        ]
        centroids = np.round(np.stack(means), PLACES) + 0.0  # no negative zero
        own = ((points - centroids[labels]) ** 2).sum(axis=1)
    shares = np.bincount(labels, weights=weights, minlength=len(centroids)) / total
    segments = tuple(
        SegmentModel(number, f"segment {number + 1}", significant(float(share), DIGITS), tuple(centroid.tolist()))
        for number, (share, centroid) in enumerate(zip(shares, centroids, strict=True))
    )
    return segments, float(np.dot(own, weights) / total / points.shape[1]), cuts


def _derived(seed: int, axis: str, purpose: str) -> int:
    """Return a number below 2**32 for one purpose on one axis: no stream depends on which other axes are fitted."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{axis}/{purpose}".encode(), digest_size=4).digest(), "little")


def _streams(seed: int, axis: str) -> Stream:
    return lambda purpose: np.random.default_rng(_derived(seed, axis, purpose))


def _program() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"fanwise {version('fanwise')}"
    except PackageNotFoundError:  # run from the repository, never installed
        return "fanwise"


def _utc(instant: dt.datetime) -> str:
    aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).isoformat()
