"""Means per segment with intervals, from sums per unit: rows of one unit are not independent.

The variance of a ratio of sums is that of its linear part over the units (Cochran 1977, "Sampling techniques", 6.3).
An effect is one whose interval excludes 1 at the level 0.001 after Holm's correction for all that was looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fanwise.inference.model import SEGMENT, UNIT
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["Effect", "Mean", "means", "shown_effects"]

_LEVEL = 1e-3
_BATCH = 25
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and its variance. count: rows with a value. units: those that have one."""

    mean: float
    variance: float
    count: int
    units: int


@dataclass(frozen=True, slots=True)
class Effect:
    """The ratio of each segment's mean to that of the base segment, with its standard error on a logarithmic scale.

    errors: the standard error of each segment's own mean on that scale, the base's with them.
    """

    name: str
    base: str
    ratios: Mapping[str, tuple[float, float]]
    errors: Mapping[str, float]

    @property
    def chance(self) -> float:
        """The probability of so large a difference by chance alone, for the segment that differs most."""
        some = [(abs(math.log(ratio)), error) for ratio, error in self.ratios.values() if ratio > 0]
        if not any(error > _TINY for _, error in some):  # every row of a segment has the same value
            return 0.0 if any(size > _TINY for size, _ in some) else 1.0
        others = [size / error for size, error in some if error > 0]
        return min(1.0, len(others) * math.erfc(max(others, default=0.0) / math.sqrt(2)))

    @property
    def least(self) -> float:
        """The fewest standard errors that two segments are apart."""
        each = [(0.0, 0.0), *((math.log(ratio), error) for ratio, error in self.ratios.values() if ratio > 0)]
        each.sort()
        gaps = [(b[0] - a[0]) / math.hypot(a[1], b[1]) for a, b in pairwise(each) if a[1] or b[1]]
        return min(gaps, default=0.0)

    def interval(self, segment: str, errors: float = 4.0) -> tuple[float, float]:
        """Return the interval of a ratio, so many standard errors to both sides."""
        ratio, error = self.ratios[segment]
        return ratio * math.exp(-errors * error), ratio * math.exp(errors * error)

    @classmethod
    def of(cls, name: str, base: str, found: Mapping[str, Mean]) -> Effect | None:
        """Return the effect of means per segment; None where a mean is not positive or a segment has none."""
        if base not in found or any(not each.mean > 0 or each.units < 2 for each in found.values()):
            return None
        zero = found[base]
        ratios = {
            segment: (each.mean / zero.mean, math.sqrt(each.variance / each.mean**2 + zero.variance / zero.mean**2))
            for segment, each in found.items()
            if segment != base
        }
        return cls(name, base, ratios, {one: math.sqrt(each.variance) / each.mean for one, each in found.items()})

    def levels(self, clear: float) -> dict[str, float]:
        """Return the ratios with those segments made equal that are not so many standard errors apart."""
        logs = {self.base: 0.0, **{name: math.log(ratio) for name, (ratio, _) in self.ratios.items()}}
        errors = {name: max(self.errors[name], _TINY) for name in logs}
        levels = [[name] for name in sorted(logs, key=lambda name: logs[name])]
        while len(levels) > 1:
            gaps = [
                min((logs[b] - logs[a]) / math.hypot(errors[a], errors[b]) for a in low for b in high)
                for low, high in pairwise(levels)
            ]
            at = gaps.index(min(gaps))
            if gaps[at] >= clear:
                break
            levels[at : at + 2] = [levels[at] + levels[at + 1]]
        mean: dict[str, float] = {}
        for level in levels:
            weights = [errors[name] ** -2 for name in level]
            middle = sum(weight * logs[name] for weight, name in zip(weights, level, strict=True)) / sum(weights)
            mean |= dict.fromkeys(level, middle)
        return {name: math.exp(mean[name] - mean[self.base]) for name in logs}


def means(found: Opened, relation: str, values: Mapping[str, str]) -> dict[str, dict[str, Mean]]:
    """Return for each name the mean of its SQL value per segment; the relation has the segment and unit of each row."""
    out: dict[str, dict[str, Mean]] = {name: {} for name in values}
    names = list(values)
    for begin in range(0, len(names), _BATCH):
        batch = names[begin : begin + _BATCH]
        inner = ", ".join(
            f"count({values[name]})::DOUBLE AS n{at}, coalesce(fsum({values[name]}), 0) AS s{at}"
            for at, name in enumerate(batch)
        )
        outer = ", ".join(
            f"sum(n{at}), fsum(s{at}), fsum(s{at} * s{at}), sum(n{at} * n{at}), fsum(s{at} * n{at}), "
            f"count(*) FILTER (n{at} > 0)"
            for at in range(len(batch))
        )
        segment, unit = quote_ident(SEGMENT), quote_ident(UNIT)
        sql = (
            f"SELECT {segment}, {outer} FROM (SELECT {segment}, {unit}, {inner} FROM {relation} "
            f"WHERE {segment} IS NOT NULL GROUP BY ALL) GROUP BY 1 ORDER BY 1"
        )
        for segment_of, *sums in found.session.rows(sql):
            for at, name in enumerate(batch):
                out[name][str(segment_of)] = ratio_mean(sums[6 * at : 6 * at + 6])
    return out


def ratio_mean(sums: Sequence[float]) -> Mean:
    """Return a mean from sums over units: of n, s, s², n² and s·n, and the number of units that have rows."""
    n, s, ss, nn, sn, units = (float(each or 0) for each in sums)
    if not n:
        return Mean(math.nan, math.nan, 0, 0)
    mean = s / n
    spread = max(0.0, ss - 2 * mean * sn + mean * mean * nn)
    return Mean(mean, spread / n**2 * (units / (units - 1) if units > 1 else 1.0), int(n), int(units))


def shown_effects(effects: Iterable[Effect]) -> set[str]:
    """Return the names of the effects that chance does not explain, by Holm's procedure."""
    ordered = sorted(effects, key=lambda each: each.chance)
    out: set[str] = set()
    for at, each in enumerate(ordered):
        if each.chance > _LEVEL / (len(ordered) - at):
            break
        out.add(each.name)
    return out
