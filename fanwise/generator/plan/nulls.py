"""Which columns of a plan may hold nulls: those declared so, and those whose kind says so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.language.spec import Path

__all__ = ["Nulls"]


class Nulls:
    """Answers for the columns of bound tables."""

    def __init__(self, tables: Mapping[str, BoundTable]) -> None:
        self._tables = tables
        self.column = cache(self._column)

    def path(self, path: Path) -> bool:
        """Return whether what a path leads to may be null."""
        table = path.table
        for step in path.steps:
            if step.column is not None and self.column(table, step.column):
                return True
            table = step.table
        return self.column(path.target, path.column)

    def childless(self, table: str) -> bool:
        """Return whether a row of the parent of `table` may have no rows there."""
        fanout = self._tables[table].fanout
        return fanout is None or fanout.smallest() < 1

    def _column(self, table: str, name: str) -> bool:
        column = self._tables[table].columns[name]
        cases = column.when.generators if column.when is not None else ()
        return column.spec.null > 0 or any(made.may_be_null(self) for made in (column.generator, *cases))
