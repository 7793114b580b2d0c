"""Sorts of units: the chance of a comparison where a few units of a rare sort decide.

Where 2 % of the customers buy a hundred times as much, a segment of 24 customers has none of them in three data sets
of five. Its mean is then a third of what it should be, and its own scatter says nothing of that: the scatter is an
estimate as well, from the few rare units of all segments. None of this is near to normal. So the chance is added up
over how many units of the rare sort a segment has, with sizes that are drawn for them. Means and standard errors then
follow, steadied as the audit does it, and what is left is nearly normal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fanwise.validator.stats.intervals import Mean, compare, steadied, t_quantile
from fanwise.validator.stats.unit_sort import Sort

if TYPE_CHECKING:
    import numpy as np

__all__ = ["chance_by_sorts", "merged", "sorts_decide"]

ALL = 100.0
"""Expected units of the rare sort, in both segments, from which on their sum is near to normal."""
PART = 0.5
"""Part of the variance that the sorts must make."""
DRAWS = 400
"""Data sets that are drawn: half as many would be off by two hundredths in the middle."""


@dataclass(frozen=True, slots=True)
class _Two:
    """The units of a segment in two sorts, the rare one first; units: their number."""

    rare: Sort
    rest: Sort
    units: int


def chance_by_sorts(high: Mean, low: Mean, alpha: float, against: float) -> float | None:
    """Return the chance that `high / low > against` is shown one-sided at `alpha`; None where sorts do not decide."""
    import numpy as np

    if not sorts_decide(high, low):
        return None
    sides = [_two(mean) for mean in (high, low)]
    drawn = (
        _drawn(mean, two, np.random.RandomState(seed))
        for seed, (mean, two) in enumerate(zip((high, low), sides, strict=True))
    )
    shown = [_shown(above, under, alpha, against) for above, under in zip(*drawn, strict=True)]
    return min(math.fsum(shown) / DRAWS, 1.0)


def sorts_decide(high: Mean, low: Mean) -> bool:
    """Whether a few units of a rare sort decide about one of two means."""
    sides = [_two(mean) for mean in (high, low)]
    return any(two is not None and two.units * two.rare.share < ALL for two in sides)


def _shown(above: tuple[Mean, float], under: tuple[Mean, float], alpha: float, against: float) -> float:
    """Return the chance given the rare units: of each side the mean, and the relative variance that is left of it."""
    from fanwise.io.special import ndtr

    if above[0].value <= 0 or under[0].value <= 0:
        return 0.0
    noise, ratio = above[1] + under[1], compare(*steadied([above[0], under[0]]))
    gap, se, df = ratio.gap(against, "greater")
    over = gap - t_quantile(1 - alpha, df) * se
    return float(ndtr(over / math.sqrt(noise))) if noise > 0 else float(over > 0)


def _drawn(mean: Mean, two: _Two | None, source: np.random.RandomState) -> Iterator[tuple[Mean, float]]:
    """Yield a segment's mean in each data set, and the relative variance that the other units leave it."""
    if two is None:
        for _ in range(DRAWS):
            yield mean, mean.variance / mean.value**2
        return
    # One number in each of as many slices of their distribution: what varies most is then not left to chance.
    for few in source.permutation(_numbers(two.units, two.rare.share)).tolist():
        x, y = _sizes(two.rare, few, source)
        yield _mean(mean, two, x, y)


def _mean(mean: Mean, two: _Two, x: np.ndarray, y: np.ndarray) -> tuple[Mean, float]:
    """Return the mean of a segment with these rare units, and the relative variance that the other ones leave."""
    import numpy as np

    rest, many = two.rest, two.units - len(x)
    rows, total = float(x.sum()) + many * rest.x, float(y.sum()) + many * rest.y
    if not (rows > 0 and total > 0):
        return replace(mean, value=0.0), 0.0
    value = total / rows
    noise = many * rest.noise(value)
    squares = float(((y - value * x) ** 2).sum()) + many * (rest.y - value * rest.x) ** 2 + noise
    clump = (float((x * x).sum()) + many * (rest.xx + rest.x**2)) / rows
    single = None
    if mean.single is not None:
        own = float((x[x > 0] * (y[x > 0] / x[x > 0] - value) ** 2).sum())
        # The mean of a unit's values has scattered already: what is left within it is that of all but one.
        within = two.rare.noise(two.rare.y / two.rare.x) / two.rare.x if two.rare.x else 0.0
        inner = within * float(np.maximum(x - 1, 0).sum())
        apart = many * (rest.x * (rest.y / rest.x - value) ** 2 + rest.noise(rest.y / rest.x)) if rest.x else 0.0
        single = (own + inner + apart) / rows
    made = replace(mean, value=value, variance=squares / rows**2, total=rows, clump=clump, single=single)
    return made.floored(), noise / total**2


def _sizes(sort: Sort, few: int, source: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Draw X and Y of so many units: gamma, with the moments of their sort."""
    import numpy as np

    x = _gamma(np.full(few, sort.x), sort.xx, source)
    if not sort.x > 0:
        return x, np.zeros(few)
    own = sort.y / sort.x
    return x, _gamma(own * x, sort.noise(own) * x / sort.x, source)


def _gamma(mean: np.ndarray, variance: np.ndarray | float, source: np.random.RandomState) -> np.ndarray:
    import numpy as np

    spread = np.broadcast_to(variance, mean.shape)
    varies = (spread > 0) & (mean > 0)
    out = mean.astype(float)
    scale = spread[varies] / mean[varies]
    out[varies] = source.standard_gamma(mean[varies] / scale) * scale
    return out


def _numbers(n: int, p: float) -> np.ndarray:
    """Return the numbers of rare units in the middle of `DRAWS` equal slices of their binomial distribution."""
    import numpy as np

    from fanwise.io.special import bdtr

    most = min(n, math.ceil(n * p + 12 * math.sqrt(n * p) + 12))
    below = bdtr(np.arange(most + 1), n, p)
    return np.searchsorted(below, (np.arange(DRAWS) + 0.5) / DRAWS)


def _two(mean: Mean) -> _Two | None:
    """Return the units in the two most different sorts; None where a segment has no sorts, or they hardly differ."""
    if len(mean.sorts) < 2 or not mean.heavy or mean.value <= 0:
        return None
    ordered = sorted(mean.sorts, key=lambda sort: sort.y - mean.value * sort.x)
    cuts = [(merged(ordered[at:]), merged(ordered[:at])) for at in range(1, len(ordered))]
    upper, lower = max(cuts, key=lambda cut: _between(cut, mean.value))
    apart = _between((upper, lower), mean.value)
    if apart < PART * (apart + upper.share * upper.noise(mean.value) + lower.share * lower.noise(mean.value)):
        return None
    x = upper.share * upper.x + lower.share * lower.x
    rare, rest = (upper, lower) if upper.share <= lower.share else (lower, upper)
    return _Two(rare, rest, round(mean.total / x)) if x > 0 else None


def _between(cut: Sequence[Sort], value: float) -> float:
    return math.fsum(sort.share * (sort.y - value * sort.x) ** 2 for sort in cut)


def merged(sorts: Sequence[Sort]) -> Sort:
    """Return several sorts as one; what they differ by becomes part of its variances."""
    share = math.fsum(sort.share for sort in sorts)
    x = math.fsum(sort.share * sort.x for sort in sorts) / share
    y = math.fsum(sort.share * sort.y for sort in sorts) / share
    xx = math.fsum(sort.share * (sort.xx + (sort.x - x) ** 2) for sort in sorts) / share
    xy = math.fsum(sort.share * (sort.xy + (sort.x - x) * (sort.y - y)) for sort in sorts) / share
    yy = math.fsum(sort.share * (sort.yy + (sort.y - y) ** 2) for sort in sorts) / share
    return Sort(share, x, y, xx, xy, yy)
