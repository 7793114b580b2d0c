"""Laws of counts: Poisson, geometric or negative binomial where they fit, with a floor where low counts are missing.

Where no family fits, the counts themselves are the law. Parameters are fitted by maximum likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.inference.laws.laws import number

__all__ = ["CountLaw", "Counts", "clipped", "fit_counts", "fit_segments", "knots_by_segment", "listed", "value_law"]

Floats = npt.NDArray[np.float64]

_CLOSE = 0.01
_CHANCE = 1.4
_LEVEL = 1e-3
_EXPECTED = 5  # rows of a group that a G-test needs
_ABOVE = -math.log(_LEVEL)  # so many rows are expected above the largest count with that chance only
_MOST_KNOTS = 24
_SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
_OFTEN = 0.15
_STEP, _MARKS = 0.03, (0.01, 0.95, 0.98, 0.99, 0.995, 0.999)


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each count occurs, ascending."""

    values: Floats
    weights: Floats

    @property
    def total(self) -> float:
        """The number of rows that were counted."""
        return float(self.weights.sum())

    @property
    def mean(self) -> float:
        """The mean count."""
        return float((self.values * self.weights).sum() / self.total)

    @property
    def variance(self) -> float:
        """The variance of the counts."""
        return float(((self.values - self.mean) ** 2 * self.weights).sum() / self.total)

    @property
    def low(self) -> int:
        """The lowest count."""
        return int(self.values[0])


@dataclass(frozen=True, slots=True)
class CountLaw:
    """A distribution of counts. floor: the least count, where the family has lower ones. distance: total variation."""

    word: str
    params: Mapping[str, Any]
    floor: int = 0
    distance: float = 0.0
    fits: bool = True
    free: tuple[float, ...] = field(default=())

    @property
    def note(self) -> str:
        """The evidence in a few words."""
        return f"total variation {self.distance:.3f}"


def clipped(counts: Counts, ends: tuple[float, float]) -> Counts:
    """Return counts whose values beyond the ends are the ends."""
    values, at = np.unique(np.clip(counts.values, *ends), return_inverse=True)
    return Counts(values, np.bincount(at, weights=counts.weights).astype(np.float64))


def fit_counts(counts: Counts) -> CountLaw | None:
    """Return the plainest family that fits, or None."""
    if counts.variance == 0:
        return CountLaw("fixed", {"value": counts.low})
    if counts.low >= 0 and counts.values[-1] <= 1:
        return CountLaw("bernoulli", {"p": number(counts.mean)})
    for floor in dict.fromkeys((0, counts.low)):
        found = [law for law in _candidates(counts, floor) if law.fits]
        if found:
            return found[0]
    return None


def fit_segments(all_counts: Mapping[str, Counts], family: CountLaw) -> dict[str, CountLaw] | None:
    """Return the same family fitted to each segment, None where it fits one of them not."""
    out = {}
    for segment, counts in all_counts.items():
        found = next((law for law in _candidates(counts, family.floor) if law.word == family.word), None)
        if found is None or not found.fits:
            return None
        out[segment] = found
    return out


_LEAST_SHAPE = 1e-3  # of a negative binomial, in the language


def _candidates(counts: Counts, floor: int) -> Iterator[CountLaw]:
    from scipy import stats

    if counts.low < 0 or counts.values[-1] > 1e6:
        return
    mean = max(counts.mean - (0 if floor == 0 else 0.1), 0.05)
    k = mean**2 / max(counts.variance - mean, mean * 0.02)

    def poisson(x: Floats) -> Any:
        return stats.poisson(math.exp(x[0]))

    def geometric(x: Floats) -> Any:
        return stats.nbinom(1, 1 / (1 + math.exp(x[0])))

    def negbin(x: Floats) -> Any:
        shape = math.exp(min(x[1], 12))
        return stats.nbinom(shape, shape / (shape + math.exp(x[0])))

    start = [math.log(mean), math.log(min(max(k, 0.02), 1e4))]
    for kind, family, first in (
        ("poisson", poisson, start[:1]),
        ("geometric", geometric, start[:1]),
        ("negbin", negbin, start),
    ):
        best = _fitted(counts, floor, family, first)
        params = {"mean": math.exp(best[0]), **({"k": math.exp(min(best[1], 12))} if len(best) > 1 else {})}
        if params.get("k", 1.0) < _LEAST_SHAPE:
            continue
        distance, fits = _judged(counts, floor, family(best))
        rounded = {name: number(value) for name, value in params.items()}
        yield CountLaw(kind, rounded, floor, distance, fits, tuple(params.values()))


def _fitted(counts: Counts, floor: int, family: Callable[[Floats], Any], start: list[float]) -> Floats:
    if floor == 0 and len(start) == 1:
        return np.array([math.log(max(counts.mean, 1e-9))])
    from scipy import optimize

    def loss(x: Floats) -> float:
        if not np.all(np.abs(x) < 30):
            return 1e18
        chances = _chances(counts.values, floor, family(x))
        return -float((counts.weights * np.log(np.maximum(chances, 1e-300))).sum())

    found = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-4, "maxiter": 300})
    return np.asarray(found.x, dtype=np.float64)


def _chances(values: Floats, floor: int, law: Any) -> Floats:
    chances = np.asarray(law.pmf(values), dtype=np.float64)
    if floor:
        chances = np.where(values == floor, law.cdf(floor), np.where(values < floor, 0.0, chances))
    return chances


def _judged(counts: Counts, floor: int, law: Any) -> tuple[float, bool]:
    """Return the total variation from a law, and whether chance or a G-test allows it.

    Where most values are rare, single ones say little: groups of a tenth of the rows must agree as well.
    """
    chances = _chances(counts.values, floor, law)
    seen = counts.weights / counts.total
    distance = float(np.abs(seen - chances).sum() + max(0.0, 1 - chances.sum())) / 2
    expected = float(np.sqrt(2 * chances * (1 - chances) / (math.pi * counts.total)).sum()) / 2
    if distance <= _CLOSE:
        return distance, True
    wanted, got = _grouped(counts, floor, law, max(_EXPECTED, counts.total / 10))
    if len(wanted) >= 3 and not _agree(wanted, got, counts.total):
        return distance, False
    if distance <= _CHANCE * expected:
        return distance, True
    often = chances * counts.total >= _EXPECTED
    if often.sum() < 3:
        wanted, got = _grouped(counts, floor, law, _EXPECTED)
    else:
        wanted = np.append(chances[often], max(1e-12, 1 - chances[often].sum()))
        got = np.append(seen[often], max(0.0, 1 - seen[often].sum()))
    return distance, len(wanted) >= 3 and _agree(wanted, got, counts.total)


def _agree(wanted: Floats, got: Floats, rows: float) -> bool:
    """Return whether a G-test allows the shares of groups beside their chances."""
    from scipy import stats

    g = 2 * rows * float((got * np.log(np.where(got > 0, got / wanted, 1.0))).sum())
    return bool(stats.chi2.sf(g, len(wanted) - 2) > _LEVEL)


def _grouped(counts: Counts, floor: int, law: Any, least: float) -> tuple[Floats, Floats]:
    """Return chances and shares of neighbouring counts together, with `least` rows or more expected in each group."""
    below = np.asarray(law.cdf(counts.values), dtype=np.float64)
    below = np.where(counts.values < floor, 0.0, below) if floor else below
    reached = np.cumsum(counts.weights) / counts.total
    ends: list[int] = []
    for place, share in enumerate(below.tolist()):
        last = below[ends[-1]] if ends else 0.0
        if (share - last) * counts.total >= least and (1 - share) * counts.total >= least:
            ends.append(place)
    if (1 - below[-1]) * counts.total >= _ABOVE and len(below) - 1 not in ends:
        ends.append(len(below) - 1)
    return np.diff(below[ends], prepend=0, append=1), np.diff(reached[ends], prepend=0, append=1)


def knots_by_segment(all_counts: Mapping[str, Counts], least: int) -> dict[str, dict[str, float]]:
    """Return quantiles of the counts of each segment at the same shares, with the mean of the segment."""
    edge = min(0.4, max(least / counts.total for counts in all_counts.values()))
    jumps = {
        float(end) + step
        for counts in all_counts.values()
        for part, end in zip(counts.weights / counts.total, np.cumsum(counts.weights) / counts.total, strict=True)
        for step in (-5e-4, 5e-4)
        if part >= _OFTEN
    }
    shares = [edge, *sorted(each for each in {*_SHARES, *jumps} if edge < each < 1 - edge), 1 - edge]
    knots: dict[str, dict[str, float]] = {}
    for segment, counts in all_counts.items():
        reached = np.cumsum(counts.weights) / counts.total
        grid = (np.arange(10_000) + 0.5) / 10_000
        fine = counts.values[np.searchsorted(reached, grid)]
        inner = np.interp(shares, grid, fine)
        first = max(0.0, 2 * float(fine[grid < edge].mean()) - inner[0])
        last = 2 * float(fine[grid > 1 - edge].mean()) - inner[-1]
        values = np.maximum.accumulate([min(first, inner[0]), *inner, max(last, inner[-1])])
        values = values * (counts.mean / max(float(np.trapezoid(values, [0, *shares, 1])), 1e-9))
        for share, value in zip(["0", *map(_share, shares), "1"], values.tolist(), strict=True):
            knots.setdefault(share, {})[segment] = number(value, 5)
    return knots


def listed(counts: Counts, least: int) -> CountLaw:
    """Return the counts with their weights; neighbours with fewer than `least` rows together become their mean."""
    bins: list[tuple[float, float]] = []
    mass, total = 0.0, 0.0
    for value, weight in zip(counts.values.tolist(), counts.weights.tolist(), strict=True):
        mass, total = mass + weight, total + weight * value
        if mass >= least:
            bins.append((mass, total / mass))
            mass = total = 0.0
    if mass and bins:
        last, mean = bins.pop()
        bins.append((last + mass, (last * mean + total) / (last + mass)))
    weights: dict[str, float] = {}
    for mass, mean in bins or [(1.0, counts.mean)]:
        low = math.floor(mean)
        for value, part in ((low, 1 - (mean - low)), (low + 1, mean - low)):
            if part > 1e-9:
                weights[str(value)] = weights.get(str(value), 0.0) + mass * part
    whole = sum(weights.values())
    return CountLaw("histogram", {value: number(weight / whole, 5) for value, weight in weights.items()})


def value_law(counts: Counts, least: int) -> CountLaw:
    """Return quantiles whose rounded values are these numbers, ends merged until `least` rows have them.

    Fewer rows than that all have their mean.
    """
    values, weights = counts.values, counts.weights
    if counts.total < least:
        values, weights, least = np.array([round(counts.mean)]), np.array([counts.total]), 0
    low = int(np.searchsorted(np.cumsum(weights), least))
    high = len(values) - 1 - int(np.searchsorted(np.cumsum(weights[::-1]), least))
    values = np.clip(values, values[min(low, high)], values[max(low, high)])
    kept, at = np.unique(values, return_inverse=True)
    mass: Floats = np.bincount(at, weights=weights).astype(np.float64)
    knots = {"0": number(float(kept[0]) - (0.5 if kept[0] else 0), 9)}
    below = np.cumsum(mass) / mass.sum()
    wanted = _kept_steps(below) if len(kept) > _MOST_KNOTS else range(len(kept))
    for place in wanted:
        value = float(kept[place])
        if place and value > kept[place - 1] + 1:  # nothing lies between
            knots[_share(float(below[place - 1]) + 1e-6)] = number(value - 0.5, 9)
        knots["1" if place == len(kept) - 1 else _share(float(below[place]))] = number(value + 0.5, 9)
    return CountLaw("quantile", {"knots": {share: knots[share] for share in sorted(knots, key=float)}})


def _kept_steps(below: Floats) -> list[int]:
    """Return the places of values to keep: each of 3 % or more, and the ends of groups of rarer ones."""
    kept: list[int] = []
    last = 0.0
    for place, share in enumerate(below.tolist()):
        in_tail = any(last < mark <= share for mark in _MARKS)
        if share - last >= _STEP or in_tail or place == len(below) - 1:
            kept.append(place)
            last = share
    return kept


def _share(share: float) -> str:
    return f"{min(max(share, 1e-6), 1 - 1e-6):.6f}".rstrip("0")
