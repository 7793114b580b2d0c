"""What may move what: from which columns the values of a column and the number of rows of a table follow.

The graph is that of the declarations, so it knows what cannot depend on an axis. Its nodes are columns, and for each
child table the number of its rows below one parent row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from fanwise.generator.language.names.tables import paths_in
from fanwise.generator.language.shape.definitions import kinds_in, language_schema
from fanwise.generator.language.spec import Axis, Below, Column, Dataset, Generator, Path, Step

__all__ = ["Influences"]

Node = tuple[str, str]
"""A table and a column of it, or ROWS."""

ROWS = ""


class Influences:
    """The graph of one data set."""

    def __init__(self, dataset: Dataset) -> None:
        self._tables = dataset.tables
        self._needs: dict[Node, frozenset[Node]] = {}
        self._parameters: dict[Node, frozenset[Node]] = {}
        for name, table in dataset.tables.items():
            self._needs[name, ROWS] = frozenset(_read(table.fanout.generator) if table.fanout else ())
            self._parameters[name, ROWS] = _parameters(table.fanout.generator) if table.fanout else frozenset()
            for column in table.columns.values():
                self._needs[name, column.name] = frozenset(self._column(name, column))
                self._parameters[name, column.name] = _parameters(column.generator)
        self._causes = cache(self._reach)

    def may_move(self, axis: Axis, table: str, column: str | None, steps: tuple[Step, ...]) -> bool:
        """Return whether an axis at the end of `steps` may move the mean of a column, or the number of rows of `table`.

        The rows are counted per row of the table that the first step reaches. A value that does not follow from the
        axis is moved as well where the axis changes which rows there are, and they differ in what the value follows
        from.
        """
        own = (axis.table, axis.column)
        rows = list(_along(table, steps))
        made = rows.pop(0) if column is None else (table, column)
        causes = self._causes(made)
        return own in causes or any(self._mixes(each, own) and causes & self._causes(each) - {own} for each in rows)

    def _mixes(self, rows: Node, axis: Node) -> bool:
        """Return whether an axis acts on a number of rows other than by a factor, which leaves all else in proportion.

        It does so through another column, or as a parameter beside other covariates.
        """
        needs = self._needs[rows]
        if any(axis in self._causes(need) for need in needs - {axis}):
            return True
        return len(needs) > 1 and axis in self._parameters[rows]

    def _column(self, table: str, column: Column) -> Iterator[Node]:
        yield from _read((column.generator, column.when, column.source))
        within = [name for name in ("within", "distinct_in") if column.generator.params.get(name) is not None]
        if within or _knows_siblings(column.generator):
            yield from self._rows_above(table)
        if within and column.reference is not None:
            yield from self._rows_above(column.reference.table)

    def _rows_above(self, table: str) -> Iterator[Node]:
        """Yield the numbers of rows of a table and of those above it."""
        here: str | None = table
        while here is not None:
            yield here, ROWS
            here = self._tables[here].parent

    def _reach(self, node: Node) -> frozenset[Node]:
        """Return a node and all that it follows from."""
        found, todo = {node}, [node]
        while todo:
            new = self._needs.get(todo.pop(), frozenset()) - found
            found |= new
            todo += new
        return frozenset(found)


def _along(table: str, steps: tuple[Step, ...]) -> Iterator[Node]:
    """Yield what decides how many rows there are, for each step of a path."""
    for step in steps:
        yield table, step.column or ROWS
        table = step.table


def _target(path: Path) -> Node:
    return path.target, path.column


def _parameters(generator: Generator) -> frozenset[Node]:
    return frozenset(_target(given.path) for given in generator.by_key)


def _read(part: Any) -> Iterator[Node]:
    """Yield what a bound part of a schema reads: columns, the references on the way to them, children of roll-ups."""
    for path in paths_in(part):
        yield _target(path)
        yield from (node for node in _along(path.table, path.steps) if node[1] != ROWS)
    for below in _below(part):
        yield from ((table, ROWS) for table in below.way)
        if below.column is not None:
            yield below.table, below.column


def _below(part: Any) -> Iterator[Below]:
    if isinstance(part, Below):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _below(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from _below(value)
    elif is_dataclass(part) and not isinstance(part, Path):
        for each in fields(part):
            yield from _below(getattr(part, each.name))


def _knows_siblings(generator: Generator) -> bool:
    """Return whether a value may depend on how many rows its parent row has, or on where it stands among them."""
    schema = language_schema()
    entry = kinds_in(schema, "column").get(generator.kind)
    traits = schema["$defs"][entry]["x-kind"] if entry is not None else {}
    params = generator.params
    return "needs_parent" in traits or any(params.get(name) for name in ("order", "chain", "before"))
