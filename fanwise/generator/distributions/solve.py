"""Which factor on a law makes its mean, after bounding, a wanted multiple of what it was."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from fanwise.generator.distributions.base import Family, Params
from fanwise.generator.distributions.scaled import bounded_mean_scaled

_EXACT = 1e-12
_OCTAVES = 40
_DIGITS = 12


class Unreachable(ValueError):
    """No factor gives the wanted ratio of bounded means; those from `low` to `high` are possible."""

    def __init__(self, wanted: float, low: float, high: float) -> None:
        super().__init__(f"needs a mean of {wanted:g}, possible are {low:.4g} to {high:.4g}")
        self.wanted, self.low, self.high = wanted, low, high


def solve_factor(family: Family, params: Params, wanted_ratio: float, low: float | None, high: float | None) -> float:
    """Return the factor f (12 digits) with bounded mean of scale(params, f) = wanted_ratio · bounded mean of params.

    Without bounds this is `wanted_ratio` itself, else of several answers the one nearest to 1 (by ratio). Raises
    `Unreachable` with the range of reachable ratios when there is none, ValueError when the ratio is negative or
    not finite, or the bounded mean is infinite.
    """
    if not (math.isfinite(wanted_ratio) and wanted_ratio >= 0):
        raise ValueError(f"a ratio of {wanted_ratio:g} is not possible; give a finite number of 0 or more")
    if wanted_ratio == 1 or (low is None and high is None):
        return wanted_ratio
    mean = _bounded_mean(family, params, low, high)
    base = mean(1.0)
    if not math.isfinite(base):
        raise ValueError("the mean is infinite; clamp the values from above")
    wanted = wanted_ratio * base
    limit = _largest(family, params)
    if wanted_ratio <= limit and _near(mean(wanted_ratio), wanted):
        return wanted_ratio
    lowest = highest = base
    for near, far in _steps(limit):
        end = mean(far)
        lowest, highest = min(lowest, end), max(highest, end)
        if _near(end, wanted):
            return far
        if (mean(near) - wanted) * (end - wanted) < 0:
            return _bisect(lambda factor: mean(factor) - wanted, near, far)
    ratios = sorted((lowest / base, highest / base)) if base else [1.0, 1.0]
    raise Unreachable(wanted_ratio, *ratios)


def _bounded_mean(family: Family, params: Params, low: float | None, high: float | None) -> Callable[[float], float]:
    known: dict[float, float] = {}

    def mean(factor: float) -> float:
        if factor not in known:
            if family.integral_scale:
                known[factor] = bounded_mean_scaled(family, params, factor, low, high)
            else:
                known[factor] = family.bounded_mean(family.scale(params, factor), low, high)
        return known[factor]

    return mean


def _near(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= _EXACT * abs(wanted)


def _steps(limit: float) -> Iterator[tuple[float, float]]:
    """Yield neighbouring factors, ever farther from 1 to both sides: by √2 up to `limit`, and down, at last to 0."""
    above = below = 1.0
    for half_octaves in range(1, 2 * _OCTAVES + 1):
        if above < limit:
            near, above = above, min(2.0 ** (half_octaves / 2), limit)
            yield near, above
        near, below = below, 2.0 ** (-half_octaves / 2)
        yield near, below
    yield below, 0.0


def _largest(family: Family, params: Params) -> float:
    """Return the largest factor that `scale` accepts, at least 1."""
    if family.integral_scale or _accepts(family, params, 2.0**_OCTAVES):
        return math.inf
    good, bad = 1.0, 2.0**_OCTAVES
    while good < (middle := (good + bad) / 2) < bad:
        good, bad = (middle, bad) if _accepts(family, params, middle) else (good, middle)
    return good


def _accepts(family: Family, params: Params, factor: float) -> bool:
    try:
        family.scale(params, factor)
    except ValueError:
        return False
    return True


def _bisect(excess: Callable[[float], float], near: float, far: float) -> float:
    """Return the root of `excess` between two factors of different sign, rounded to 12 digits."""
    low, high = sorted((near, far))
    rising = excess(high) > 0
    while low < (middle := (low + high) / 2) < high:
        if (excess(middle) > 0) == rising:
            high = middle
        else:
            low = middle
    rounded = float(f"{middle:.{_DIGITS - 1}e}")
    return min(max(rounded, min(near, far)), max(near, far))
