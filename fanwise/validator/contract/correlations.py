"""The names pass of correlations: columns, covariates and paths of each are there and fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fanwise.io.problems import Place
from fanwise.validator.contract.conditions import ConditionError, resolve_name
from fanwise.validator.contract.model import Axis, Correlation, Table
from fanwise.validator.contract.paths import edges_along
from fanwise.validator.contract.rules import Wrong, unknown

__all__ = ["correlation_problems"]

_CODE = "FW-CONTRACT-CORRELATION"


def correlation_problems(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], at: int, found: Correlation
) -> Iterator[Wrong]:
    """Yield the problems of one correlation."""
    place: Place = ("correlations", at)
    if found.table not in tables:
        yield unknown((*place, "table"), "table", found.table, tables)
        return
    columns = tables[found.table].columns
    if (found.rows is None) == (not found.column):
        yield _CODE, place, "has both 'column' and 'rows', or neither", "give a column, or a child table"
        return
    if found.rows is None and found.column not in columns:
        yield unknown((*place, "column"), f"column of {found.table}", found.column, columns)
        return
    if found.rows is not None and not _is_child(tables, found.rows, found.table):
        yield _CODE, (*place, "rows"), f"{found.table} is not the parent of {found.rows}", "name a child table"
        return
    if (found.other is None) == (not found.below):
        yield _CODE, place, "has both 'other' and 'below', or neither", "give another column, or an ancestor"
        return
    names: list[tuple[Place, str]] = [((*place, "by", index), name) for index, name in enumerate(found.by)]
    names += [((*place, "other"), found.other)] if found.other is not None else []
    for where, name in names:
        try:
            resolve_name(tables, axes, found.table, name)
        except ConditionError as error:
            yield error.code, where, error.why, error.hint
    paths = [((*place, "clusters", index), path) for index, path in enumerate(found.clusters)]
    for where, path in [*paths, ((*place, "below"), found.below), ((*place, "apart"), found.apart)]:
        try:
            edges_along(tables, found.table, path)
        except KeyError as error:
            yield "FW-CONTRACT-EDGES", where, str(error.args[0]), "name the columns of each edge"
    for index, cell in enumerate(found.cells):
        if len(cell.at) != len(found.by):
            why = f"{len(cell.at)} values for {len(found.by)} names"
            yield _CODE, (*place, "cells", index, "at"), why, "give one for each name of 'by'"


def _is_child(tables: Mapping[str, Table], child: str, parent: str) -> bool:
    edge = tables[child].parent if child in tables else None
    return edge is not None and edge.table == parent
