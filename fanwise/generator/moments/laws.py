"""Laws that a forecast climbs by: of one value, of the children of a row, of the rows that refer to a row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.columns.choice import Choice
from fanwise.generator.columns.constant import Constant
from fanwise.generator.columns.number import CellLaw, Number
from fanwise.generator.columns.ref import Ref
from fanwise.generator.numerics.rounding import round_half_away
from fanwise.generator.plan import BoundColumn, BoundFanout, Expectation
from fanwise.generator.plan.bound import DEFAULT_ROUND
from fanwise.generator.plan.profiles import Place, Profile, code_at, conditions, law_at, places, values_at

__all__ = ["ChildLaw", "ReferenceLaw", "Unknown", "ValueLaw"]

_STRATA = 1 << 12
_SUMMED = 1 << 20  # ranks of a zipf that are summed one by one; the rest by integral
_FINE = 0.25  # in standard deviations: a rounding step below it leaves mean and variance alone


class Unknown(Exception):
    """No declared law describes this."""


@dataclass(frozen=True, slots=True)
class Value:
    """The chance that a row has a value that counts, and mean and variance of it."""

    chance: float
    mean: float
    variance: float


ABSENT = Value(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class ValueLaw:
    """One value of a column, or with `label` whether it is that value; `replaced`: rows put in by `when` count too."""

    column: BoundColumn
    label: str | None
    replaced: bool

    @cached_property
    def places(self) -> frozenset[Place]:
        """What the law depends on."""
        found = conditions(self.column.generator)
        when = self.column.when
        if when is None:
            return found
        cases = when.generators if self.replaced else ()
        return found.union({(when.path.steps, when.path.column)}, *(conditions(case) for case in cases))

    def at(self, profile: Profile) -> Value:
        """Return the value of a row with this profile; raises Unknown."""
        when, generator = self.column.when, self.column.generator
        if when is not None:
            case = profile[when.path.steps, when.path.column]
            if case in when.keys:
                if not self.replaced:
                    return ABSENT
                generator = when.generators[when.keys.index(case)]
        chance = 1.0 - self.column.spec.null
        found = self._moments(generator, profile) if self.label is None else _share(generator, profile, self.label)
        if found is None:
            return ABSENT
        if not all(map(math.isfinite, found)):
            raise Unknown
        return Value(chance, *found)

    def _moments(self, generator: Any, profile: Profile) -> tuple[float, float] | None:
        if self.column.spec.type == "text":
            raise Unknown
        if isinstance(generator, Number):
            law = law_at(generator, profile)
            return None if law is None else self._rounded(law)
        if self.column.spec.clamp is not None and generator is self.column.generator:
            raise Unknown
        if isinstance(generator, Constant):
            return None if generator.value is None else (float(generator.value), 0.0)
        if isinstance(generator, Choice) and not isinstance(generator.options, pl.Series):
            code = code_at(generator.cells, profile)
            if generator.missing[code]:
                return None
            weights = np.diff(np.concatenate([[0.0], generator.edges[code], [1.0]]))
            options = generator.options.astype(np.float64)
            mean = float(weights @ options)
            return mean, float(weights @ (options - mean) ** 2)
        raise Unknown

    def _rounded(self, law: CellLaw) -> tuple[float, float]:
        """Return mean and variance after rounding, which matters where its steps are wide against the spread."""
        spec = self.column.spec
        digits = DEFAULT_ROUND if spec.round is None else spec.round
        if spec.type is not None and spec.type.startswith("int"):
            digits = min(digits, 0)
        if law.family.discrete or 10.0**-digits <= _FINE * math.sqrt(law.variance):
            return law.mean, law.variance
        drawn = law.family.sampler([law.params]).quantile((np.arange(_STRATA) + 0.5) / _STRATA, 0)
        bounded = np.clip(drawn, *law.bounds) if any(b is not None for b in law.bounds) else drawn
        values = round_half_away(bounded, digits)
        return float(values.mean()), float(values.var())


def _share(generator: Any, profile: Profile, label: str) -> tuple[float, float] | None:
    found = values_at(generator, profile)
    chances = [chance for value, chance in found if value == label]
    if not chances:
        if [value for value, _ in found] == [None] and isinstance(generator, Choice | Number | Constant):
            return None
        raise Unknown
    share = math.fsum(chances)
    return share, share * (1 - share)


@dataclass(frozen=True)
class ChildLaw:
    """The number of children of one row of the driving parent."""

    fanout: BoundFanout

    @property
    def places(self) -> frozenset[Place]:
        """What the law depends on, seen from the parent."""
        return conditions(self.fanout.generator)

    def at(self, profile: Profile) -> tuple[float, float]:
        """Return mean and variance for a parent with this profile; raises Unknown where there is no variance."""
        law = law_at(self.fanout.generator, profile)
        if law is None:
            return 0.0, 0.0
        if not math.isfinite(law.variance):
            raise Unknown
        return law.mean, law.variance


@dataclass(frozen=True)
class ReferenceLaw:
    """The number of rows that refer to one row, about Poisson; on top of it the spread of the weights.

    The number of referring rows in all is taken as its mean: it is common to all segments, and their ratios ignore it.
    """

    expectation: Expectation
    table: str
    column: BoundColumn

    @property
    def ref(self) -> Ref:
        """The reference; raises Unknown where the rows to choose from are not the whole table."""
        ref = self.column.generator
        assert isinstance(ref, Ref)
        unweighted = ref.weight is None or self.expectation.weight(ref) is not None
        if ref.within is not None or ref.table == ref.own or self.column.when is not None or not unweighted:
            raise Unknown
        return ref

    @cached_property
    def places(self) -> frozenset[Place]:
        """What the weight depends on, seen from the row referred to."""
        weight = self.expectation.weight(self.ref)
        return places(self.ref.weights.cells) | (places(weight.cells) if weight else frozenset())

    @cached_property
    def _each(self) -> float:
        """Rows that refer to a row, for each unit of its weight."""
        rows = self.expectation.rows(self.table) * (1.0 - self.column.spec.null)
        total = math.fsum(mass * weight for _, mass, weight in self.expectation.weighted(self.ref, ()))
        return rows / total if total else 0.0

    @cached_property
    def _spread_of_ranks(self) -> float:
        """Squared coefficient of variation of the zipf weights over the rows referred to."""
        s, n = self.ref.zipf, int(self.expectation.rows(self.ref.table))
        if s is None or n < 2:
            return 0.0
        return max(n * _power_sum(2 * s, n) / _power_sum(s, n) ** 2 - 1.0, 0.0)

    def at(self, profile: Profile) -> tuple[float, float]:
        """Return mean and variance for a row with this profile."""
        ref = self.ref
        mean = self._each * self.expectation.weight_at(ref, profile)
        weight = self.expectation.weight(ref)
        law = law_at(weight, profile) if weight else None
        spread = law.variance / law.mean**2 if law is not None and law.mean > 0 else 0.0
        return mean, mean + mean**2 * (spread + self._spread_of_ranks)


def _power_sum(s: float, n: int) -> float:
    """Return Σ k^-s for k = 1..n."""
    first = min(n, _SUMMED)
    total = float(np.sum(np.arange(1, first + 1, dtype=np.float64) ** -s))
    if n > first:
        low, high = first + 0.5, n + 0.5
        total += math.log(high / low) if s == 1 else (high ** (1 - s) - low ** (1 - s)) / (1 - s)
    return total
