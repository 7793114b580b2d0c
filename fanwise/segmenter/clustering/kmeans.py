"""The clusters that a model keeps: weighted k-means from several starts, on one thread, in canonical order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import log

import numpy as np

from fanwise.io import extras
from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["fit_clusters", "in_canonical_order", "one_thread", "require"]

STARTS = 10
MANY_ROWS = 20_000
MAX_ITERATIONS = 300
# The sum of squared shifts, of standardised data, at which centroids rest; the best ones of few rows go on to the end.
TOLERANCE = 1e-4
# Rows that are worked on at once, so that memory does not grow with k.
BLOCK = 16_384
# Fewer than a double has: the last ones depend on the processor.
PLACES = 9


def require() -> None:
    """Import what clustering needs; MissingExtraError where it is not installed."""
    extras.require("threadpoolctl", "discover", "discovery")


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra on one thread: with several, sums are added in another order, and labels change.

    Raises MissingExtraError where threadpoolctl is not installed.
    """
    require()
    import threadpoolctl

    with threadpoolctl.threadpool_limits(limits=1):
        yield


def fit_clusters(points: FloatArray, weights: FloatArray, k: int, seed: int) -> FloatArray:
    """Return the centroids (k, p) of the best of several weighted k-means fits, in canonical order.

    points: float64 (n, p), n >= k, in an order that depends neither on the file nor on the values: of more than
    MANY_ROWS, every second, third, … row is fitted first. weights: float64 (n,), positive. seed: of the starts, which
    are those of greedy k-means++ (Arthur and Vassilvitskii 2007). An empty cluster is given the farthest point.
    """
    rng, weights = np.random.default_rng(seed), weights / weights.mean()
    step = -(-len(points) // MANY_ROWS)
    few, own = points[::step], weights[::step]
    found = [_rested(few, own, _start(few, own, k, rng), TOLERANCE) for _ in range(STARTS)]
    best = _rested(few, own, min(found, key=lambda centroids: _cost(few, own, centroids)), 0.0)
    return in_canonical_order(best if step == 1 else _rested(points, weights, best, TOLERANCE))


def _start(points: FloatArray, weights: FloatArray, k: int, rng: np.random.Generator) -> FloatArray:
    """Return points (k, p) far apart: each the best of a few drawn by weight and squared distance."""
    nearest = np.ones(len(points))  # at first, none is nearer than another
    chosen = np.empty((k, points.shape[1]))
    for number in range(k):
        reached = np.cumsum(weights * nearest)
        drawn = np.searchsorted(reached, rng.random(1 if number == 0 else 2 + int(log(k))) * reached[-1], side="right")
        tried = []
        for candidate in points[np.minimum(drawn, len(points) - 1)]:
            apart = ((points - candidate) ** 2).sum(axis=1)
            tried.append((candidate, np.minimum(apart, nearest) if number else apart))
        chosen[number], nearest = min(tried, key=lambda each: float(weights @ each[1]))
    return chosen


def _rested(points: FloatArray, weights: FloatArray, centroids: FloatArray, tolerance: float) -> FloatArray:
    """Return centroids (k, p) after Lloyd's iterations, until the sum of their squared shifts is at most `tolerance`.

    A point equally near to two counts for both.
    """
    for _ in range(MAX_ITERATIONS):
        sums, mass = np.zeros_like(centroids), np.zeros((len(centroids), 1))
        for part in _blocks(points):
            relative = _relative(points[part], centroids)
            belongs = (relative == relative.min(axis=0)) * weights[part]
            sums += belongs @ points[part]
            mass += belongs.sum(axis=1, keepdims=True)
        moved = np.where(mass > 0, sums / np.where(mass > 0, mass, 1.0), centroids)
        if not mass.all():
            far = np.argsort(-_apart(points, centroids), kind="stable")
            moved[mass[:, 0] == 0] = points[far[: int((mass == 0).sum())]]
        shift, centroids = float(((moved - centroids) ** 2).sum()), moved
        if shift <= tolerance:
            break
    return centroids


def _blocks(points: FloatArray) -> list[slice]:
    return [slice(start, start + BLOCK) for start in range(0, len(points), BLOCK)]


def _relative(points: FloatArray, centroids: FloatArray) -> FloatArray:
    """Return |x - c|² - |x|² of points (n, p) and centroids (k, p), as (k, n)."""
    relative: FloatArray = (-2 * centroids) @ points.T
    relative += (centroids**2).sum(axis=1)[:, None]
    return relative


def _apart(points: FloatArray, centroids: FloatArray) -> FloatArray:
    """Return the squared distance of each point (n, p) to the nearest centroid, (n,)."""
    found = [_relative(points[part], centroids).min(axis=0) for part in _blocks(points)]
    apart: FloatArray = np.maximum(np.concatenate(found) + (points**2).sum(axis=1), 0.0)
    return apart


def _cost(points: FloatArray, weights: FloatArray, centroids: FloatArray) -> float:
    return float(weights @ _apart(points, centroids))


def in_canonical_order(centroids: FloatArray) -> FloatArray:
    """Return centroids (k, p), rounded, sorted by the first feature, ties by the next ones."""
    rounded = np.round(centroids, PLACES) + 0.0  # no negative zero
    return np.asarray(rounded[np.lexsort(rounded.T[::-1])])
