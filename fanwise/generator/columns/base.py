"""What a column kind is, and what it is given at plan time.

A kind is a class whose instances draw one column. The built-in kinds are in `fanwise.generator.columns.BUILTIN`;
other packages register theirs under the entry point group ``fanwise.columns``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar

import polars as pl

from fanwise.generator.columns.support.segments import Cell, Cells
from fanwise.generator.context import GenerationContext
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.errors import PlanError, Problem
from fanwise.generator.language.spec import ByKey, Dataset, Generator, Path
from fanwise.generator.numerics.randomness import name_key
from fanwise.generator.values import Values
from fanwise.io.problems import Place

T = TypeVar("T")


class KnownColumn(Protocol):
    """What a kind may know of another column: the type of its values, and whether they are kept as integers."""

    @property
    def dtype(self) -> pl.DataType: ...

    @property
    def integral(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a generator stands, and what a kind may know when it is bound.

    bounds: the limits that the drawn value will be held to (clamp; min and max of a fanout). unique: the column is
    declared unique. rows: expected number of rows of a table of the plan. column_of: a column of the plan by table and
    name, bound when first asked for. bind: binds a nested generator (the lag of `after`) under another key of the
    same column.
    """

    dataset: Dataset
    table: str
    column: str
    generator: Generator
    seed: int
    rows: Callable[[str], float]
    column_of: Callable[[str, str], KnownColumn]
    bind: Callable[[Generator, str], LanedGenerator]
    bounds: tuple[float | None, float | None] = (None, None)
    unique: bool = False
    part: str = ""

    @property
    def key(self) -> int:
        """The 64-bit key of this column's draws."""
        return name_key(self.seed, self.table, self.column, *([self.part] if self.part else []))

    def require_room(self, size: int) -> None:
        """Raise PlanError when a unique column has fewer values to choose from than the table has rows."""
        rows = self.rows(self.table)
        if self.unique and size < rows:
            about = "about " if rows % 1 else ""
            why = f"unique, but only {size:,} values for {about}{rows:,.0f} rows"
            raise self.error("FW-PLAN-UNIQUE", (*self.generator.place, "unique"), why)

    def dtype(self, path: Path) -> pl.DataType:
        """Return the type of what a path leads to."""
        return self.column_of(path.target, path.column).dtype

    def place(self, parameter: str, cell: Cell | None = None) -> Place:
        """Return where a parameter stands; where it differs by cell, the number that acts in `cell`."""
        value = self.generator.params.get(parameter)
        if cell is not None and isinstance(value, ByKey):
            return cell.acting(value)[1]
        return (*self.generator.place, self.generator.kind, *parameter.split("."))

    def error(self, code: str, place: Place, why: str, hint: str = "") -> PlanError:
        """Return the error of what stands at a place (see `place`); it shows the value there."""
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

    names: the kinds of the language that the class stands for. dtype: the Polars type of what it draws. needs_number:
    it asks for row numbers (which fanouts cannot know).
    """

    __slots__ = ()
    names: ClassVar[tuple[str, ...]]
    dtype: pl.DataType
    needs_number: bool = False

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


class LanedGenerator(Protocol):
    """A generator whose draw can be repeated on other lanes, and inverted (the numbers)."""

    @property
    def key(self) -> int: ...

    @property
    def needs_number(self) -> bool: ...

    @property
    def cells(self) -> Cells: ...

    @property
    def sampler(self) -> Sampler: ...

    def draw_lane(self, ctx: GenerationContext, lane: int) -> Values:
        """Return the draw of one lane; lanes are independent."""
        ...
