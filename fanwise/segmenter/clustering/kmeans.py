"""The clusters that a model keeps: weighted k-means of scikit-learn, on one thread, in canonical order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from fanwise.io import extras
from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["fit_clusters", "in_canonical_order", "one_thread", "require"]

STARTS = 10
MANY_ROWS = 20_000
STARTS_OF_MANY = 3
# Fewer than a double has: the last ones depend on the processor.
PLACES = 9


def require() -> None:
    """Import what clustering needs; MissingExtraError where it is not installed."""
    for module in ("sklearn.cluster", "threadpoolctl"):
        extras.require(module, "discover", "discovery")


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra and k-means on one thread: with several, sums are added in another order, and labels change.

    Raises MissingExtraError where scikit-learn is not installed.
    """
    require()  # first, so that a limit is set for the libraries that it loads
    import threadpoolctl

    with threadpoolctl.threadpool_limits(limits=1):
        yield


def fit_clusters(points: FloatArray, weights: FloatArray, k: int, seed: int) -> FloatArray:
    """Return the centroids (k, p) of the best of several weighted k-means fits, in canonical order.

    points: float64 (n, p), n >= k, in an order that does not depend on the file. weights: float64 (n,), positive. seed:
    0 … 2**32 - 1. An empty cluster is given the farthest point, as scikit-learn does.
    """
    from sklearn.cluster import KMeans

    starts = STARTS if len(points) <= MANY_ROWS else STARTS_OF_MANY
    kmeans = KMeans(n_clusters=k, n_init=starts, random_state=seed, algorithm="lloyd", copy_x=False)
    kmeans.fit(points, sample_weight=weights / weights.mean())
    return in_canonical_order(np.asarray(kmeans.cluster_centers_, dtype=np.float64))


def in_canonical_order(centroids: FloatArray) -> FloatArray:
    """Return centroids (k, p), rounded, sorted by the first feature, ties by the next ones."""
    rounded = np.round(centroids, PLACES) + 0.0  # no negative zero
    return np.asarray(rounded[np.lexsort(rounded.T[::-1])])
