"""The sample: stratified by lifetime value, with weights that make up for it, chosen by hash.

A customer is in the sample if the hash of its id is among the smallest of its stratum. So the order of rows does not
matter, and when customers join, only those on the border come or go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from fanwise.segmenter.features.table import FeatureFile, Hashes
from fanwise.segmenter.model.model import SampleDesign
from fanwise.segmenter.model.scaling import FloatArray

__all__ = [
    "ALLOCATIONS",
    "Allocation",
    "Drawing",
    "Sample",
    "allocate",
    "draw_by_chance",
    "draw_everybody",
    "draw_strata",
]

Allocation = Literal["quota", "proportional", "neyman", "coreset"]
ALLOCATIONS: tuple[str, ...] = get_args(Allocation)

CUTS = (0.5, 0.8, 0.95)
"""Quantiles of lifetime value between the strata."""
QUOTAS = (0.2, 0.3, 0.3, 0.2)
"""Shares of the sample by stratum, from the lowest value to the highest."""
FEWEST = 2

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Who was drawn: hashes, rows of the file and weights (n,) in ascending order of the hashes, and the design.

    weights: how many customers each stands for (Horvitz-Thompson: 1 / probability of being drawn); their sum is N or,
    for a coreset, near it.
    """

    hashes: Hashes
    rows: Rows
    weights: FloatArray
    design: SampleDesign


@dataclass(frozen=True, slots=True)
class Sample:
    """The customers drawn, in ascending order of their hashes, with their features.

    weights: (n,). values: (n, p) of the columns `names`, in memory; None if all customers were drawn, then `order`
    brings columns of the file into the order of the hashes.
    """

    file: FeatureFile
    weights: FloatArray
    design: SampleDesign
    names: tuple[str, ...] = ()
    values: FloatArray | None = None
    order: Rows | None = None

    @classmethod
    def read(cls, file: FeatureFile, drawing: Drawing, names: Sequence[str]) -> Sample:
        """Return the sample with the named features."""
        return cls(file, drawing.weights, drawing.design, tuple(names), file.rows(names, drawing.rows))

    def columns(self, names: Sequence[str]) -> FloatArray:
        """Return the named features, float64 (n, len(names)), NaN where there is no value."""
        if self.values is None:
            return self.file.columns(names)[self.order]
        return self.values[:, [self.names.index(name) for name in names]]


def draw_everybody(file: FeatureFile, hashes: Hashes) -> Sample:
    """Return all customers, each of weight 1; hashes: (N,), in the order of the file."""
    size = len(hashes)
    design = SampleDesign("full", size, float(size), (), (size,), (size,))
    return Sample(file, np.ones(size), design, order=np.argsort(hashes, kind="stable"))


def draw_strata(hashes: Hashes, value: FloatArray, size: int, allocation: str) -> Drawing:
    """Return a sample stratified by lifetime value.

    hashes, value: of all customers, (N,), N >= 1. size: 1 <= size <= N. allocation: `quota` (QUOTAS), `proportional` to
    the population of a stratum, or `neyman` (also to the standard deviation of the value within it).
    """
    cuts = np.sort(value)[[min(int(share * len(value)), len(value) - 1) for share in CUTS]]
    stratum = np.searchsorted(cuts, value, side="right")
    population = np.bincount(stratum, minlength=len(QUOTAS))
    sampled = allocate(population.tolist(), _shares(allocation, population, stratum, value), size)
    chosen, weights = [], []
    for number, drawn in enumerate(sampled):
        if drawn == 0:
            continue
        members = np.flatnonzero(stratum == number)
        nearest = members[np.argpartition(hashes[members], drawn - 1)[:drawn]]
        chosen.append(nearest)
        weights.append(np.full(drawn, population[number] / drawn))
    rows = np.concatenate(chosen)
    weight = np.concatenate(weights)
    return _drawing(hashes, rows, weight, allocation, cuts.tolist(), population.tolist(), sampled)


def draw_by_chance(hashes: Hashes, chance: FloatArray, size: int, allocation: str) -> Drawing:
    """Return a sample in which a customer's chance is in proportion to `chance` (N,), all above 0.

    Sequential Poisson sampling (Ohlsson 1998, "Sequential Poisson sampling", Journal of Official Statistics 14): the
    smallest hash / chance; whoever would be drawn more than once is drawn for certain.
    """
    probability = _inclusion(chance, size)
    uniform = (hashes.astype(np.float64) + 0.5) / 2.0**64
    rank = np.where(probability >= 1, 0.0, uniform / probability)
    chosen = np.argpartition(rank, size - 1)[:size] if size < len(rank) else np.arange(len(rank))
    return _drawing(hashes, chosen, 1 / probability[chosen], allocation, [], [len(hashes)], (size,))


def allocate(population: Sequence[int], shares: Sequence[float], size: int) -> tuple[int, ...]:
    """Return how many to draw from each stratum: `size` in all, by shares, none more than there are.

    What a small stratum leaves is given to the others by their shares; a stratum with customers gives FEWEST at least
    (or all it has), for otherwise nobody would stand for them; unless `size` is too small for that.
    """
    there, given = np.asarray(population), np.zeros(len(population), dtype=np.int64)
    least = np.minimum(there, FEWEST)
    if size < least.sum():
        least = np.zeros_like(there)
    wanted, open_ = np.asarray(shares, dtype=np.float64), there > 0
    while open_.any():
        weight = np.where(open_, np.maximum(wanted, 1e-9), 0.0)
        wish = (size - given[~open_].sum()) * weight / weight.sum()
        full, short = open_ & (wish >= there), open_ & (wish < least)
        if full.any():
            given[full], open_ = there[full], open_ & ~full
        elif short.any():
            given[short], open_ = least[short], open_ & ~short
        else:
            given[open_] = np.floor(wish[open_])
            rest = size - given.sum()
            by_remainder = np.argsort(-(wish - np.floor(wish)), kind="stable")
            given[by_remainder[:rest]] += 1
            break
    return tuple(int(number) for number in given)


def _shares(allocation: str, population: Rows, stratum: Rows, value: FloatArray) -> Sequence[float]:
    if allocation == "quota":
        return QUOTAS
    total = population.sum()
    if allocation == "proportional":
        return [float(count / total) for count in population]
    spreads = [float(value[stratum == number].std()) if count else 0.0 for number, count in enumerate(population)]
    needs = np.asarray(spreads) * population
    return [float(need / needs.sum()) for need in needs] if needs.sum() > 0 else [float(n / total) for n in population]


def _inclusion(chance: FloatArray, size: int) -> FloatArray:
    """Return probabilities of being drawn that sum to size, none above 1."""
    probability = np.zeros(len(chance))
    certain = np.zeros(len(chance), dtype=np.bool_)
    while True:
        probability = chance * ((size - certain.sum()) / chance[~certain].sum()) if not certain.all() else chance * 0
        probability[certain] = 1.0
        over = (probability >= 1) & ~certain
        if not over.any():
            return probability
        certain |= over


def _drawing(
    hashes: Hashes,
    rows: Rows,
    weights: FloatArray,
    allocation: str,
    cuts: list[float],
    population: list[int],
    sampled: Sequence[int],
) -> Drawing:
    order = np.argsort(hashes[rows], kind="stable")
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    design = SampleDesign(allocation, len(rows), effective, tuple(cuts), tuple(population), tuple(sampled))
    return Drawing(hashes[rows[order]], rows[order], weights[order], design)
