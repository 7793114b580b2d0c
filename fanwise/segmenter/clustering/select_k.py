"""How many clusters: 1, unless more stand out from a null reference, lie apart and come again in bootstraps.

1. The simplified silhouette of every k is standardised by that of null sets without clusters; the largest of these z
   decides, so each axis is tested once.
2. A k is a candidate if its own z passes, too, its clusters lie apart (k-means cuts anything into parts, and with many
   customers the smallest departure from the null is significant), they come again in bootstrap refits (mean adjusted
   Rand index, and Jaccard index of the worst cluster), and none is tiny.
3. The smallest candidate is chosen beyond which no larger one stands out from null sets that have its clusters, each
   without clusters inside.

Null sets and bootstraps are sequential: after the first `FIRST_SETS` they end where more could not change the decision
(see `Excess.surely_out`, `Excess.surely_not` and `_settled`), and at `NULL_SETS` or `BOOTSTRAPS` at the latest. Null
sets end after `FEWEST_SETS` already where no k could be taken whatever they show, or every gap is far too small.
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

FEWEST_SETS = 4
FIRST_SETS = 8
NULL_SETS = 20
BOOTSTRAPS = 20
# Of 8 sets the standard deviation is estimated too low by a factor of 3 with a chance of 0.002, too high by a factor of
# 2 with one of 0.0002 (chi-squared with 7 degrees of freedom); a mean is 4 standard errors off with one of 0.005.
FAR_OUT = 3.0
FAR_BELOW = 0.5
STANDARD_ERRORS = 4.0
# Of 4 sets, a mean is 5.84 standard errors too low with a chance of 0.005 (Student's t with 3 degrees of freedom).
STANDARD_ERRORS_OF_FEWEST = 6.0
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
    """By how much the silhouettes of k = 2 … exceed those of null sets, also standardised (z), and what z must pass.

    gap, z, error: float64 (max_k - 1,). error: the standard error of the gap, from the null sets made.
    """

    gap: FloatArray
    z: FloatArray
    error: FloatArray
    quantile: float

    @classmethod
    def over(cls, null: FloatArray, silhouettes: FloatArray) -> Excess:
        """Return the excess of silhouettes (max_k - 1,) over null (sets, max_k - 1), at least two sets.

        The quantile is that of 98 % of the maxima of null sets, each against the others, as the sample is against all.
        """
        mean, spread = null.mean(axis=0), np.maximum(null.std(axis=0, ddof=1), LEAST_SPREAD)
        gap = silhouettes - mean
        others = (null.sum(axis=0) - null) / (len(null) - 1)
        maxima = ((null - others) / spread).max(axis=1)
        quantile = float(maxima.mean() + GUMBEL_98 * maxima.std(ddof=1))
        return cls(gap, gap / spread, spread / np.sqrt(len(null)), quantile)

    def stands_out(self, least_gap: float = 0.0) -> Mask:
        """Return which k do, by at least a gap; (max_k - 1,)."""
        return np.asarray((self.z > self.quantile) & (self.gap >= least_gap))

    def surely_out(self, least_gap: float = 0.0) -> Mask:
        """Return which k would stand out after more null sets, too; (max_k - 1,)."""
        enough = self.gap - STANDARD_ERRORS * self.error >= least_gap
        return np.asarray(enough & (self.z > FAR_OUT * self.quantile))

    def surely_small(self, least_gap: float = 0.0) -> Mask:
        """Return which k have a gap that is far too small even by the fewest null sets; (max_k - 1,)."""
        return np.asarray(self.gap + STANDARD_ERRORS_OF_FEWEST * self.error < least_gap)

    def surely_not(self, least_gap: float = 0.0) -> Mask:
        """Return which k would not stand out after more null sets either; (max_k - 1,)."""
        small = self.gap + STANDARD_ERRORS * self.error < least_gap
        return np.asarray(small | (self.z < FAR_BELOW * self.quantile))


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
    apart = np.array([separation(tested, fit.centroids).enough for fit in fits[1:]])
    sizes = np.array([_least_share(tested, fit) for fit in fits[1:]])
    possible = apart & (sizes >= MIN_SHARE)

    def hopeless(excess: Excess) -> bool:
        return bool(excess.surely_small(MIN_GAP)[possible].all())  # as it is where no k is possible

    def decided(excess: Excess) -> bool:
        return bool((excess.surely_out(MIN_GAP) | excess.surely_not(MIN_GAP))[possible].all())

    null_sets = NullSets(points, weights, fits, tested)
    excess = null_sets.excess(np.zeros(len(points), dtype=np.int64), stream("null"), hopeless, decided)
    out = excess.stands_out(MIN_GAP)
    recurring, stability = _recurring(tested, fits, out & possible, stream("bootstrap"))
    scores = (one, *_scores(fits, excess, stability, sizes))
    passing = out & possible & recurring
    if not passing.any():
        return Choice(1, scores, excess.quantile, f"no structure: {_why_none(out, apart)}")
    return Choice(_smallest_sufficient(null_sets, passing, stream), scores, excess.quantile)


def _least_share(tested: FloatArray, fit: PathFit) -> float:
    return float(np.bincount(_nearest(tested, fit), minlength=len(fit.centroids)).min() / len(tested))


def _nearest(points: FloatArray, fit: PathFit) -> Labels:
    """Return the number of the nearest centroid of each point, (n,)."""
    return np.asarray(squared_distances(points, fit.centroids).argmin(axis=0), dtype=np.int64)


def _smallest_sufficient(null_sets: NullSets, passing: Mask, stream: Stream) -> int:
    candidates = [int(index) + 2 for index in np.flatnonzero(passing)]
    for k in candidates[:-1]:
        larger = passing & (np.arange(len(passing)) + 2 > k)

        def hopeless(excess: Excess, larger: Mask = larger) -> bool:
            return bool(excess.surely_small()[larger].all())

        def decided(excess: Excess, larger: Mask = larger) -> bool:
            return bool(excess.surely_out()[larger].any() or excess.surely_not()[larger].all())

        excess = null_sets.excess(null_sets.labels(k), stream(f"null of {k}"), hopeless, decided)
        if not (excess.stands_out() & larger).any():
            return k
    return candidates[-1]


def _why_none(out: Mask, apart: Mask) -> str:
    if not out.any():
        return "clusters do not stand out from null sets"
    if not (out & apart).any():
        return "clusters are not separated"
    return "clusters do not recur in bootstrap samples, or are too small"


@dataclass(frozen=True, slots=True)
class NullSets:
    """What null sets are made from and compared with.

    points: float64 (n, p). weights: (n,). fits: of k = 1 … of the rows `tested`, float64 (m, p).
    """

    points: FloatArray
    weights: FloatArray
    fits: list[PathFit]
    tested: FloatArray

    def labels(self, k: int) -> Labels:
        """Return the cluster of each point, (n,), by the fit of k."""
        return _nearest(self.points, self.fits[k - 1])

    def excess(
        self,
        labels: Labels,
        rng: np.random.Generator,
        hopeless: Callable[[Excess], bool],
        decided: Callable[[Excess], bool],
    ) -> Excess:
        """Return the excess over null sets that have the groups of the labels (n,).

        Fewer sets are made where the fewest show that no k could stand out, or the first that it is decided.
        """
        reference = NullReference.fit(self.points, self.weights, labels, rng)
        silhouettes = np.array([fit.silhouette for fit in self.fits[1:]])
        null = np.empty((NULL_SETS, len(silhouettes)))
        for made in range(1, NULL_SETS + 1):
            null[made - 1] = self._silhouettes(reference.draw(len(self.tested), rng), rng)
            enough = hopeless if made == FEWEST_SETS else decided if made >= FIRST_SETS else None
            if enough is not None and enough(Excess.over(null[:made], silhouettes)):
                break
        return Excess.over(null[:made], silhouettes)

    def _silhouettes(self, drawn: FloatArray, rng: np.random.Generator) -> list[float]:
        found = [fit.silhouette for fit in fit_path(drawn, len(self.fits), rng)[1:]] or [0.0]
        # Fewer distinct places than k: further centroids would add nothing.
        return found + found[-1:] * (len(self.fits) - 1 - len(found))


def _recurring(
    tested: FloatArray, fits: list[PathFit], candidates: Mask, rng: np.random.Generator
) -> tuple[Mask, dict[int, float]]:
    """Return which candidates come again in bootstrap samples, (max_k - 1,), and the stability of each by its k.

    Stable is a k whose mean adjusted Rand index and whose worst cluster's mean Jaccard index are high enough.
    """
    wanted = [int(index) + 2 for index in np.flatnonzero(candidates)]
    labels = {k: _nearest(tested, fits[k - 1]) for k in wanted}
    agreed: dict[int, list[float]] = {k: [] for k in wanted}
    overlaps: dict[int, list[FloatArray]] = {k: [] for k in wanted}
    for made in range(1, BOOTSTRAPS + 1 if wanted else 0):
        again = fit_path(tested[rng.integers(0, len(tested), len(tested))], wanted[-1], rng)
        for k in wanted:
            table = _agreement(tested, labels[k], again, k)
            agreed[k].append(1.0 if table is None else adjusted_rand_index(table))
            overlaps[k].append(np.ones(k) if table is None else best_overlaps(table))
        if made >= FIRST_SETS and all(_settled(agreed[k], overlaps[k]) for k in wanted):
            break
    recurring = np.zeros(len(candidates), dtype=np.bool_)
    for k in wanted:
        recurring[k - 2] = np.mean(agreed[k]) >= MIN_STABILITY and np.mean(overlaps[k], axis=0).min() >= MIN_OVERLAP
    return recurring, {k: float(np.mean(values)) for k, values in agreed.items()}


def _agreement(tested: FloatArray, labels: Labels, again: list[PathFit], k: int) -> FloatArray | None:
    """Return the contingency table of two clusterings; None where a bootstrap sample has fewer distinct places."""
    if len(again) < k:
        return None
    return contingency(labels, _nearest(tested, again[k - 1]))


def _settled(agreed: list[float], overlaps: list[FloatArray]) -> bool:
    """Return whether more bootstraps could hardly move a mean to the other side of its limit."""
    values = np.column_stack([agreed, np.vstack(overlaps)])
    away = np.abs(values.mean(axis=0) - [MIN_STABILITY, *[MIN_OVERLAP] * (values.shape[1] - 1)])
    return bool((away >= STANDARD_ERRORS * values.std(axis=0, ddof=1) / np.sqrt(len(values))).all())


def _scores(fits: list[PathFit], excess: Excess, stability: dict[int, float], sizes: FloatArray) -> tuple[KScore, ...]:
    return tuple(
        KScore(k, fit.inertia, fit.silhouette, float(excess.z[k - 2]), stability.get(k), float(sizes[k - 2]))
        for k, fit in enumerate(fits[1:], start=2)
    )
