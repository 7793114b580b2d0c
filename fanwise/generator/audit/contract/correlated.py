"""What is drawn with correlations, as a reader of the files sees it: columns, and numbers of rows below a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from fanwise.generator.audit.contract.written_scores import Floats, cuts_of
from fanwise.generator.columns.base import ColumnKind
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.segments import CellAxis
from fanwise.generator.language.spec import Covariate, Generator, Step
from fanwise.generator.moments.dependence import innovations, is_size_biased
from fanwise.generator.plan import Plan
from fanwise.io.problems import Place

__all__ = ["Drawn", "Unseen", "drawn_by", "drawn_of"]

Route = tuple[tuple[str, ...], ...]


class Unseen(Exception):
    """A correlation that the files do not show; the text says why, as the end of a sentence after `because`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column of `table`, or without one the number of rows of `rows` below each row of `table`.

    dtype, decimals: of what is written. unusable: why the files do not show the ranks of the draws, or "".
    """

    table: str
    column: str
    rows: str | None
    generator: ColumnKind
    dtype: pl.DataType
    decimals: int | None
    claim: Literal["ratio", "direction", "none"]
    place: Place
    unusable: str = ""

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return f"{self.table}.{self.column}" if self.rows is None else f"{self.rows} per {self.table}"

    @property
    def spec(self) -> Generator:
        """The declaration."""
        return self.generator.spec

    @property
    def axes(self) -> tuple[CellAxis, ...]:
        """What the distribution depends on."""
        found = self.generator.distribution
        return () if found is None else found[0].axes

    @property
    def order(self) -> tuple[str, ...]:
        """The values of a text from the lowest to the highest."""
        return tuple(map(str, self.generator.possible or ())) if self.dtype == pl.String() else ()

    def cuts(self, at: Mapping[Covariate, str | None]) -> Floats:
        """Return the shares of the draws below each step of the values (raises Unseen)."""
        found = cuts_of(self.generator, self.dtype, self.decimals, at)
        if found is None:
            raise Unseen(f"the distribution of {self.name} is not known")
        return found

    def ways(self, plan: Plan) -> list[tuple[Step, ...]]:
        """Return the ways to the rows that other rows share draws with: the root row, and rows referred to."""
        up: list[Step] = []
        at = self.table
        while (parent := plan.tables[at].parent) is not None:
            up.append(Step(parent))
            at = parent
        ways: dict[tuple[Step, ...], None] = {}
        for steps, _ in sorted(innovations(self.generator), key=repr):
            if any(step.column is not None for step in steps):
                ways[steps] = None
            elif steps:
                ways[tuple(up)] = None
        return list(ways)

    def clusters(self, plan: Plan) -> tuple[Route, ...]:
        """Return the routes to the rows that other rows share draws with (raises Unseen)."""
        routes = [plan.schema.route(self.table, way) for way in self.ways(plan)]
        found = tuple(route for route in routes if route is not None)
        if len(found) < len(routes):
            raise Unseen(f"the files do not show which rows of {self.table} have draws in common")
        return found

    def check(self, plan: Plan) -> None:
        """Raise Unseen where the ranks of the written values are not those of the draws of any one row."""
        if self.unusable:
            raise Unseen(self.unusable)
        if is_size_biased(plan.tables, self.table, self.generator):
            raise Unseen(f"there are more rows of {self.table} where it is high, or low")
        for steps, _ in innovations(self.generator):
            at = self.table
            for step in steps:
                if step.column is not None:
                    ref = plan.tables[at].columns[step.column].generator.reference
                    if ref is None or ref.weight is not None or ref.zipf is not None or ref.conditional:
                        raise Unseen(f"{at}.{step.column} refers to some rows more often than to others")
                at = step.table


def drawn_of(plan: Plan, table: str) -> Iterator[Drawn]:
    """Yield the columns of a table, and the numbers of rows below its rows."""
    for name in plan.tables[table].columns:
        yield drawn_by(plan, table, name)
    for child, below in plan.tables[table].children.items():
        fanout = below.fanout
        assert fanout is not None
        generator = fanout.generator
        why = f"{child} is hidden" if child not in plan.schema.tables else ""
        if not why and plan.schema.route(child, (Step(table),)) is None:
            why = f"{child} does not have the key of {table}"
        yield Drawn(table, "", child, generator, pl.Int64(), 0, fanout.spec.claims.rest, fanout.spec.place, why)


def drawn_by(plan: Plan, table: str, column: str) -> Drawn:
    """Return a column of a table."""
    bound = plan.tables[table].columns[column]
    spec, why = bound.spec, ""
    if table not in plan.schema.tables:
        why = f"{table} is hidden"
    elif spec.hidden:
        why = f"{table}.{column} is hidden"
    elif type(bound) is not BoundColumn:
        why = f"values of {table}.{column} are pinned"
    elif spec.when is not None:
        why = f"`when` replaces values of {table}.{column}"
    elif spec.type in ("text", "float32"):
        why = f"{table}.{column} is written as {spec.type}"
    return Drawn(table, column, None, bound.generator, bound.dtype, bound.decimals, spec.claims.rest, spec.place, why)
