"""The law of one cell: what is drawn, the mean that the file declares for it, and how a factor reaches that mean."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from fanwise.generator.columns.support.facts import shown
from fanwise.generator.distributions.base import Family
from fanwise.generator.distributions.bounds import clamp
from fanwise.generator.distributions.rounded import Rounding, rounded_moments
from fanwise.generator.distributions.scaled import bounded_mean_scaled, bounded_variance_scaled
from fanwise.generator.distributions.solve import solve_factor, solve_rounded

__all__ = ["CellDistribution", "Written", "bent_alike", "law_of"]

_CHANCES: tuple[float, ...] = tuple((10.0 ** -np.arange(0.5, 12.0, 0.25)).tolist())  # of a tail
_HEAVY = 0.1  # squared coefficient of variation up to which one value never makes much of a sum
_BENT = 0.0025  # half of what the audit lets a ratio be off by: two segments may be off in opposite directions
_LEFT = 0.01  # the least share of a mean that rounding has to leave, so that a ratio of what is left makes sense

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class CellDistribution:
    """The law of one cell after solving: the mean before bounds is `factor` times that of `params`.

    `factor` other than 1 acts on the drawn integer (families with integral_scale). Values are held within `bounds` and
    then rounded. kept: False where rounding takes the mean away from what is declared, and no parameter brings it back.
    """

    family: Family
    params: Mapping[str, Any]
    factor: float
    bounds: Bounds
    rounding: Rounding | None = None
    kept: bool = True

    @property
    def chance(self) -> float:
        """The chance that there is a value: 1."""
        return 1.0

    @cached_property
    def mean(self) -> float:
        """The mean after bounding and rounding."""
        return self._rounded[0] if self._is_rounded else self.unrounded_mean

    @cached_property
    def unrounded_mean(self) -> float:
        """The mean after bounding."""
        if self.family.integral_scale:
            return bounded_mean_scaled(self.family, self.params, self.factor, *self.bounds)
        return self.family.bounded_mean(self.params, *self.bounds)

    @cached_property
    def variance(self) -> float:
        """The variance after bounding and rounding."""
        if self.family.integral_scale:
            return bounded_variance_scaled(self.family, self.params, self.factor, *self.bounds)
        return self._rounded[1] if self._is_rounded else self.family.bounded_variance(self.params, *self.bounds)

    @property
    def _is_rounded(self) -> bool:
        return self.rounding is not None and not self.family.discrete

    @cached_property
    def _rounded(self) -> tuple[float, float]:
        assert self.rounding is not None
        return rounded_moments(self.family, self.params, *self.bounds, self.rounding)

    @property
    def support(self) -> tuple[float, float]:
        """The least and the largest value, within the bounds."""
        low, high = self.family.support(self.params)
        if self.factor != 1:
            low, high = math.floor(low * self.factor), math.ceil(high * self.factor)
        return clamp(low, *self.bounds), clamp(high, *self.bounds)

    @cached_property
    def tail(self) -> tuple[tuple[float, float], ...]:
        """Pairs (p, r), p falling: a value is above r times the mean with the chance p; none of a law without one."""
        if self.family.discrete or not self.mean > 0 or not self.variance > self.mean**2 * _HEAVY:
            return ()
        values = [clamp(self.family.upper(self.params, p) * self.factor, *self.bounds) for p in _CHANCES]
        return tuple((p, value / self.mean) for p, value in zip(_CHANCES, values, strict=True))

    @property
    def text(self) -> str:
        """The law for a reader: `lognormal(mean 93.6, sd 75.4), mean as written 93.1`."""
        params = ", ".join(f"{name} {shown(value)}" for name, value in self.params.items())
        factor = f" × {self.factor:g}" if self.factor != 1 else ""
        moved = self.bounds != (None, None) or self.mean != self.unrounded_mean
        after = f", mean as written {self.mean:.6g}" if moved else ""
        return f"{self.family.name}({params}){factor}{after}"


@dataclass(frozen=True, slots=True)
class Written:
    """What is done to a family's values on the way into a column: held within bounds, and rounded."""

    family: Family
    bounds: Bounds
    rounding: Rounding | None

    def declared(self, params: Mapping[str, Any], *, anchored: bool) -> float:
        """Return the mean that the file declares for a factor of 1.

        It is the mean after bounds, and where rounding takes that by more than a quarter of a percent, after rounding.
        anchored: rows have this very law, so the other ones are compared with what is written of it. Where no row has
        it, its mean is a mere unit, and stays as it is.
        """
        mean = self.family.bounded_mean(params, *self.bounds)
        if not anchored or self._exact:
            return mean
        written = CellDistribution(self.family, params, 1.0, self.bounds, self.rounding).mean
        return mean if self._near(written, mean) else written

    def solved(self, params: Mapping[str, Any], ratio: float, *, anchored: bool) -> CellDistribution:
        """Return the law whose mean is `ratio` times the declared one; raises what `solve_factor` does.

        Where rounding leaves the ratio alone, the law is the one that has it before rounding.
        """
        factor = solve_factor(self.family, params, ratio, *self.bounds)
        if self.family.integral_scale:
            return CellDistribution(self.family, params, factor, self.bounds)
        plain = self._scaled(params, factor)
        base, mean = self.declared(params, anchored=anchored), self.family.bounded_mean(params, *self.bounds)
        wanted, left = ratio * base, abs(base) >= _LEFT * abs(mean)
        unbent = self._exact or (base == mean and plain.mean == plain.unrounded_mean)
        if unbent or (left and self._near(plain.mean, wanted)):
            return plain
        if left and self.rounding is not None:
            found = solve_rounded(self.family, params, wanted, *self.bounds, self.rounding)
            if found is not None and self._near((solved := self._scaled(params, found)).mean, wanted):
                return solved
        return replace(plain, kept=False)

    @property
    def _exact(self) -> bool:
        return self.rounding is None or self.family.discrete

    def _scaled(self, params: Mapping[str, Any], factor: float) -> CellDistribution:
        return CellDistribution(self.family, self.family.scale(params, factor), 1.0, self.bounds, self.rounding)

    def _near(self, mean: float, wanted: float) -> bool:
        slack = 1e-9 * self.rounding.step if self.rounding is not None else 0.0
        return abs(mean - wanted) <= _BENT * abs(wanted) + slack


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a law follows from. identity: all of it but the family, as text, which has every digit (0.0 is not -0.0)."""

    family: Family
    identity: str
    written: Written = field(compare=False)
    params: Mapping[str, Any] = field(compare=False)
    factor: float = field(compare=False)
    anchored: bool = field(compare=False)

    def law(self) -> CellDistribution:
        if self.factor == 1:
            return CellDistribution(self.family, self.params, 1.0, self.written.bounds, self.written.rounding)
        return self.written.solved(self.params, self.factor, anchored=self.anchored)


def law_of(written: Written, params: Mapping[str, Any], factor: float, *, anchored: bool) -> CellDistribution:
    """Return the law whose mean is `factor` times the declared one; raises what `Written.solved` does.

    It is a pure function, so equal questions have one answer, with everything that was computed of it: a schema that is
    compiled again, for a pilot or after a change, keeps most laws.
    """
    identity = repr((dict(params), factor, written.bounds, written.rounding, anchored))
    asked = _Asked(written.family, identity, written, params, factor, anchored)
    return _made(asked) if isinstance(written.family, Hashable) else asked.law()


@lru_cache(maxsize=1024)
def _made(asked: _Asked) -> CellDistribution:
    return asked.law()


def bent_alike(laws: Iterable[CellDistribution]) -> bool:
    """Return whether rounding leaves the ratios of the means of these laws alone, within half a percent."""
    found = [(law.mean, law.unrounded_mean) for law in laws]
    written, declared = found[0] if found else (1.0, 1.0)
    return all(
        (mean == unrounded and written == declared)
        or abs(mean * declared - written * unrounded) <= 2 * _BENT * abs(written * unrounded)
        for mean, unrounded in found
    )
