"""What a kind is given when it is bound: where it stands, and what it may know of the rest of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fanwise.generator.columns.support.correlation import Impossible
from fanwise.generator.columns.support.known import KnownColumn
from fanwise.generator.columns.support.nested import Part
from fanwise.generator.columns.support.segments import Cell, Cells
from fanwise.generator.columns.support.uniforms import UniformSource, uniforms_of
from fanwise.generator.distributions.rounded import Rounding
from fanwise.generator.errors import PlanError, Problem
from fanwise.generator.language.spec import ByKey, Column, Dataset, Generator, Path
from fanwise.generator.numerics.randomness import name_key
from fanwise.io.problems import Place
from fanwise.io.yaml import ABSENT

__all__ = ["Binding"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a generator stands, and what a kind may know when it is bound.

    bounds: the limits that the drawn value will be held to (clamp; min and max of a fanout). rounding: what happens to
    fractions after that, if they are written as numbers. as_day: of an instant only the day is written. unique: the
    column is declared unique. rows: expected number of rows of a table of the plan. column_of: a column of the plan by
    table and name, bound when first asked for. bind: binds a nested generator (the lag of `after`) under another key of
    the same column, or of a column that is given third. inner: binds a part of a nested value.
    """

    dataset: Dataset
    table: str
    column: str
    generator: Generator
    seed: int
    rows: Callable[[str], float]
    column_of: Callable[[str, str], KnownColumn]
    bind: Callable[..., Any]
    bounds: tuple[float | None, float | None] = (None, None)
    unique: bool = False
    part: str = ""
    rounding: Rounding | None = None
    as_day: bool = False
    inner: Callable[[Column, str], Part] = field(kw_only=True)

    @property
    def key(self) -> int:
        """The 64-bit key of this column's draws."""
        return name_key(self.seed, self.table, self.column, *([self.part] if self.part else []))

    @property
    def uniforms(self) -> UniformSource:
        """The source of the uniforms that this column is drawn from (raises PlanError for impossible correlations)."""
        try:
            return uniforms_of(
                self.key,
                self.generator,
                lambda path: self.known(path).quantile_of,
                shared=not self.part and any(self._goes_along(column) for column in self._siblings),
            )
        except Impossible as error:
            raise self.error("FW-PLAN-CORRELATION", error.place, error.why, error.hint) from None

    @property
    def _siblings(self) -> Iterable[Column]:
        """The columns of the same rows; none for a fanout, whose rows are those of the parent."""
        return self.dataset.tables[self.table].columns.values() if self.column else ()

    def _goes_along(self, column: Column) -> bool:
        """Return whether a column of the same rows is correlated with this one."""
        return any(one.path.column == self.column and not one.path.steps for one in column.generator.correlate)

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
