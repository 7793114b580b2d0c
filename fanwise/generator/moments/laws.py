"""The number of rows that refer to one row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.laws import Exact, Moments
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.language.spec import Covariate, Profile
from fanwise.generator.moments.profiles import Profiles

__all__ = ["INFINITE", "CountLaw", "ReferenceLaw", "Unknown"]

INFINITE = "has no finite variance"
"""The one reason that no number of generated rows cures."""

_SUMMED = 1 << 20  # ranks of a zipf that are summed one by one; the rest by integral


class Unknown(Exception):
    """No declared distribution describes this; the message ends a sentence about the metric: `is computed by expr`."""


class CountLaw(Protocol):
    """The number of rows below one row, along an edge."""

    @property
    def covariates(self) -> frozenset[Covariate]:
        """What it depends on, seen from the row above."""
        ...

    def moments(self, profile: Profile) -> Moments | None:
        """Return mean and variance for a row with this profile; None where they are not known."""
        ...


@dataclass(frozen=True)
class ReferenceLaw:
    """The number of rows that refer to one row, about Poisson; on top of it the spread of the weights.

    The number of referring rows in all is taken as its mean: it is common to all segments, and their ratios ignore it.
    """

    profiles: Profiles
    table: str
    column: BoundColumn

    @cached_property
    def ref(self) -> ReferenceKind:
        """The reference; raises Unknown where the rows to choose from are not the whole table."""
        ref = self.column.generator.reference
        assert ref is not None
        unweighted = ref.weight is None or self.profiles.weight(ref) is not None
        if ref.conditional or ref.table == ref.own or self.column.when is not None or not unweighted:
            raise Unknown("follows a reference that has no formula")
        return ref

    @property
    def covariates(self) -> frozenset[Covariate]:
        """What the weight depends on, seen from the row referred to."""
        return self.profiles.weight_covariates(self.ref)

    @cached_property
    def _each(self) -> float:
        """Rows that refer to a row, for each unit of its weight."""
        rows = self.profiles.rows(self.table) * (1.0 - self.column.spec.null)
        total = math.fsum(mass for _, mass in self.profiles.weighted(self.ref, ()))
        return rows / total if total else 0.0

    @cached_property
    def _spread_of_ranks(self) -> float:
        """Squared coefficient of variation of the zipf weights over the rows referred to."""
        s, n = self.ref.zipf, int(self.profiles.rows(self.ref.table))
        if s is None or n < 2:
            return 0.0
        return max(n * power_sum(2 * s, n) / power_sum(s, n) ** 2 - 1.0, 0.0)

    def moments(self, profile: Profile) -> Moments:
        """Return mean and variance for a row with this profile."""
        weight = self.profiles.weight(self.ref)
        law = weight.generator.moments(profile) if weight is not None else None
        spread = law.variance / law.mean**2 if law is not None and law.mean > 0 else 0.0
        mean = self._each * self.profiles.weight_at(self.ref, profile)
        return Exact(mean, mean + mean**2 * (spread + self._spread_of_ranks))


def power_sum(s: float, n: int) -> float:
    """Return Σ k^-s for k = 1..n."""
    first = min(n, _SUMMED)
    total = float(np.sum(np.arange(1, first + 1, dtype=np.float64) ** -s))
    if n > first:
        low, high = first + 0.5, n + 0.5
        total += math.log(high / low) if s == 1 else (high ** (1 - s) - low ** (1 - s)) / (1 - s)
    return total
