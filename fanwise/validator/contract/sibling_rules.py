"""The names pass of rules on the rows below one parent, and of roll-ups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fanwise.io.problems import Place, nearest
from fanwise.validator.contract.conditions import ConditionError, parse_condition, parse_truth
from fanwise.validator.contract.model import Axis, Column, Rollup, Table
from fanwise.validator.contract.paths import edges_along, tables_along

__all__ = ["rollup_problems", "sibling_problems"]

_RULE, _TYPE = "FW-CONTRACT-RULE", "FW-CONTRACT-COLUMN-TYPE"
_NUMERIC = ("int", "float", "decimal", "bool")

Wrong = tuple[str, Place, str, str]


def sibling_problems(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, place: Place, spec: Column
) -> Iterator[Wrong]:
    """Yield the problems of the rules of a column that speak of other rows below the same parent."""
    rules = {name: getattr(spec, name) for name in ("series", "moves", "stays", "ascends", "before")}
    first = next((name for name, rule in rules.items() if rule), None)
    if first is None:
        return
    own = tables[table]
    if own.parent is None:
        yield _RULE, (*place, first), f"{table} has no parent, so its rows have no siblings", "give the table 'parent'"
    elif own.order is None:
        why = f"nothing tells the order of the rows of {table}"
        yield _RULE, (*place, first), why, "give the table 'order': a column that rises with the rows below one parent"
    for where, name in (("before", spec.before), ("stays", None if spec.stays is None else spec.stays.state)):
        if name is not None and name not in own.columns:
            yield "FW-CONTRACT-NAME", (*place, where), f"unknown column '{name}'", nearest(name, own.columns)
    texts: dict[Place, str | None] = {}
    if spec.series is not None:
        texts |= {("series", "of"): spec.series.of, ("series", "start"): spec.series.start}
    if spec.moves is not None:
        texts["moves", "first"] = spec.moves.first
    if spec.stays is not None:
        texts["stays", "start"] = spec.stays.start
    for key, text in texts.items():
        yield from _condition(tables, axes, table, (*place, *key), text)


def rollup_problems(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, place: Place, rollup: Rollup
) -> Iterator[Wrong]:
    """Yield the problems of a roll-up of rows below `table`."""
    below, target = tables.get(rollup.table), (*place, rollup.aggregate)
    if below is None:
        yield "FW-CONTRACT-NAME", target, f"unknown table '{rollup.table}'", nearest(rollup.table, tables)
        return
    yield from _way(tables, table, place, rollup)
    for name, where in ((rollup.column, target), (rollup.by, (*place, "by"))):
        if name is not None and name not in below.columns:
            why = f"unknown column of {rollup.table} '{name}'"
            yield "FW-CONTRACT-NAME", where, why, nearest(name, below.columns)
    if rollup.column is None and rollup.aggregate != "count":
        yield _RULE, target, f"'{rollup.aggregate}' needs table.column", "write table.column"
    elif rollup.column is not None and rollup.column in below.columns and rollup.aggregate in ("sum", "mean"):
        kind = below.columns[rollup.column].type
        if not kind.startswith(_NUMERIC):
            why = f"{rollup.table}.{rollup.column} is {kind}, which has no {rollup.aggregate}"
            yield _TYPE, target, why, "use a numeric column"
    yield from _condition(tables, axes, rollup.table, (*place, "where"), rollup.where)


def _way(tables: Mapping[str, Table], table: str, place: Place, rollup: Rollup) -> Iterator[Wrong]:
    """Yield what is wrong with the edges up to the table that has the roll-up."""
    target, parent = (*place, rollup.aggregate), tables[rollup.table].parent
    if not rollup.path and (parent is None or parent.table != table):
        hint = f"name a table whose parent is {table}, or give 'path'"
        yield _RULE, target, f"{rollup.table} is not a child of {table}", hint
        return
    path = rollup.path or (() if parent is None else (parent.columns,))
    try:
        passed, edges = tables_along(tables, rollup.table, path), edges_along(tables, rollup.table, path)
    except KeyError as error:
        yield "FW-CONTRACT-EDGES", (*place, "path"), str(error.args[0]), "name the columns of each edge"
        return
    if passed[-1] != table:
        yield "FW-CONTRACT-EDGES", (*place, "path"), f"the path ends at {passed[-1]}, not at {table}", ""
    if rollup.aggregate in ("first", "last"):
        for name, edge in zip(passed, edges, strict=False):
            if tables[name].order is None:
                why = f"nothing tells the order of the rows of {name}"
                hint = f"give {name} 'order': a column that rises with the rows of one {edge.table}"
                yield _RULE, target, why, hint


def _condition(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, place: Place, text: str | None
) -> Iterator[Wrong]:
    if text is None:
        return
    try:
        (parse_truth if place[-1] == "where" else parse_condition)(tables, axes, table, text)
    except ConditionError as error:
        yield error.code, place, error.why, error.hint
