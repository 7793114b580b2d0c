"""What a column kind is, and what it is given at plan time.

A kind is a class whose instances draw one column, and answer what is known of it. The built-in kinds are in
`fanwise.generator.columns.BUILTIN`; other packages register theirs under the entry point group ``fanwise.columns``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.support.binding import Binding
from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.formulas import Aggregation, Exposure, Formula, Numbered, Renewals, Siblings
from fanwise.generator.columns.support.known import Nature
from fanwise.generator.columns.support.laws import Claim, Declared, Moments, Timeline, Variety
from fanwise.generator.columns.support.months import Season
from fanwise.generator.columns.support.nulls import Nullability, may_be_undetermined
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.timing import Timing
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.language.literals import label_of
from fanwise.generator.language.spec import Covariate, End, Generator, Path, Profile
from fanwise.generator.values import Values

__all__ = ["DEFAULT_ROUND", "Binding", "ColumnKind", "LanedKind"]

DEFAULT_ROUND = 6


class ColumnKind(Timeline, ABC):
    """One generator of a kind: draws a column, and answers what is known of it.

    A kind has to name itself, bind and draw. All other answers have defaults that are safe: nothing is known.

    names: the kinds of the language that the class stands for. spec: the declaration. dtype: the Polars type of what is
    drawn. needs_number: it asks for row numbers (which fanouts cannot know). bounded: `moments` heed the bounds.
    is_history: values follow one another in the order of the rows below a parent. ascends: so do instants; None where
    they are not events by themselves. independent: each row draws for itself from `domain`. differs_below: no two rows
    below one parent are alike. type_name: of the language, where `dtype` does not say it.
    """

    __slots__ = ()
    names: ClassVar[tuple[str, ...]]
    spec: Generator
    dtype: pl.DataType
    needs_number: bool = False
    bounded: bool = False
    is_history: bool = False
    independent: bool = False
    ascends: bool | None = None
    differs_below: bool = False
    type_name: str | None = None

    @classmethod
    @abstractmethod
    def bind(cls, binding: Binding) -> Self:
        """Return the generator for this place (raises PlanError when the parameters cannot be met)."""

    @abstractmethod
    def draw(self, ctx: GenerationContext) -> Values:
        """Return the values of the context's rows."""

    @property
    def integral(self) -> bool:
        """Whether values are kept as integers."""
        return self.dtype.is_integer()

    @property
    def nature(self) -> Nature:
        """What sort of thing the values are."""
        return "text" if self.dtype == pl.String else "time" if self.dtype.is_temporal() else "other"

    @property
    def digits(self) -> int | None:
        """The digits after the point that fractions are rounded to where `round` says nothing; None: they stay."""
        return DEFAULT_ROUND

    @property
    def rounds_away(self) -> bool:
        """Whether rounding makes every value 0, though none is drawn as 0."""
        return False

    @property
    def reference(self) -> ReferenceKind | None:
        """The reference that this is, if it is one."""
        return None

    @property
    def copies(self) -> Covariate | None:
        """Where a value is only read from, if that is all that is done."""
        return None

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the row that are added up, where that is all that is done."""
        return ()

    @property
    def held_elsewhere(self) -> str:
        """Why a value cannot be held at another one, where that has to be done elsewhere."""
        return ""

    @property
    def quantile_of(self) -> UniformSource | str:
        """The uniforms that each value is the quantile of, so that it rises with them; as text, why there are none."""
        return "it has no inverse distribution function"

    @property
    def listed(self) -> Sequence[str | None] | None:
        """The values of all rows of the table in their order, as text, where they are given; None: they are drawn."""
        return None

    @property
    def possible(self) -> Sequence[Any] | None:
        """All values that may be drawn; None: they cannot be listed."""
        return None

    @property
    def combinations(self) -> tuple[tuple[Path, ...], tuple[tuple[str, ...], ...]] | None:
        """Paths, and what a value and theirs can be together, as text; None: any value goes with any other."""
        return None

    @property
    def counted(self) -> Path | None:
        """The column whose whole number a fanout makes, if that is all that is done."""
        return None

    @property
    def lengths(self) -> tuple[int, int] | None:
        """The fewest and the most characters of a value that is written as text; None: they are not known."""
        sizes = [len(label_of(value)) for value in self.possible or () if value is not None]
        return (min(sizes), max(sizes)) if sizes else None

    @property
    def interval(self) -> tuple[End, End | None] | None:
        """The ends between which an instant lies, where they are declared."""
        return None

    def never(self, ctx: GenerationContext) -> str:
        """Return why a fanout makes no row below any of these rows, if it is sure to; else ""."""
        return ""

    @property
    def timing(self) -> Timing | None:
        """How an instant lies between two ends, where that is all that is declared of it."""
        return None

    @property
    def season(self) -> Season | None:
        """What is declared of the months of an instant, where they are not alike."""
        return None

    @property
    def formula(self) -> Formula | None:
        """How a value follows from others, where it does from nothing else."""
        return None

    @property
    def conditions(self) -> Sequence[Formula]:
        """Conditions on the row that hold wherever there is a value."""
        return ()

    def shown_elsewhere(self, covariate: Covariate) -> bool:
        """Return whether another column of the row shows all that a covariate does to this one."""
        return False

    @property
    def aggregation(self) -> Aggregation | None:
        """The aggregate over rows below that a value is, if it is one."""
        return None

    @property
    def per_unit(self) -> Exposure | None:
        """What the declared mean is multiplied by in each row."""
        return None

    @property
    def bent(self) -> str:
        """Why the means may have another ratio than the declared ones, or ""."""
        return ""

    def exposures(self, ctx: GenerationContext) -> Floats:
        """Return what the declared mean is multiplied by in each row of the context, float64 (n,)."""
        return np.ones(len(ctx))

    @property
    def siblings(self) -> Siblings | None:
        """How a value follows from those of the rows below the same parent, where it does from nothing else."""
        return None

    @property
    def renewals(self) -> Renewals | None:
        """The process in the interval of the parent whose instants the values are."""
        return None

    @property
    def ends_before(self) -> Path | None:
        """The column whose value in the next row below the same parent no value is above."""
        return None

    @property
    def numbering(self) -> Numbered | None:
        """How the values number the rows of the whole table, where they do."""
        return None

    @property
    def counts_up(self) -> bool:
        """Whether the values of the rows below one parent rise from row to row."""
        return False

    @property
    def distribution(self) -> tuple[Cells, Sequence[CellDistribution | None]] | None:
        """The cells of its distribution, and the law in each; without laws where it has `domain` alone."""
        return None

    @property
    def files(self) -> Mapping[str, str]:
        """The SHA-256 of each file that values are drawn from, by name."""
        return {}

    @property
    def covariates(self) -> frozenset[Covariate]:
        """What the distribution of a value depends on: the columns that parameters and multipliers are given by."""
        return self.spec.covariates

    def may_be_null(self, nulls: Nullability) -> bool:
        """Return whether a value may be null; by default where a parameter may have no value for a row."""
        return may_be_undetermined(self.spec, nulls)

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        """Return the values in a row with this profile, as text, each with its chance; None: they cannot be listed."""
        return None

    def moments(self, profile: Profile) -> Moments | None:
        """Return the moments of the value of a row with this profile, within its bounds; None: they are not known."""
        return None

    def variety(self) -> Variety:
        """Return how many different values the rows may have, and how often two are alike."""
        return Variety()

    @property
    def repeats(self) -> float | None:
        """The chance that two rows have the same value is at most this; None: not known."""
        return self.variety().alike

    @property
    def drawn_characters(self) -> Sequence[tuple[int, str]]:
        """Places of a text, from 1 or from -1 at its end, each with the characters that are drawn there alike."""
        return ()

    def extremes(self, rows: float) -> tuple[float, float] | None:
        """Return two numbers beyond each of which about one of so many rows lies, or none; None: not known."""
        return None

    def tail(self) -> tuple[tuple[float, float], ...]:
        """Return pairs (p, r), p falling: a value is above r times the mean with the chance p; empty: not known."""
        return ()

    def largest(self, tail: float) -> float:
        """Return a number that a value exceeds with at most this probability."""
        return float("inf")

    @property
    def support(self) -> tuple[float, float]:
        """The numbers that no value is below, and above."""
        return float("-inf"), float("inf")

    def smallest(self) -> float:
        """Return a number that no value is below."""
        return self.support[0]

    def means(self) -> Iterator[tuple[str, float, float]]:
        """Yield the means that differ by segment or that bounds move: where, as declared, and within the bounds."""
        return iter(())

    def declared(self) -> Declared | None:
        """Return the mean that the file declares, read from `spec` and not from what draws; None: it declares none."""
        return None

    @property
    def dispersion(self) -> float | None:
        """Variance over mean, where that is the same for all means."""
        return None

    def claims(self, covariate: Covariate) -> Iterator[Claim]:
        """Yield what an audit can measure of the effect that a covariate has; by default on the declared mean."""
        declared = self.declared()
        if declared is not None:
            yield Claim("value", declared)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        """Return why a row of the context can never have the value `cell`, or "" where it may.

        cell: the physical value: a number, a text, or microseconds and days since 1970-01-01.
        """
        return ""

    @property
    def summary(self) -> str:
        """The declaration in a few words."""
        return self.spec.kind

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        """Yield how the value of one row comes about."""
        if self.needs_number:
            yield Fact("row number", int(ctx.rows.numbers[row]))


class LanedKind(ColumnKind):
    """A kind whose draw can be repeated on other lanes, and inverted (the numbers)."""

    __slots__ = ()
    uniforms: UniformSource
    cells: Cells
    sampler: Sampler

    @abstractmethod
    def draw_lane(self, ctx: GenerationContext, lane: int, rows: Ints | None = None) -> Values:
        """Return the draw of one lane, of these rows (None: all); lanes are independent."""

    @abstractmethod
    def draw_lanes(self, ctx: GenerationContext, lanes: range, rows: Ints) -> Values:
        """Return what `draw_lane` returns of these rows for each of several lanes from 1 on, lane after lane."""
