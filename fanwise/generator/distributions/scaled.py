"""The law of an integer times a factor, rounded up or down at random: Y = ⌊m·X + U⌋, whose mean is m · E[X].

Given X, Y is one of the two integers around m·X, with mean m·X. So the mean of a function of Y is that of its linear
interpolation between integers, and for whole bounds that of min(max(Y, low), high) is E[min(max(m·X, low), high)].
"""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

import numpy as np

from fanwise.generator.distributions.base import Family, Floats, Params
from fanwise.generator.distributions.bounds import clamp
from fanwise.generator.distributions.samplers import sampler_of

_LISTED = 1 << 16
_STRATA = 1 << 16


@runtime_checkable
class Listed(Protocol):
    """A family that can list its values."""

    def atoms(self, params: Params, limit: int) -> tuple[Floats, Floats] | None:
        """Return the values and their probabilities, or None when there are more than `limit`."""
        ...


def bounded_mean_scaled(family: Family, params: Params, factor: float, low: float | None, high: float | None) -> float:
    """Return E[min(max(⌊factor·X + U⌋, low), high)] for an integer law X and a uniform U."""
    if low is not None and high is not None:
        if low >= high:
            return high
        floor, ceiling = math.floor(low), math.ceil(high)
        if ceiling - floor == 1:
            share = _interpolated(family, params, factor, float(floor), float(ceiling)) - floor
            return low + (high - low) * share
    total = 0.0
    for bottom, lower_share in _whole_ends(low):
        for top, upper_share in _whole_ends(high):
            if lower_share and upper_share:
                total += lower_share * upper_share * _interpolated(family, params, factor, bottom, top)
    return total


def bounded_variance_scaled(
    family: Family, params: Params, factor: float, low: float | None, high: float | None
) -> float:
    """Return Var[min(max(⌊factor·X + U⌋, low), high)].

    Exact for laws of up to 65,536 values; beyond, bounds count as rounded to integers, and the variance that random
    rounding adds is averaged over 65,536 equally likely strata.
    """
    atoms = family.atoms(params, _LISTED) if isinstance(family, Listed) else None
    if atoms is not None:
        return _listed_variance(*atoms, factor, low, high)
    if factor == 0:
        return 0.0
    low, high = None if low is None else float(round(low)), None if high is None else float(round(high))
    ends = None if low is None else low / factor, None if high is None else high / factor
    drawn = sampler_of(family, [params]).quantile((np.arange(_STRATA) + 0.5) / _STRATA, 0) * factor
    fraction = drawn - np.floor(drawn)
    inside = (drawn > (-math.inf if low is None else low)) & (drawn < (math.inf if high is None else high))
    return factor**2 * family.bounded_variance(params, *ends) + float(np.mean(fraction * (1 - fraction) * inside))


def _whole_ends(bound: float | None) -> list[tuple[float | None, float]]:
    """Return the integers around a bound with the shares that make the bound their mean."""
    if bound is None:
        return [(None, 1.0)]
    floor = math.floor(bound)
    return [(float(floor), 1.0 - (bound - floor)), (floor + 1.0, bound - floor)]


def _interpolated(family: Family, params: Params, factor: float, low: float | None, high: float | None) -> float:
    """Return E[min(max(factor·X, low), high)]."""
    if factor == 0:
        return clamp(0.0, low, high)
    ends = None if low is None else low / factor, None if high is None else high / factor
    return factor * family.bounded_mean(params, *ends)


def _listed_variance(values: Floats, shares: Floats, factor: float, low: float | None, high: float | None) -> float:
    drawn = values * factor
    floor = np.floor(drawn)
    up = drawn - floor
    bottom, top = -math.inf if low is None else low, math.inf if high is None else high
    lower, upper = (np.minimum(np.maximum(integer, bottom), top) for integer in (floor, floor + 1))
    mean = math.fsum(shares * (lower + up * (upper - lower)))
    return math.fsum(shares * ((1 - up) * (lower - mean) ** 2 + up * (upper - mean) ** 2))
