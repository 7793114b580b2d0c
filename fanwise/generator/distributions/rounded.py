"""Means and variances of values that are rounded when they are written.

A rounded value is a whole number of steps: it passes from k to k + 1 steps where the value passes a threshold t(k),
half a step above k. With Y = step · N and any whole c, N − c is the number of thresholds from c on that X reaches, less
the number of those below c that it does not reach. So E[N] and E[N²] are sums of tail probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol, runtime_checkable

import numpy as np

from fanwise.generator.distributions.base import Family, Params
from fanwise.generator.distributions.bounds import Below, clamp
from fanwise.generator.distributions.samplers import sampler_of
from fanwise.generator.numerics.rounding import round_half_away

__all__ = ["Rounding", "rounded_moments"]

_FINE = 0.005  # of the mean; rounding moves a mean by at most half a step, and finer ones are left out of account
_REACH = 128  # steps to each side of the centre that are summed; beyond, rounding evens out
_NOTHING = 1e-16
_STRATA = 1 << 16


@runtime_checkable
class Tailed(Protocol):
    """A family that can tell what lies below a point, and where its middle is."""

    def below(self, params: Params, x: float) -> Below: ...

    def centre(self, params: Params) -> float: ...


@runtime_checkable
class Mixed(Protocol):
    """A family that mixes others."""

    def rounded(
        self, params: Params, low: float | None, high: float | None, rounding: Rounding
    ) -> tuple[float, float]: ...


@dataclass(frozen=True, slots=True)
class Rounding:
    """Rounding to `digits` after the point, half away from zero, and after it that of the type, if it has one.

    type_digits: 0 for whole numbers, the scale of decimals. to_even: the type rounds halves to the even number.
    """

    digits: int
    type_digits: int | None = None
    to_even: bool = False

    @property
    def step(self) -> float:
        """The distance of two neighbouring values."""
        return 10.0 ** -(self.digits if self._once else self.type_digits or 0)

    @property
    def _once(self) -> bool:
        return self.type_digits is None or self.type_digits >= self.digits

    def is_fine(self, mean: float) -> bool:
        """Return whether no mean of this size is moved by more than a quarter of a percent."""
        return self.step <= _FINE * abs(mean)

    def threshold(self, k: int) -> float:
        """Return where values pass from k steps to k + 1."""
        if k < 0:
            return -self.threshold(-k - 1)
        half = (k + 0.5) * self.step
        if self._once:
            return half
        # What the first rounding makes a half, the second moves as one: up, or to the even number.
        first: float = 10.0**-self.digits / 2
        return half + first if self.to_even and k % 2 == 0 else half - first

    def apply(self, value: float) -> float:
        """Return a value as it is written."""
        found: float = round_half_away(value, self.digits).item()
        if self._once:
            return found
        again = np.rint(found) if self.to_even else round_half_away(found, self.type_digits or 0)
        return float(again.item())


def rounded_moments(
    family: Family, params: Params, low: float | None, high: float | None, rounding: Rounding
) -> tuple[float, float]:
    """Return mean and variance of min(max(X, low), high) after rounding; (inf, inf) where there is no mean.

    Whole numbers stay. Where a law reaches farther than 128 steps from its centre, the rest counts as unrounded: for a
    density that only falls there, rounding the rest moves the mean by at most 1e-4 of it.
    """
    mean = family.bounded_mean(params, low, high)
    if not math.isfinite(mean):
        return math.inf, math.inf
    if isinstance(family, Mixed):
        return family.rounded(params, low, high, rounding)
    if family.discrete or rounding.is_fine(mean):
        return mean, family.bounded_variance(params, low, high)
    if family.variance(params) == 0:
        return rounding.apply(mean), 0.0
    if isinstance(family, Tailed):
        return _summed(family, params, (low, high), rounding)
    drawn = sampler_of(family, [params]).quantile((np.arange(_STRATA) + 0.5) / _STRATA, 0)
    values = round_half_away(np.clip(drawn, low, high) if (low, high) != (None, None) else drawn, rounding.digits)
    return float(values.mean()), float(values.var())


def _summed(
    family: Family, params: Params, bounds: tuple[float | None, float | None], rounding: Rounding
) -> tuple[float, float]:
    assert isinstance(family, Tailed)
    step = rounding.step
    ends = [None if bound is None else round(rounding.apply(bound) / step) for bound in bounds]
    bottom, top = ends[0], ends[1]
    start = round(clamp(family.centre(params) / step, bottom, top))
    least, most = (round(clamp(start + side * _REACH, bottom, top)) for side in (-1, 1))

    def tail(k: int) -> Below:
        return family.below(params, rounding.threshold(k))

    above = _until_nothing(tail(k).rest for k in range(start, most))
    under = _until_nothing(tail(k).mass for k in range(start - 1, least - 1, -1))
    mean = step * (math.fsum(above) - math.fsum(under))  # about the start
    square = step * step * math.fsum((2 * i + 1) * share for part in (above, under) for i, share in enumerate(part))
    cut = (
        least * step if len(under) == _REACH and least != bottom else bounds[0],
        most * step if len(above) == _REACH and most != top else bounds[1],
    )
    if cut != bounds:
        far, near = (_about(family, params, each, start * step) for each in (bounds, cut))
        mean, square = mean + far[0] - near[0], square + far[1] - near[1]
    return start * step + mean, max(0.0, square - mean * mean) if math.isfinite(square) else math.inf


def _until_nothing(shares: Iterable[float]) -> list[float]:
    return list(takewhile(lambda share: share > _NOTHING, shares))


def _about(
    family: Family, params: Params, bounds: tuple[float | None, float | None], origin: float
) -> tuple[float, float]:
    """Return E[X − origin] and E[(X − origin)²] within bounds, unrounded."""
    mean = family.bounded_mean(params, *bounds) - origin
    return mean, family.bounded_variance(params, *bounds) + mean * mean
