"""How far two ways to cut the same customers into groups agree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["Labels", "adjusted_rand_index", "best_overlaps", "contingency"]

Labels = npt.NDArray[np.int64]


def contingency(first: Labels, second: Labels, weights: FloatArray | None = None) -> FloatArray:
    """Return the weight (or number) of customers per pair of labels, (groups of first, groups of second).

    first, second: labels (n,) from 0, n >= 1.
    """
    shape = int(first.max()) + 1, int(second.max()) + 1
    counted = np.bincount(first * shape[1] + second, weights=weights, minlength=shape[0] * shape[1])
    return counted.reshape(shape).astype(np.float64)


def adjusted_rand_index(table: FloatArray) -> float:
    """Return the adjusted Rand index of a contingency table: 1 for the same groups, about 0 for unrelated ones.

    Also 1 if each side puts all customers into one group. Hubert and Arabie (1985), "Comparing partitions", Journal of
    Classification 2, with n² / 2 for the number of pairs, so that weights need not be whole numbers.
    """
    total = table.sum() ** 2
    together = (table**2).sum()
    first, second = (table.sum(axis=1) ** 2).sum(), (table.sum(axis=0) ** 2).sum()
    expected, most = first * second / total, (first + second) / 2
    return float((together - expected) / (most - expected)) if most - expected > 1e-12 * total else 1.0


def best_overlaps(table: FloatArray) -> FloatArray:
    """Return for each group of the first side the Jaccard index with the group of the second that is most like it.

    Hennig (2007), "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52. 0 for a
    group without customers.
    """
    either = table.sum(axis=1)[:, None] + table.sum(axis=0) - table
    overlaps = np.zeros_like(table)
    np.divide(table, either, out=overlaps, where=either > 0)
    best: FloatArray = overlaps.max(axis=1)
    return best
