"""The relational schema of a plan: types, nullability, digits and foreign keys, decided once.

The contract, the statements of a database, pins, Spark and the writers of files read it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from fanwise.generator.columns.bound import BoundColumn, BoundTable
from fanwise.generator.columns.support.known import Nature
from fanwise.generator.columns.support.types import type_word, zoned
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Dataset, Path, Step, Table
from fanwise.generator.plan.foreign_keys import ForeignKey, foreign_keys
from fanwise.generator.plan.nulls import Nulls

__all__ = ["ColumnSchema", "RelationalSchema", "Route", "TableSchema", "Words", "relational_schema"]

Route = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """One column.

    dtype: the Polars type that it is written in. type: its name in the language. decimals: the digits after the point
    that its values are rounded to, or None. nature: what sort of thing its values are. required: it is declared to have
    no nulls. comment: what it means if that is described, else how it was declared, in a line.
    """

    dtype: pl.DataType
    type: str
    nullable: bool
    decimals: int | None
    nature: Nature
    unique: bool
    hidden: bool
    comment: str
    required: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What a table and its columns mean: the text, and column name -> text of those that are described."""

    table: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table: its columns in the order of the file, hidden ones too, its key, and the foreign keys that it holds.

    comment: what it means if that is described, else how it comes about. description: what it means, or "".
    """

    columns: Mapping[str, ColumnSchema]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    comment: str
    description: str = ""

    @property
    def words(self) -> Words:
        """What is described of the table and of the columns that are written."""
        texts = {name: column.description for name, column in self.columns.items() if not column.hidden}
        return Words(self.description, {name: text for name, text in texts.items() if text})

    @property
    def types(self) -> dict[str, str]:
        """The columns that are written, with the names of their types in the language."""
        return {name: column.type for name, column in self.columns.items() if not column.hidden}

    @property
    def written(self) -> pl.Schema:
        """The columns that are written, with their types."""
        return pl.Schema({name: column.dtype for name, column in self.columns.items() if not column.hidden})


@dataclass(frozen=True, slots=True)
class RelationalSchema:
    """All tables of a data set, each after those that it refers to.

    problems: edges of the data set that no foreign key shows, and why. hidden: tables that are made and not written.
    """

    name: str
    tables: Mapping[str, TableSchema]
    problems: tuple[Problem, ...]
    hidden: Mapping[str, TableSchema] = field(default_factory=dict)

    @property
    def made(self) -> dict[str, TableSchema]:
        """All tables, the hidden ones too."""
        return {**self.tables, **self.hidden}

    @property
    def written(self) -> dict[str, pl.Schema]:
        """The written columns of each table, with their types."""
        return {name: table.written for name, table in self.tables.items()}

    @property
    def words(self) -> dict[str, Words]:
        """The descriptions of each table."""
        return {name: table.words for name, table in self.tables.items()}

    def route(self, table: str, steps: tuple[Step, ...], *, down: bool = False) -> Route | None:
        """Return the columns of each foreign key along `steps` from `table`, or None where one is not written.

        down: a step to an only child counts, and is written as `>child`.
        """
        route: list[tuple[str, ...]] = []
        for step in steps:
            if step.down and down and any(key.step == Step(table) for key in self.made[step.table].foreign_keys):
                route.append((f">{step.table}",))
                table = step.table
                continue
            key = next((key for key in self.made[table].foreign_keys if key.step == step), None)
            if key is None:
                return None
            route.append(key.columns)
            table = step.table
        return tuple(route)

    def readable(self, path: Path) -> str | None:
        """Return the name by which a reader of the files finds what a path leads to, or None where they lack it."""
        if self.made[path.target].columns[path.column].hidden:
            return None
        if self.route(path.table, path.steps, down=True) is None:
            return None
        if not path.steps:
            return path.column
        if path.steps[-1].down:
            return f"{path.target}.{path.column}" if self._ways(path.table, path.target) == 0 else None
        if path.target != path.table and (self._ways(path.table, path.target) == 1 or self._is_lineage(path)):
            return f"{path.target}.{path.column}"
        first, last = path.steps[0], path.steps[-1]
        if last.column and (len(path.steps) == 1 or self._is_one(path.table, last.column)):
            return f"{last.column}.{path.column}"
        if len(path.steps) == 1:
            return None
        rest = self.readable(replace(path, table=first.table, steps=path.steps[1:]))
        return None if rest is None else f"{first.column or first.table}.{rest}"

    def _is_one(self, table: str, column: str) -> bool:
        """Return whether a reference of this name is reached from a table on one route, and is not its own."""
        having = [
            name for name, made in self.made.items() if any(key.step.column == column for key in made.foreign_keys)
        ]
        return table not in having and sum(self._ways(table, name) for name in having) == 1

    def _is_lineage(self, path: Path) -> bool:
        """Return whether a path leads to an ancestor by parents alone, and no foreign key has the ancestor's name."""
        keys = (key for table in self.made.values() for key in table.foreign_keys)
        named = any(path.target in key.columns for key in keys)
        return not named and not any(step.column or step.down for step in path.steps)

    def _ways(self, table: str, target: str) -> int:
        """Return how many routes lead from one table to another that visit no table twice."""
        ways = 0
        todo: list[tuple[str, ...]] = [(table,)]
        while todo:
            visited = todo.pop()
            if visited[-1] == target:
                ways += 1
                continue
            todo += [(*visited, k.table) for k in self._onward(visited)]
        return ways

    def _onward(self, visited: tuple[str, ...]) -> Iterator[ForeignKey]:
        keys = self.made[visited[-1]].foreign_keys
        return (key for key in keys if key.table not in visited and not key.detour)


def relational_schema(dataset: Dataset, tables: Mapping[str, BoundTable]) -> RelationalSchema:
    """Return the schema of bound tables, in their order."""
    nulls = Nulls(tables)
    problems: list[Problem] = []
    out = {}
    for name, spec in dataset.tables.items():
        keys, unseen = foreign_keys(dataset, tables, nulls, name)
        problems += () if spec.hidden else unseen
        columns = {
            c: _column(bound, nulls.column(name, c), _type(tables, name, c), _described(dataset, bound))
            for c, bound in tables[name].columns.items()
        }
        out[name] = TableSchema(columns, spec.key, keys, _role(spec), spec.description)
    seen = {name: out[name] for name in tables if not dataset.tables[name].hidden}
    hidden = {name: out[name] for name in tables if name not in seen}
    return RelationalSchema(dataset.name, seen, tuple(problems), hidden)


def _type(tables: Mapping[str, BoundTable], table: str, name: str) -> str:
    """Return the language's name of a column's type; what repeats another column without a type has that one's."""
    bound = tables[table].columns[name]
    seen: set[tuple[str, str]] = set()
    while bound.spec.type is None and (table, name) not in seen:
        seen.add((table, name))
        path = bound.spec.source or bound.spec.refers
        if path is None or tables[path.target].columns[path.column].dtype != bound.dtype:
            break
        table, name = path.target, path.column
        bound = tables[table].columns[name]
    return bound.spec.type or bound.generator.type_name or type_word(bound.dtype)


def _described(dataset: Dataset, bound: BoundColumn) -> str:
    """Return what a column means, in words; that of an axis if it holds its segments."""
    place = bound.spec.place
    axes = (axis for axis in dataset.axes.values() if ("tables", axis.table, "columns", axis.column) == place[:4])
    return bound.spec.description or next((axis.description for axis in axes), "")


def _role(table: Table) -> str:
    if table.description:
        return table.description
    if table.given is not None:
        return "lookup table"
    return "root table" if table.parent is None else f"fanned out from {table.parent}"


def _column(bound: BoundColumn, nullable: bool, type_name: str, described: str) -> ColumnSchema:
    spec = bound.spec
    return ColumnSchema(
        zoned(bound.dtype, type_name),
        type_name,
        nullable and not spec.required,
        bound.decimals,
        bound.nature,
        spec.unique,
        spec.hidden,
        described or "; ".join(_comment(bound)),
        spec.required,
        described,
    )


def _comment(bound: BoundColumn) -> Iterator[str]:
    """Yield the kind of a column, what it refers to or is computed from, and its modifiers."""
    spec = bound.spec
    yield bound.generator.summary
    for multiplier in spec.generator.multipliers:
        yield f"multiplier by {multiplier.path.text}"
    if spec.clamp is not None:
        yield "clamp"
    if spec.when is not None:
        yield f"when {spec.when.path.text}"
    if spec.null:
        yield f"null {spec.null:.3g}"
