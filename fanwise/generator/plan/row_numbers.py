"""Which columns use row numbers. Those of children are known only after all fanouts are drawn, so no fanout may."""

from __future__ import annotations

from collections.abc import Mapping

from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.language.names.tables import paths_in
from fanwise.generator.language.spec import Below, Path, Step

__all__ = ["uses_row_numbers"]


def uses_row_numbers(tables: Mapping[str, BoundTable], path: Path) -> bool:
    """Return whether what a path leads to, along parents, is computed from the row number of a child.

    The rows behind a reference are numbered apart, whenever somebody asks.
    """
    table = path.table
    for step in path.steps:
        if step.column is not None:
            return _is_numbered(tables, table, step.column)
        table = step.table
    return _is_numbered(tables, path.target, path.column)


def _is_numbered(tables: Mapping[str, BoundTable], table: str, column: str) -> bool:
    bound = tables[table].columns[column]
    spec, parent = bound.spec, tables[table].parent
    if bound.generator.needs_number:
        return parent is not None
    source = bound.generator.copies
    if source is not None and parent is not None and source[0] == (Step(parent),):
        return _is_numbered(tables, parent, source[1])
    seen = [path for path in paths_in((spec.generator, spec.when)) if path.table != table]
    among = {one.table for one in spec.generator.params.values() if isinstance(one, Below)}
    if any(uses_row_numbers(tables, path) for path in seen if path.table in among):  # `where` of a rollup
        return True
    below = [given for given in spec.generator.params.values() if isinstance(given, Below) and given.column is not None]
    return any(_is_numbered(tables, one.table, str(one.column)) for one in below) or any(
        uses_row_numbers(tables, path) for path in paths_in((spec.generator, spec.when)) if path.table == table
    )
