"""Scope: the FROM clause of a query that reads a row of one table together with rows that its edges reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Edge, Except, Path, Table
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.data.warehouse import table_sql

__all__ = ["Scope", "equal_columns", "excluding"]


_SORTS = {
    "number": ("int8", "int16", "int32", "int64", "float32", "float64", "decimal"),
    "instant": ("date", "timestamp", "timestamptz"),
    "text": ("text", "varchar", "char"),
}


class Scope:
    """Names the tables that paths from `base` arrive at, joining each one once.

    rows: stand for those of `base`. above: rows that stand for those of the table that a path arrives at.
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        base: str,
        *,
        prefix: str = "r",
        rows: str = "",
        above: Mapping[Path, str] = MappingProxyType({}),
    ) -> None:
        self._rows = rows or table_sql(base)
        self._above = above
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
        on = equal_columns(self._tables, self.passes(path)[-2], edge, near, far)
        self._joins.append(f"LEFT JOIN {self._above.get(path) or table_sql(edge.table)} AS {far} ON {on}")
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


def equal_columns(tables: Mapping[str, Table], table: str, edge: Edge, near: str, far: str) -> str:
    """Return the join condition along an edge of a table, `near.column = far.key AND …`.

    Columns of different sorts, such as a text that refers to a number, are compared as texts.
    """
    return " AND ".join(
        _equal(
            f"{near}.{quote_ident(column)}",
            f"{far}.{quote_ident(key)}",
            alike=_sort(tables[table], column) == _sort(tables[edge.table], key),
        )
        for column, key in zip(edge.columns, edge.keys, strict=True)
    )


def _equal(one: str, other: str, *, alike: bool) -> str:
    return f"{one} = {other}" if alike else f"CAST({one} AS VARCHAR) = CAST({other} AS VARCHAR)"


def _sort(table: Table, column: str) -> str:
    """Return what the values of a column can be compared with: numbers, instants, or those of its type."""
    found = table.columns.get(column)
    word = "" if found is None else found.type.partition("(")[0]
    return next((sort for sort, words in _SORTS.items() if word in words), word)


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
