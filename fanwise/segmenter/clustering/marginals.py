"""What one feature would look like without clusters: its own margin, with the valleys between modes filled.

A null set must keep what is lumpy for another reason than clusters: counts with many ties, shares that are 0 or 1,
heavy tails. It must not keep several modes, for these are what clusters look like from the side. So a margin is cut
into bins (a value that many customers share is a bin of its own), spikes are set aside, and the rest is brought to the
nearest density with one mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["at_spikes", "unimodal_margin", "without_valleys"]

IntArray = npt.NDArray[np.int64]

POINTS = 4096
MAX_BINS = 64
ROWS_PER_BIN = 25
SPIKE_MASS = 0.03
SPIKE_RATIO = 2.5
# A bin is taken for a filled valley where the density with one mode has this many times the mass that was there.
FILLED = 1.5


@dataclass(frozen=True, slots=True)
class Bins:
    """Neighbouring groups of distinct values: mass (sum 1), first and last value, edges halfway to the next bin."""

    mass: FloatArray
    first: FloatArray
    last: FloatArray
    left: FloatArray
    right: FloatArray

    @property
    def single(self) -> npt.NDArray[np.bool_]:
        return np.equal(self.first, self.last)

    @property
    def width(self) -> FloatArray:
        return np.maximum(self.right - self.left, 1e-12)


def unimodal_margin(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return POINTS equally likely values in ascending order, mean 0 and standard deviation 1 (0 if all are the same).

    values: float64 (n,), n >= 1. weights: float64 (n,), positive.
    """
    ordered, reached = _ecdf(values, weights)
    bins = _bins(ordered, reached, weights)
    mass = _fill_valleys(bins)
    table = _table(bins, mass, ordered, reached)
    spread = table.std()
    return np.asarray((table - table.mean()) / (spread if spread > 0 else 1.0))


def without_valleys(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return values (n,) moved, none past another, to where `unimodal_margin` has them; mean and spread stay."""
    margin = unimodal_margin(values, weights)
    ordered, reached = _ecdf(values, weights)
    below = np.append(0.0, reached)[np.searchsorted(ordered, values, side="left")]
    # Customers with the same value stay together, at the middle of their levels.
    level = (below + reached[np.searchsorted(ordered, values, side="right") - 1]) / 2
    moved = margin[np.minimum((level * POINTS).astype(np.int64), POINTS - 1)]
    mean = np.average(values, weights=weights)
    spread = np.sqrt(np.average((values - mean) ** 2, weights=weights))
    return np.asarray(moved * spread + mean)


def at_spikes(values: FloatArray, weights: FloatArray) -> IntArray:
    """Return for each customer the number of the spike that its value is at, from 1; 0 for the others.

    A spike is a value that many customers have and that stands out from its neighbours or ends them: no return at all,
    one order, everything with a discount.
    """
    bins = _bins(*_ecdf(values, weights), weights)
    spikes = bins.first[_spikes(bins)]
    place = np.minimum(np.searchsorted(spikes, values), max(len(spikes) - 1, 0))
    return np.where(spikes[place] == values, place + 1, 0) if len(spikes) else np.zeros(len(values), dtype=np.int64)


def _ecdf(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return values[order], reached / reached[-1]


def _bins(ordered: FloatArray, reached: FloatArray, weights: FloatArray) -> Bins:
    """Return bins of about equal mass; a value that has as much mass by itself is a bin of its own."""
    ends = np.flatnonzero(np.append(ordered[1:] > ordered[:-1], True))
    distinct, mass = ordered[ends], np.diff(reached[ends], prepend=0.0)
    effective = weights.sum() ** 2 / (weights**2).sum()
    count = int(np.clip(effective / ROWS_PER_BIN, 4, MAX_BINS))
    heavy = mass >= 1 / count
    light = np.where(heavy, 0.0, mass)
    slot = np.minimum(((np.cumsum(light) - light / 2) * count).astype(np.int64), count - 1)
    # A new bin begins at a heavy value, after one, and where the light mass enters the next slot.
    begins = np.ones(len(distinct), dtype=np.bool_)
    begins[1:] = heavy[1:] | heavy[:-1] | (slot[1:] != slot[:-1])
    starts = np.flatnonzero(begins)
    first, last = distinct[starts], distinct[np.append(starts[1:], len(distinct)) - 1]
    halfway = (last[:-1] + first[1:]) / 2
    left, right = np.append(first[0], halfway), np.append(halfway, last[-1])
    if first[0] == last[0] and len(first) > 1:
        left[0] = first[0] - (right[0] - first[0])
    if first[-1] == last[-1] and len(first) > 1:
        right[-1] = last[-1] + (last[-1] - left[-1])
    return Bins(np.add.reduceat(mass, starts), first, last, left, right)


def _spikes(bins: Bins) -> npt.NDArray[np.bool_]:
    density = bins.mass / bins.width
    around = np.maximum(np.append(density[1:], 0.0), np.append(0.0, density[:-1]))
    out = density > SPIKE_RATIO * around
    # None and all are no amounts like others: a frequent value at an end is a spike whatever is beside it.
    out[[0, -1]] = True
    return np.asarray(bins.single & (bins.mass >= SPIKE_MASS) & out)


def _fill_valleys(bins: Bins) -> FloatArray:
    """Return the masses of the bins after all but the spikes were brought to one mode (of greatest likelihood)."""
    width, density = bins.width, bins.mass / bins.width
    rest = np.flatnonzero(~_spikes(bins))
    mass = bins.mass.copy()
    if len(rest) >= 3:
        mass[rest] = _one_mode(density[rest], width[rest]) * width[rest]
    return np.asarray(mass / mass.sum())


def _one_mode(density: FloatArray, width: FloatArray) -> FloatArray:
    """Return the unimodal density of greatest likelihood over all bins as the mode (Grenander's estimator to each
    side: isotonic regression of the histogram, weighted by width).

    Only bins that no neighbour exceeds can be the mode: from any other, a step upwards loses no likelihood.
    """
    around = np.concatenate([[-np.inf], density, [-np.inf]])
    modes = np.flatnonzero((density >= around[:-2]) & (density >= around[2:]))
    up, _ = _rising(density, width)
    down, _ = _rising(density[::-1], width[::-1])
    likelihood = np.asarray(up) + np.append(down[-2::-1], 0.0)  # to the mode, and from the bin after it
    mode = modes[np.argmax(likelihood[modes])]
    _, before = _rising(density[: mode + 1], width[: mode + 1])
    _, after = _rising(density[:mode:-1], width[:mode:-1])
    return np.concatenate([before, after[::-1]])


def _rising(density: FloatArray, width: FloatArray) -> tuple[list[float], FloatArray]:
    """Return the log-likelihoods of the isotonic regressions of the first 1, 2, … bins, and that of all, (n,).

    Neighbours that fall are pooled (Barlow et al. 1972), so the regression of some bins goes on from that of fewer.
    """
    # Of each pool: mass, width, the number of its bins, and the log-likelihood up to it.
    pools: list[tuple[float, float, int, float]] = []
    reached: list[float] = []
    for mass, wide in zip((density * width).tolist(), width.tolist(), strict=True):
        bins = 1
        while pools and pools[-1][0] * wide >= mass * pools[-1][1]:
            more, wider, joined, _ = pools.pop()
            mass, wide, bins = mass + more, wide + wider, bins + joined
        before = pools[-1][3] if pools else 0.0
        reached.append(before + mass * log(max(mass / wide, 1e-300)))
        pools.append((mass, wide, bins, reached[-1]))
    levels = [mass / wide for mass, wide, _, _ in pools]
    return reached, np.repeat(levels, [bins for _, _, bins, _ in pools])


def _table(bins: Bins, mass: FloatArray, ordered: FloatArray, reached: FloatArray) -> FloatArray:
    """Return equally likely values: spread evenly over a filled valley, elsewhere values that were seen."""
    level = (np.arange(POINTS) + 0.5) / POINTS
    after = np.cumsum(mass)
    bin_of = np.minimum(np.searchsorted(after, level * after[-1]), len(mass) - 1)
    inside = np.clip((level - (after - mass)[bin_of]) / np.maximum(mass[bin_of], 1e-300), 0, 1)
    before = (np.cumsum(bins.mass) - bins.mass)[bin_of] + inside * bins.mass[bin_of]
    seen = ordered[np.minimum(np.searchsorted(reached, before), len(ordered) - 1)]
    seen = np.clip(seen, bins.first[bin_of], bins.last[bin_of])
    even = bins.left[bin_of] + inside * (bins.right - bins.left)[bin_of]
    filled = (~bins.single & (mass > FILLED * bins.mass))[bin_of]
    return np.asarray(np.where(filled, even, seen))
