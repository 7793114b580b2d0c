"""Many k-means fits of small sets, as the null reference and the bootstrap need them: a nested path over k.

The fits that a model keeps are those of kmeans.py. Here one pass gives the fits of every k from 1 up, each
starting from the centroids of the one before and one more, so that a fit takes few iterations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["PathFit", "fit_path", "simplified_silhouette", "squared_distances"]

# Standardised data; the sum of squared shifts below which centroids rest. A fit that stops a little early stops so on
# data and null sets alike.
MAX_ITERATIONS = 15
TOLERANCE = 1e-3
CANDIDATES = 6
STARTS = 2


@dataclass(frozen=True, slots=True)
class PathFit:
    """The fit of one k: centroids (k, p), squared distances of the points to them (k, n), and the mean to the own."""

    centroids: FloatArray
    distances: FloatArray
    inertia: float

    @property
    def silhouette(self) -> float:
        """The mean simplified silhouette, worked out when it is asked for: most fits are never compared."""
        return simplified_silhouette(self.distances)


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points as the inner loop wants them: columns with a last row of ones (p+1, n), rows likewise (n, p+1), |x|² (n,).

    One product with the columns then gives distances, one with the rows sums and masses.
    """

    columns: FloatArray
    rows: FloatArray
    norms: FloatArray

    @classmethod
    def of(cls, points: FloatArray) -> Cloud:
        rows = np.ones((len(points), points.shape[1] + 1))
        rows[:, :-1] = points
        return cls(np.ascontiguousarray(rows.T), rows, (points**2).sum(axis=1))

    def relative(self, centroids: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Return |x - c|² - |x|² as (k, n), in `out` where that is given."""
        factors = np.empty((len(centroids), len(self.columns)))
        np.multiply(centroids, -2, out=factors[:, :-1])
        np.einsum("ij,ij->i", centroids, centroids, out=factors[:, -1])
        return np.matmul(factors, self.columns, out=out)

    def distances(self, centroids: FloatArray) -> FloatArray:
        """Return |x - c|² as (k, n), never below 0."""
        squared = self.relative(centroids)
        squared += self.norms
        return np.maximum(squared, 0, out=squared)


def squared_distances(points: FloatArray, centroids: FloatArray) -> FloatArray:
    """Return squared Euclidean distances (k, n) of points (n, p) to centroids (k, p); never below 0."""
    return Cloud.of(points).distances(centroids)


def simplified_silhouette(distances: FloatArray, weights: FloatArray | None = None) -> float:
    """Return the weighted mean of 1 - a/b: distance to the own centroid over that to the next one.

    distances: squared, (k, n). 0 for k = 1, and for a point at distance 0 of two. Hruschka et al. (2006), "Evolving
    clusters in gene-expression data", Information Sciences 176.
    """
    if len(distances) == 1:
        return 0.0
    nearest, second = distances[0], np.full(distances.shape[1], np.inf)
    for others in distances[1:]:
        second = np.minimum(second, np.maximum(nearest, others))
        nearest = np.minimum(nearest, others)
    ratio = np.ones_like(nearest)
    np.divide(nearest, second, out=ratio, where=second > 0)
    return float(np.average(1 - np.sqrt(ratio), weights=weights))


def fit_path(points: FloatArray, max_k: int, rng: np.random.Generator, starts: int = STARTS) -> list[PathFit]:
    """Return the fits of k = 1 … max_k (fewer, if the points have fewer distinct places), the best of `starts` each.

    points: float64 (n, p), n >= 1, each of the same weight.
    """
    cloud = Cloud.of(points)
    paths = [_one_path(cloud, points, max_k, rng) for _ in range(starts)]
    return [min(fits, key=lambda fit: fit.inertia) for fits in zip(*paths, strict=False)]


def _one_path(cloud: Cloud, points: FloatArray, max_k: int, rng: np.random.Generator) -> list[PathFit]:
    centroids = points.mean(axis=0)[None, :]
    smallest = 1e-12 * max(1.0, float(cloud.norms.max()))
    fits: list[PathFit] = []
    while True:
        distances = cloud.distances(centroids)
        nearest = distances.min(axis=0)
        fits.append(PathFit(centroids, distances, float(nearest.mean())))
        if len(fits) == max_k or nearest.max() <= smallest:
            return fits
        added = _next_centroid(cloud, points, nearest, rng)
        centroids = _iterate(cloud, np.vstack([centroids, added]))


def _moved(sums: FloatArray, centroids: FloatArray) -> FloatArray:
    """Return the means of the clusters; one without points stays."""
    mass = sums[:, -1:]
    return np.where(mass > 0, sums[:, :-1] / np.maximum(mass, 1), centroids)


def _next_centroid(cloud: Cloud, points: FloatArray, nearest: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the best of a few points drawn by squared distance (greedy k-means++)."""
    reached = np.cumsum(nearest)
    drawn = np.searchsorted(reached, rng.random(CANDIDATES) * reached[-1], side="right")
    candidates = points[np.minimum(drawn, len(points) - 1)]
    left = np.minimum(cloud.distances(candidates), nearest).sum(axis=1)
    chosen: FloatArray = candidates[int(left.argmin())]
    return chosen


def _iterate(cloud: Cloud, centroids: FloatArray) -> FloatArray:
    """Return the centroids after Lloyd's iterations; one that no point is nearest to stays where it is.

    A point equally near to two counts for both, so that the order of the centroids means nothing even where data have
    many ties.
    """
    # Buffers are kept: the sets are so small that making arrays would take as long as filling them.
    belongs, nearest = np.empty((len(centroids), len(cloud.norms))), np.empty(len(cloud.norms))
    relative = np.empty_like(belongs)
    for _ in range(MAX_ITERATIONS):
        cloud.relative(centroids, out=relative)
        np.minimum.reduce(relative, axis=0, out=nearest)
        np.equal(relative, nearest, out=belongs)
        sums = belongs @ cloud.rows
        mass = sums[:, -1:]
        moved = sums[:, :-1] / mass if mass.all() else _moved(sums, centroids)
        step = moved - centroids
        shift = float(np.add.reduce(step * step, axis=None))
        centroids = moved
        if shift <= TOLERANCE:
            break
    return centroids
