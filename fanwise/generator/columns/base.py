"""What a column kind is, and what it is given at plan time.

A kind is a class whose instances draw one column, and answer what is known of it. The built-in kinds are in
`fanwise.generator.columns.BUILTIN`; other packages register theirs under the entry point group ``fanwise.columns``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

import polars as pl

from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.correlation import Impossible
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.formulas import Aggregation, Formula, Siblings
from fanwise.generator.columns.support.known import KnownColumn, Nature
from fanwise.generator.columns.support.laws import Claim, Declared, Moments, Variety
from fanwise.generator.columns.support.months import Season
from fanwise.generator.columns.support.nulls import Nullability, may_be_undetermined
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.columns.support.segments import Cell, Cells
from fanwise.generator.columns.support.uniforms import UniformSource, uniforms_of
from fanwise.generator.context import GenerationContext
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.distributions.rounded import Rounding
from fanwise.generator.errors import PlanError, Problem
from fanwise.generator.language.literals import label_of
from fanwise.generator.language.spec import ByKey, Covariate, Dataset, End, Generator, Path, Profile
from fanwise.generator.numerics.randomness import name_key
from fanwise.generator.values import Values
from fanwise.io.problems import Place
from fanwise.io.yaml import ABSENT

T = TypeVar("T")

DEFAULT_ROUND = 6


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a generator stands, and what a kind may know when it is bound.

    bounds: the limits that the drawn value will be held to (clamp; min and max of a fanout). rounding: what happens to
    fractions after that, if they are written as numbers. as_day: of an instant only the day is written. unique: the
    column is declared unique. rows: expected number of rows of a table of the plan. column_of: a column of the plan by
    table and name, bound when first asked for. bind: binds a nested generator (the lag of `after`) under another key of
    the same column, or of a column that is given third.
    """

    dataset: Dataset
    table: str
    column: str
    generator: Generator
    seed: int
    rows: Callable[[str], float]
    column_of: Callable[[str, str], KnownColumn]
    bind: Callable[..., ColumnKind]
    bounds: tuple[float | None, float | None] = (None, None)
    unique: bool = False
    part: str = ""
    rounding: Rounding | None = None
    as_day: bool = False

    @property
    def key(self) -> int:
        """The 64-bit key of this column's draws."""
        return name_key(self.seed, self.table, self.column, *([self.part] if self.part else []))

    @property
    def uniforms(self) -> UniformSource:
        """The source of the uniforms that this column is drawn from (raises PlanError for impossible correlations)."""
        try:
            return uniforms_of(self.key, self.column, self.generator, lambda path: self.known(path).quantile_of)
        except Impossible as error:
            raise self.error("FW-PLAN-CORRELATION", error.place, error.why, error.hint) from None

    def require_room(self, size: int) -> None:
        """Raise PlanError when a unique column has fewer values to choose from than the table has rows."""
        rows = self.rows(self.table)
        if self.unique and size < rows:
            about = "about " if rows % 1 else ""
            why = f"unique, but only {size:,} values for {about}{rows:,.0f} rows"
            raise self.error("FW-PLAN-UNIQUE", (*self.generator.place, "unique"), why)

    def known(self, path: Path) -> KnownColumn:
        """Return what is known of the column that a path leads to."""
        return self.column_of(path.target, path.column)

    def place(self, parameter: str, cell: Cell | None = None) -> Place:
        """Return where a parameter stands; where it differs by cell, the number that acts in `cell`."""
        value = self.generator.params.get(parameter)
        if cell is not None and isinstance(value, ByKey):
            return cell.acting(value)[1]
        kind = (*self.generator.place, self.generator.kind)
        place = (*kind, *parameter.split("."))
        return kind if self.dataset.document.at(place) is ABSENT else place  # `pattern: A-#` has no key of its own

    def error(self, code: str, place: Place, why: str, hint: str = "") -> PlanError:
        """Return the error of the value at a place (see `place`); it shows that value."""
        return PlanError(self.dataset.problem(code, place, why, hint))

    def of_each(self, cells: Cells, step: Callable[[Cell], T]) -> list[T]:
        """Return what `step` makes of each cell; raise one PlanError with the problems of all, one for each place."""
        made: list[T] = []
        found: dict[str, Problem] = {}
        for cell in cells.cells:
            try:
                made.append(step(cell))
            except PlanError as error:
                found = {**{problem.path: problem for problem in error.problems}, **found}
        if found:
            raise PlanError(found.values())
        return made


class ColumnKind(ABC):
    """One generator of a kind: draws a column, and answers what is known of it.

    A kind has to name itself, bind and draw. All other answers have defaults that are safe: nothing is known.

    names: the kinds of the language that the class stands for. spec: the declaration. dtype: the Polars type of what is
    drawn. needs_number: it asks for row numbers (which fanouts cannot know). bounded: `moments` heed the bounds.
    is_history: values follow one another in the order of the rows below a parent. ascends: so do instants; None where
    they are not events by themselves. independent: each row draws for itself from `domain`. differs_below: no two rows
    below one parent are alike.
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

    @property
    def season(self) -> Season | None:
        """What is declared of the months of an instant, where they are not alike."""
        return None

    @property
    def formula(self) -> Formula | None:
        """How a value follows from others, where it does from nothing else."""
        return None

    @property
    def aggregation(self) -> Aggregation | None:
        """The aggregate over rows below that a value is, if it is one."""
        return None

    @property
    def siblings(self) -> Siblings | None:
        """How a value follows from those of the rows below the same parent, where it does from nothing else."""
        return None

    @property
    def ends_before(self) -> Path | None:
        """The column whose value in the next row below the same parent no value is above."""
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
    def draw_lane(self, ctx: GenerationContext, lane: int) -> Values:
        """Return the draw of one lane; lanes are independent."""
