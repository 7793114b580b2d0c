"""Whether clusters lie apart: k-means cuts anything into parts, and only between real clusters is there a valley."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from fanwise.segmenter.clustering.kmeans_path import squared_distances
from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["Separation", "separation"]

# Halves of a uniform distribution lie 2 √3 = 3.46 of their standard deviations apart, those of a normal one 2.65.
LEAST_APART = 3.6
# A uniform distribution over two clusters has 0.1 of them in any fifth of the way, a normal one more.
MOST_IN_VALLEY = 0.07
# Clusters are neighbours if at least this share of the smaller has the other as the next one.
NEIGHBOURS = 0.05
WIDTH = 0.2
BEGINNINGS = np.linspace(0.2, 0.6, 13)


@dataclass(frozen=True, slots=True)
class Separation:
    """How far apart the nearest two of neighbouring clusters are, and how many customers the fullest valley holds.

    apart: in standard deviations along the line through the centroids. valley: those in the emptiest fifth of the way
    from one centroid to the other (away from both), as a share of twice the smaller cluster.
    """

    apart: float
    valley: float

    @property
    def enough(self) -> bool:
        """Whether clusters lie farther apart than parts of one uniform cloud would."""
        return self.apart >= LEAST_APART and self.valley <= MOST_IN_VALLEY


def separation(points: FloatArray, centroids: FloatArray) -> Separation:
    """Return how well the clusters of points (n, p) around centroids (k, p) are separated; (inf, 0) for one cluster."""
    order = _two_nearest(squared_distances(points, centroids))
    found = [Separation(np.inf, 0.0)]
    for first, second in combinations(range(len(centroids)), 2):
        facing = ((order == first) | (order == second)).all(axis=0).sum()
        members = [points[order[0] == cluster] for cluster in (first, second)]
        smaller = min(map(len, members))
        if smaller and facing >= NEIGHBOURS * smaller:
            line = centroids[second] - centroids[first]
            # Along the line, the first centroid is at 0 and the second at 1.
            found.append(_of_two(*((group - centroids[first]) @ line / (line @ line) for group in members)))
    return Separation(min(each.apart for each in found), max(each.valley for each in found))


def _two_nearest(distances: FloatArray) -> npt.NDArray[np.int64]:
    """Return the numbers of the nearest centroid and the next one, of equals the first; (2, n), or (1, n) for one."""
    nearest: npt.NDArray[np.int64] = distances.argmin(axis=0)
    if len(distances) == 1:
        return nearest[None]
    others = distances.copy()
    np.put_along_axis(others, nearest[None], np.inf, axis=0)
    return np.stack([nearest, others.argmin(axis=0)])


def _of_two(own: FloatArray, other: FloatArray) -> Separation:
    spread = float(np.sqrt((own.var() + other.var()) / 2))
    apart = float(other.mean() - own.mean()) / spread if spread > 0 else np.inf
    on_the_way = np.sort(np.concatenate([own, other]))
    held = np.searchsorted(on_the_way, BEGINNINGS + WIDTH) - np.searchsorted(on_the_way, BEGINNINGS)
    return Separation(apart, float(held.min()) / (2 * min(len(own), len(other))))
