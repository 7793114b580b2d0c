"""How many clusters: 1, unless more stand out from a null reference, lie apart and come again in bootstraps.

1. The simplified silhouette of every k is standardised by that of null sets without clusters; the largest of these z
   decides, so each axis is tested once.
2. A k is a candidate if its own z passes, too, its clusters lie apart (k-means cuts anything into parts, and with many
   customers the smallest departure from the null is significant), they come again in bootstrap refits (mean adjusted
   Rand index, and Jaccard index of the worst cluster), and none is tiny.
3. The smallest candidate is chosen beyond which no larger one stands out from null sets that have its clusters, each
   without clusters inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanwise.segmenter.clustering.kmeans_path import PathFit, fit_path, squared_distances
from fanwise.segmenter.clustering.null_model import NullReference
from fanwise.segmenter.clustering.rand_index import Labels, adjusted_rand_index, best_overlaps, contingency
from fanwise.segmenter.clustering.separation import separation
from fanwise.segmenter.model.model import KScore
from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["Choice", "Stream", "choose_k", "proportional_rows"]

Mask = npt.NDArray[np.bool_]
Stream = Callable[[str], np.random.Generator]

NULL_SETS = 20
BOOTSTRAPS = 20
TESTED_ROWS = 1500
REFERENCE_ROWS = 20_000
SAMPLE_STARTS = 8
LEAST_ROWS = 30
ROWS_PER_CLUSTER = 10

# Of the silhouette: orders without segments, lumpy as they are, exceed their null sets by as much on 3 % of axes; two
# clusters that hold 5 % and 95 %, or show in one feature of two, by 0.05.
MIN_GAP = 0.045
MIN_STABILITY = 0.75
MIN_OVERLAP = 0.75
MIN_SHARE = 0.02
# Below it, silhouettes of null sets are taken to be the same, except for rounding and chance.
LEAST_SPREAD = 0.002
# A Gumbel distribution, which a maximum over k comes near, has 98 % of its mass below mean + 2.59 standard deviations.
GUMBEL_98 = 2.59


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of clusters, the scores of all that were tried, what z had to pass, and why none was found (k = 1)."""

    k: int
    scores: tuple[KScore, ...]
    null_quantile: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Excess:
    """By how much the silhouettes of k = 2 … exceed those of null sets, also standardised (z), and what z must pass."""

    gap: FloatArray
    z: FloatArray
    quantile: float

    def stands_out(self, least_gap: float = 0.0) -> Mask:
        """Return which k do, by at least a gap; (max_k - 1,)."""
        return np.asarray((self.z > self.quantile) & (self.gap >= least_gap))


def proportional_rows(weights: FloatArray, rows: int) -> Labels:
    """Return rows drawn in proportion to their weights, none twice where that can be: systematic, so without chance.

    weights: float64 (n,), in an order that has nothing to do with the values (that of the hashes). At most `rows`;
    fewer where some weights are large, but not fewer than LEAST_ROWS times 10.
    """
    largest = int(weights.sum() / weights.max())
    count = min(rows, len(weights), max(largest, 10 * LEAST_ROWS))
    level = (np.arange(count) + 0.5) / count
    return np.minimum(np.searchsorted(np.cumsum(weights) / weights.sum(), level), len(weights) - 1)


def choose_k(points: FloatArray, weights: FloatArray, max_k: int, stream: Stream) -> Choice:
    """Return how many clusters there are.

    points: standardised, float64 (n, p), in the order of the hashes. weights: float64 (n,). stream: gives the generator
    of random numbers for a purpose.
    """
    kept = proportional_rows(weights, REFERENCE_ROWS)
    if len(kept) < len(points):
        points, weights = points[kept], np.ones(len(kept))
    tested = points[proportional_rows(weights, TESTED_ROWS)]
    most = max(1, min(max_k, len(tested) // ROWS_PER_CLUSTER))
    fits = fit_path(tested, most, stream("fit"), starts=SAMPLE_STARTS)
    one = KScore(1, fits[0].inertia, 0.0, 0.0, 1.0, 1.0)
    if len(points) < LEAST_ROWS or len(fits) < 2:
        why = f"fewer than {LEAST_ROWS} customers" if len(points) < LEAST_ROWS else "only k = 1 was tried"
        return Choice(1, (one,), 0.0, why)
    excess = _excess(points, weights, np.zeros(len(points), dtype=np.int64), fits, tested, stream("null"))
    scores, overlaps = _stability(tested, fits, excess, stream("bootstrap"))
    out = excess.stands_out(MIN_GAP)
    apart = np.array([separation(tested, fit.centroids).enough for fit in fits[1:]])
    passing = out & apart & [_passes(*each) for each in zip(scores, overlaps, strict=True)]
    scores = (one, *scores)
    if not passing.any():
        return Choice(1, scores, excess.quantile, f"no structure: {_why_none(out, apart)}")
    k = _smallest_sufficient(points, weights, passing, fits, tested, stream)
    return Choice(k, scores, excess.quantile)


def _smallest_sufficient(
    points: FloatArray,
    weights: FloatArray,
    passing: Mask,
    fits: list[PathFit],
    tested: FloatArray,
    stream: Stream,
) -> int:
    candidates = [int(index) + 2 for index in np.flatnonzero(passing)]
    for k in candidates[:-1]:
        labels = squared_distances(points, fits[k - 1].centroids).argmin(axis=0)
        larger = passing & (np.arange(len(passing)) + 2 > k)
        excess = _excess(points, weights, labels, fits, tested, stream(f"null of {k}"))
        if not (excess.stands_out() & larger).any():
            return k
    return candidates[-1]


def _why_none(out: Mask, apart: Mask) -> str:
    if not out.any():
        return "clusters do not stand out from null sets"
    if not (out & apart).any():
        return "clusters are not separated"
    return "clusters do not recur in bootstrap samples, or are too small"


def _passes(score: KScore, overlap: float) -> bool:
    return score.stability >= MIN_STABILITY and overlap >= MIN_OVERLAP and score.min_share >= MIN_SHARE


def _excess(
    points: FloatArray,
    weights: FloatArray,
    labels: Labels,
    fits: list[PathFit],
    tested: FloatArray,
    rng: np.random.Generator,
) -> Excess:
    """Return the excess over null sets with the groups of the labels, and the 98 % quantile of their own maxima."""
    reference = NullReference.fit(points, weights, labels, rng)
    null = np.empty((NULL_SETS, len(fits) - 1))
    for row in null:
        paths = fit_path(reference.draw(len(tested), rng), len(fits), rng)
        silhouettes = [fit.silhouette for fit in paths[1:]] or [0.0]
        # Fewer distinct places than k: further centroids would add nothing.
        row[:] = silhouettes + silhouettes[-1:] * (len(row) - len(silhouettes))
    mean, spread = null.mean(axis=0), np.maximum(null.std(axis=0, ddof=1), LEAST_SPREAD)
    gap = np.array([fit.silhouette for fit in fits[1:]]) - mean
    # Each null set against the others, as the sample is against all of them.
    others = (null.sum(axis=0) - null) / (NULL_SETS - 1)
    maxima = ((null - others) / spread).max(axis=1)
    return Excess(gap, gap / spread, float(maxima.mean() + GUMBEL_98 * maxima.std(ddof=1)))


def _stability(
    tested: FloatArray, fits: list[PathFit], excess: Excess, rng: np.random.Generator
) -> tuple[tuple[KScore, ...], FloatArray]:
    """Return the scores of k = 2 … and per k the mean Jaccard index of the cluster that comes again worst."""
    labels = [squared_distances(tested, fit.centroids).argmin(axis=0) for fit in fits]
    agreed = np.ones((BOOTSTRAPS, len(fits)))
    overlaps = [np.ones((BOOTSTRAPS, fit_k + 1)) for fit_k in range(len(fits))]
    for number in range(BOOTSTRAPS):
        again = fit_path(tested[rng.integers(0, len(tested), len(tested))], len(fits), rng)
        for index, fit in enumerate(again[1:], start=1):
            table = contingency(labels[index], squared_distances(tested, fit.centroids).argmin(axis=0))
            agreed[number, index] = adjusted_rand_index(table)
            overlaps[index][number] = best_overlaps(table)
    scores = tuple(
        KScore(
            k=index + 1,
            inertia=fits[index].inertia,
            silhouette=fits[index].silhouette,
            z=float(excess.z[index - 1]),
            stability=float(agreed[:, index].mean()),
            min_share=float(np.bincount(labels[index], minlength=index + 1).min() / len(tested)),
        )
        for index in range(1, len(fits))
    )
    return scores, np.array([overlaps[index].mean(axis=0).min() for index in range(1, len(fits))])
