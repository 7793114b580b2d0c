"""Rollups look down where everything else looks up, so columns of several tables may come to need one another.

The graph has a node for each column, and one for the rows of each table: how many there are is decided by its fanout
and by the rows above it. A cycle through a rollup is an error that names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fanwise.generator.language.names.graphs import find_cycle
from fanwise.generator.language.names.tables import paths_in
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.spec import Below, Column, Path, Table

__all__ = ["check_rollups"]

ROWS = "rows of "


def check_rollups(complaints: Complaints, tables: Mapping[str, Table]) -> None:
    """Report the first cycle of needs that goes through a rollup."""
    rollups = {
        f"{table.name}.{column.name}": (*column.place, column.kind)
        for table in tables.values()
        for column in table.columns.values()
        if any(isinstance(given, Below) for given in column.generator.params.values()) or _looks_down(column)
    }
    if not rollups:
        return
    needs = {f"{t.name}.{c.name}": tuple(_needs(t, c)) for t in tables.values() for c in t.columns.values()}
    needs |= {f"{ROWS}{table.name}": tuple(_decide_rows(table)) for table in tables.values()}
    cycle = find_cycle(rollups, lambda node: (need for need in needs[node] if need in needs))
    start = next((at for at, node in enumerate(cycle) if node in rollups), None)
    if start is None:  # a cycle without a rollup is reported with its table
        return
    turned = (*cycle[start:-1], *cycle[:start], cycle[start])
    by_rollup = any(isinstance(below, Below) for below in _params(tables, turned[0]))
    why = f"the {'rollup' if by_rollup else 'column'} depends on itself: {' > '.join(turned)}"
    what = "a rollup of them" if by_rollup else "what is read from them"
    hint = f"the child rows and their values must not depend on {what}"
    complaints.add("FW-SCHEMA-CYCLE", rollups[turned[0]], why, hint)


def _looks_down(column: Column) -> bool:
    return any(step.down for path in paths_in((column.generator, column.when)) for step in path.steps)


def _params(tables: Mapping[str, Table], node: str) -> Iterator[object]:
    table, _, column = node.partition(".")
    yield from tables[table].columns[column].generator.params.values()


def _needs(table: Table, column: Column) -> Iterator[str]:
    params = column.generator.params
    for path in paths_in((column.generator, column.when)):
        yield from _along(path)
    if column.source is not None:
        yield f"{column.source.target}.{column.source.column}"
        if column.reference is not None:
            yield f"{ROWS}{column.source.target}"
    for below in params.values():
        if isinstance(below, Below):
            yield from (f"{ROWS}{table}" for table in below.way)
            yield f"{below.table}.{below.column}"


def _along(path: Path) -> Iterator[str]:
    table = path.table
    for step in path.steps:
        if step.column is not None:
            yield f"{table}.{step.column}"
        table = step.table
    yield f"{path.target}.{path.column}"


def _decide_rows(table: Table) -> Iterator[str]:
    if table.parent is not None:
        yield f"{ROWS}{table.parent}"
    for path in paths_in(table.fanout):
        yield from _along(path)
