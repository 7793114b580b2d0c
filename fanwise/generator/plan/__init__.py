"""Dataset -> Plan: the table graph in order, kinds bound, rows expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from fanwise.generator.columns.base import ColumnKind
from fanwise.generator.columns.bound import BoundColumn, BoundFanout, BoundTable
from fanwise.generator.errors import PlanError, UsageError
from fanwise.generator.language.spec import Dataset
from fanwise.generator.moments.profiles import Profiles
from fanwise.generator.plan.compile import MAX_ROWS, Compiler, root_rows
from fanwise.generator.plan.defects import misplaced
from fanwise.generator.plan.schema import RelationalSchema, relational_schema
from fanwise.io.problems import Place

__all__ = ["MAX_ROWS", "BoundColumn", "BoundFanout", "BoundTable", "Plan", "Profiles", "compile_plan"]


@dataclass(frozen=True)
class Plan:
    """All that is needed to generate a data set; a pure function of schema, seed, scale and rows.

    tables: in the order of generation, each after its driving parent and after the tables that it refers to.
    rows: the rows of each root. lags: of the defects that move instants, by their places.
    """

    dataset: Dataset
    seed: int
    scale: float
    rows: Mapping[str, int]
    tables: Mapping[str, BoundTable]
    profiles: Profiles
    lags: Mapping[Place, ColumnKind] = field(default_factory=dict)

    @property
    def roots(self) -> tuple[BoundTable, ...]:
        """The tables without a driving parent."""
        return tuple(table for table in self.tables.values() if table.parent is None)

    def root(self, table: str) -> str:
        """Return the name of the root table above a table; a root's own."""
        while (parent := self.tables[table].parent) is not None:
            table = parent
        return table

    def again(self, *, seed: int | None = None, rows: Mapping[str, int] | None = None) -> Plan:
        """Return the plan of the same data set with another seed, or other rows of some roots.

        Raises PlanError for what no data meets, UsageError for the rows of a table that are given in the file.
        """
        given = {name for name in self.rows if self.dataset.tables[name].given is not None}
        sizes = {name: count for name, count in self.rows.items() if name not in given} | dict(rows or {})
        return compile_plan(self.dataset, seed=self.seed if seed is None else seed, scale=self.scale, rows=sizes)

    def reseeded(self, seed: int) -> Plan:
        """Return this plan with other draws, for a pilot on one thread.

        Nothing is checked again, and a column is bound when it is first asked for. Expected rows and profiles do not
        depend on a seed, so they are those of this plan.
        """
        compiler = Compiler(self.dataset, seed, self.rows, self.profiles)
        compiler.connect()
        tables = {name: compiler.tables[name] for name in self.tables}
        return Plan(self.dataset, seed, self.scale, self.rows, tables, self.profiles)

    @cached_property
    def expected_rows(self) -> dict[str, float]:
        """Expected rows per table, from the declared distributions."""
        return {name: self.profiles.rows(name) for name in self.tables}

    @cached_property
    def schema(self) -> RelationalSchema:
        """Types, nullability, digits and foreign keys of all columns."""
        return relational_schema(self.dataset, self.tables)

    @cached_property
    def files(self) -> dict[str, str]:
        """The SHA-256 of each file that values are drawn from, by `file NAME`: it decides values as a version does."""
        columns = [column for table in self.tables.values() for column in table.columns.values()]
        drawing = [g for c in columns for g in (c.generator, *(c.when.generators if c.when else ()))]
        return {f"file {name}": sha256 for generator in drawing for name, sha256 in generator.files.items()}


def compile_plan(
    dataset: Dataset, *, seed: int | None = None, scale: float = 1.0, rows: Mapping[str, int] | None = None
) -> Plan:
    """Return the plan of a data set.

    `seed` overrides the file's; `scale` multiplies the rows of every root that allows it; `rows` sets roots' rows after
    that. Raises UsageError for an argument that does not fit, PlanError (all problems) for a schema that no data meets.
    """
    sizes = root_rows(dataset, scale, rows or {})
    chosen = dataset.seed if seed is None else seed
    if not 0 <= chosen < 2**63:
        raise UsageError(
            "FW-USAGE-VALUE", f"seed {chosen} is out of range", "give a whole number from 0 to 9223372036854775807"
        )
    compiler = Compiler(dataset, chosen, sizes)
    compiler.compile()
    tables = {name: compiler.tables[name] for name in _order(dataset)}
    plan = Plan(dataset, chosen, scale, sizes, tables, compiler.profiles, compiler.lags)
    if problems := [problem for defect in dataset.defects for problem in misplaced(dataset, plan.schema, defect)]:
        raise PlanError(problems)
    return plan


def _order(dataset: Dataset) -> list[str]:
    """Return the tables, each after its parent and the tables it refers to; otherwise as in the file."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in done:
            return
        table = dataset.tables[name]
        needs = [table.parent] if table.parent else []
        needs += [column.reference.table for column in table.columns.values() if column.reference is not None]
        for need in needs:
            if need != name:
                visit(need)
        done[name] = None

    for name in dataset.tables:
        visit(name)
    return list(done)
