"""How far partitions and distributions of many customers differ; all from counts, and never NaN.

Unlike `agreement`, which weighs the customers of a sample, this counts all customers: in whole numbers, so exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Counts",
    "exact_rand_index",
    "jensen_shannon",
    "kullback_leibler",
    "pair_counts",
    "psi_critical",
    "stability_index",
]

_SMOOTHING = 0.5  # added to each count, so that an empty bin does not make a divergence infinite

Counts = NDArray[np.int64]


def pair_counts(first: NDArray[np.int8], second: NDArray[np.int8], shape: tuple[int, int]) -> Counts:
    """Return how many customers have which pair of codes (k1, k2); those with a code below 0 are left out."""
    both = (first >= 0) & (second >= 0)
    cells = first[both].astype(np.int64) * shape[1] + second[both]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)


def exact_rand_index(table: Counts) -> float:
    """Return the adjusted Rand index (Hubert and Arabie 1985) of a contingency table: 1 same, 0 as by chance.

    In whole numbers until the last division, so it is exact for any number of customers. 1 where both partitions are of
    one part, and where there are no pairs of customers.
    """
    together = sum(comb(int(count), 2) for count in table.ravel())
    first = sum(comb(int(count), 2) for count in table.sum(axis=1))
    second = sum(comb(int(count), 2) for count in table.sum(axis=0))
    pairs = comb(int(table.sum()), 2)
    most = (first + second) * pairs - 2 * first * second
    return 2 * (together * pairs - first * second) / most if most else 1.0


def kullback_leibler(first: Sequence[float], second: Sequence[float]) -> float:
    """Return KL(first ‖ second) in nats, from counts with 0.5 added to each."""
    p, q = _smoothed(first), _smoothed(second)
    return max(0.0, math.fsum(a * math.log(a / b) for a, b in zip(p, q, strict=True)))


def stability_index(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the population stability index Σ (p - q) ln(p / q), from counts with 0.5 added to each."""
    p, q = _smoothed(first), _smoothed(second)
    return math.fsum((a - b) * math.log(a / b) for a, b in zip(p, q, strict=True))


def jensen_shannon(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the Jensen-Shannon divergence in bits, in [0, 1], from counts with 0.5 added to each."""
    p, q = _smoothed(first), _smoothed(second)
    total = 0.0
    for a, b in zip(p, q, strict=True):
        middle = (a + b) / 2
        total += (a * math.log2(a / middle) + b * math.log2(b / middle)) / 2
    return min(1.0, max(0.0, total))


def psi_critical(bins: int, first: float, second: float) -> float:
    """Return what the stability index exceeds by chance in 1 of 100 cases: about (1/N + 1/M) χ²₀.₉₉(bins - 1).

    bins: with anything in them; first, second: customers on both sides, above 0 (Yurdakul 2018, "Statistical properties
    of population stability index"). 0 with one bin.
    """
    from scipy.special import chdtri

    return float(chdtri(bins - 1, 0.01)) * (1 / first + 1 / second) if bins > 1 else 0.0


def _smoothed(counts: Sequence[float]) -> list[float]:
    total = math.fsum(counts) + _SMOOTHING * len(counts)
    return [(count + _SMOOTHING) / total for count in counts]
