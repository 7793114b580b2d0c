"""Scope: the FROM clause of a query that reads a row of one table together with rows that its edges reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Except, Path, Table
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.data.warehouse import table_sql

__all__ = ["Scope", "equal_columns", "excluding"]


class Scope:
    """Names the tables that paths from `base` arrive at, joining each one once; `rows` stand for those of `base`."""

    def __init__(self, tables: Mapping[str, Table], base: str, *, prefix: str = "r", rows: str = "") -> None:
        self._rows = rows or table_sql(base)
        self._tables = tables
        self._base = base
        self._prefix = prefix
        self._aliases: dict[Path, str] = {(): f"{prefix}0"}
        self._joins: list[str] = []

    def alias(self, path: Path) -> str:
        """Return the alias of the table that `path` arrives at, joining what is needed."""
        if path in self._aliases:
            return self._aliases[path]
        near = self.alias(path[:-1])
        edge = edges_along(self._tables, self._base, path)[-1]
        far = f"{self._prefix}{len(self._aliases)}"
        self._aliases[path] = far
        self._joins.append(
            f"LEFT JOIN {table_sql(edge.table)} AS {far} ON {equal_columns(near, edge.columns, far, edge.keys)}"
        )
        return far

    def column(self, path: Path, column: str) -> str:
        """Return the SQL of a column that `path` reaches."""
        return f"{self.alias(path)}.{quote_ident(column)}"

    def passes(self, path: Path) -> tuple[str, ...]:
        """Return the tables on `path`."""
        return tables_along(self._tables, self._base, path)

    @property
    def joins(self) -> bool:
        """Whether another table than the base is read."""
        return bool(self._joins)

    def sql(self) -> str:
        """Return the FROM clause; ask for it after every alias."""
        return " ".join([f"FROM {self._rows} AS {self._aliases[()]}", *self._joins])


def equal_columns(left: str, columns: Sequence[str], right: str, keys: Sequence[str]) -> str:
    """Return the join condition `left.column = right.key AND …`."""
    pairs = zip(columns, keys, strict=True)
    return " AND ".join(f"{left}.{quote_ident(column)} = {right}.{quote_ident(key)}" for column, key in pairs)


def excluding(
    scope: Scope, names: Mapping[str, tuple[Path, str]], without: Sequence[Except], values: list[object]
) -> list[str]:
    """Return conditions that are true for rows that count; adds the excepted values to `values` (bound in order).

    `names` maps each name to its (path, column). A null is never an excepted value.
    """
    conditions = []
    for rows in without:
        column = scope.column(*names[rows.name])
        marks = []
        for value in rows.values:
            values.append(value)
            marks.append(f"${len(values)}")
        conditions.append(f"coalesce(CAST({column} AS VARCHAR) NOT IN ({', '.join(marks)}), true)")
    return conditions
