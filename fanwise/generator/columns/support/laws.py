"""What a kind says of the law of its values: moments, the declared mean, and what an audit can measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal, Protocol

from fanwise.generator.language.literals import Scalar
from fanwise.generator.language.spec import Covariate, Profile
from fanwise.io.problems import Place

__all__ = ["ABSENT", "Claim", "Declared", "Exact", "Moments", "Timeline", "Variety", "listed_moments"]


class Moments(Protocol):
    """The chance that there is a value, and mean and variance of it."""

    @property
    def chance(self) -> float: ...

    @property
    def mean(self) -> float: ...

    @property
    def variance(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Exact:
    """Moments that are known as numbers."""

    mean: float
    variance: float
    chance: float = 1.0


ABSENT = Exact(0.0, 0.0, 0.0)


def listed_moments(values: list[tuple[float, float]]) -> Exact:
    """Return the moments of values with their chances, which sum to 1."""
    mean = sum(value * chance for value, chance in values)
    return Exact(mean, sum((value - mean) ** 2 * chance for value, chance in values))


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared mean at a profile (None: such a row has no value), and what it depends on."""

    mean: Callable[[Profile], float | None]
    covariates: frozenset[Covariate]


@dataclass(frozen=True, slots=True)
class Claim:
    """What an audit can measure: the mean of a column, or the share of one value.

    declared: what it should be. is_mean: the share is the mean, as values are 0 and 1. kept: False where rounding moves
    the means to other ratios than the declared ones; their order is left. place: of the numbers per segment that make
    it, where the generator has others too.
    """

    measure: Literal["value", "share"]
    declared: Declared
    value: Scalar = None
    is_mean: bool = False
    kept: bool = True
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Variety:
    """How many different values a column may have at most, and the chance that two of its rows have the same one.

    values: infinite where it is not known. alike: 0 where no two rows are alike, None where it is not known.
    """

    values: float = inf
    alike: float | None = None


class Timeline:
    """What a kind knows of its instants; by default nothing."""

    __slots__ = ()

    def instants_before(self, shares: Sequence[float]) -> tuple[tuple[float, float], ...]:
        """Return instants near these quantiles (seconds since 1970-01-01), each with the share of values up to it.

        Empty where rows draw between ends of their own, or the kind draws no instants.
        """
        return ()
