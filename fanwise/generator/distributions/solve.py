"""Which factor on a law makes its mean, after bounding and rounding, a wanted multiple of what it was.

The argument that it does is in `ratio-solver.proof.md`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator

from fanwise.generator.distributions.base import Family, Params
from fanwise.generator.distributions.rounded import Rounding, rounded_moments
from fanwise.generator.distributions.scaled import bounded_mean_scaled

_EXACT = 1e-12
_OCTAVES = 40
_DIGITS = 12
_ROUNDED_DIGITS = 9


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
    wanted, limit = wanted_ratio * base, _largest(family, params)
    if wanted_ratio <= limit and _near(mean(wanted_ratio), wanted):
        return wanted_ratio
    factor, lowest, highest = _searched(mean, wanted, base, limit)
    if factor is None:
        ratios = sorted((lowest / base, highest / base)) if base else [1.0, 1.0]
        raise Unreachable(wanted_ratio, *ratios)
    return factor


def solve_rounded(
    family: Family, params: Params, wanted: float, low: float | None, high: float | None, rounding: Rounding
) -> float | None:
    """Return the factor f (9 digits) at which the mean of scale(params, f), bounded and rounded, passes `wanted`.

    For laws on which a factor acts through a parameter. Of several answers it is the one nearest to 1 (by ratio); None
    where there is none. A law that does not vary jumps from one step to the next, and past what lies between.
    """

    def mean(factor: float) -> float:
        return rounded_moments(family, family.scale(params, factor), low, high, rounding)[0]

    return _searched(functools.cache(mean), wanted, mean(1.0), _largest(family, params), _ROUNDED_DIGITS)[0]


def _searched(
    mean: Callable[[float], float], wanted: float, base: float, limit: float, digits: int = _DIGITS
) -> tuple[float | None, float, float]:
    """Return the factor in [0, limit] at which `mean` is `wanted`, and the least and largest mean seen.

    base: the mean at 1. The factor is None where no two factors tried have `wanted` between their means.
    """
    lowest = highest = base
    for near, far in _steps(limit):
        end = mean(far)
        lowest, highest = min(lowest, end), max(highest, end)
        if _near(end, wanted):
            return far, lowest, highest
        if (mean(near) - wanted) * (end - wanted) < 0:
            return _bisect(lambda factor: mean(factor) - wanted, near, far, digits), lowest, highest
    return None, lowest, highest


def _bounded_mean(family: Family, params: Params, low: float | None, high: float | None) -> Callable[[float], float]:
    def mean(factor: float) -> float:
        if family.integral_scale:
            return bounded_mean_scaled(family, params, factor, low, high)
        return family.bounded_mean(family.scale(params, factor), low, high)

    return functools.cache(mean)


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


def _bisect(excess: Callable[[float], float], near: float, far: float, digits: int) -> float:
    """Return the root of `excess` between two factors of different sign, rounded to so many digits."""
    low, high = sorted((near, far))
    rising = excess(high) > 0
    apart = 0.0 if digits == _DIGITS else 10.0 ** (-digits - 2) * high
    while low + apart < (middle := (low + high) / 2) < high:
        if (excess(middle) > 0) == rising:
            high = middle
        else:
            low = middle
    rounded = float(f"{middle:.{digits - 1}e}")
    return min(max(rounded, min(near, far)), max(near, far))
