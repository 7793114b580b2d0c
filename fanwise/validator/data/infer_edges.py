"""Foreign keys inferred from names that tables share: `order.customer_id` refers to `customer.customer_id`.

A shared column refers to the table after which it is named (`customer_id`, `customer_key`), else to the one in which
alone its values are unique: an `id` that every table has refers to nothing, but `customer_id` refers to an `id` of
customer or customers. Where several columns would do, somebody must say which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Edge
from fanwise.validator.data.types import same_family
from fanwise.validator.data.warehouse import Warehouse, table_sql
from fanwise.validator.errors import Problem

__all__ = ["References", "Types", "id_columns"]

Types = Mapping[str, Mapping[str, str]]
"""DuckDB type of each column of each table."""

_ENDINGS = ("_id", "id", "_key", "_no", "_number", "_code", "")
"""What follows the name of a table in a column that identifies its rows."""


def id_columns(table: str) -> frozenset[str]:
    """Return the names, in lower case, of columns that refer to the `id` of a table: of customers, `customer_id`."""
    name = table.lower()
    stems = {name, name.removesuffix("s"), name.removesuffix("es")}
    if name.endswith("ies"):
        stems.add(f"{name[:-3]}y")
    return frozenset(f"{stem}{end}" for stem in stems for end in ("_id", "id"))


@dataclass(slots=True)
class References:
    """The inferred references. keys: of the tables for which they were given; problems: what could not be inferred."""

    warehouse: Warehouse
    keys: Mapping[str, tuple[str, ...]]
    problems: list[Problem] = field(default_factory=list)
    _unique: dict[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def types(self) -> Types:
        """The columns that there are."""
        return self.warehouse.columns

    def edges(self, table: str) -> Iterator[Edge]:
        """Yield an edge to every other table that `table` refers to by shared names."""
        for other in self.types:
            if other == table:
                continue
            columns = self._shared_key(table, other)
            if columns:
                yield Edge(columns, other, columns, "ref", nullable=True)
            elif other not in self.keys and (column := self._refers_to_id(table, other)):
                yield Edge((column,), other, ("id",), "ref", nullable=True)

    def _shared_key(self, table: str, other: str) -> tuple[str, ...]:
        """Return the columns of `table` that are the key of `other`; empty where it does not refer to it."""
        mine, theirs = self.types[table], self.types[other]
        shared = [name for name in theirs if name in mine and same_family(mine[name], theirs[name])]
        if other in self.keys:
            key = self.keys[other]
            return key if all(name in shared for name in key) else ()
        unique = [name for name in shared if self._is_unique(other, name)]
        named = [
            name
            for name in unique
            if name.lower() in {*(f"{other.lower()}{ending}" for ending in _ENDINGS), *id_columns(other)}
        ]
        found = named or [name for name in unique if not self._is_unique(table, name)]
        if len(found) < 2:
            return tuple(found)
        self.problems.append(
            Problem(
                "FW-CONTRACT-EDGES",
                f"{table} and {other} share {', '.join(found)}, each of them unique in {other}",
                path="key",
                hint=f"choose one: key={{'{other}': '{found[0]}'}}.",
            )
        )
        return ()

    def _refers_to_id(self, table: str, other: str) -> str:
        """Return the column of `table` that is named after the `id` of `other`; empty where there is none."""
        column, theirs = self._named_after(table, other), self.types[other].get("id")
        if not column or theirs is None or not same_family(self.types[table][column], theirs):
            return ""
        return column if self._is_unique(other, "id") else ""

    def _named_after(self, table: str, other: str) -> str:
        names = id_columns(other)
        return next((name for name in self.types[table] if name.lower() in names), "")

    def obstacles(self, table: str, other: str) -> list[str]:
        """Return what keeps columns of `table` that seem to refer to `other` from doing so, one clause each."""
        mine, theirs = self.types[table], self.types[other]
        pairs = [(name, name) for name in theirs if name in mine]
        column = self._named_after(table, other)
        pairs += [(column, "id")] if column and "id" in theirs else []
        ids = [pair for pair in pairs if pair[0].lower().endswith(_ENDINGS[:-1]) and pair[0] != "id"]
        return [said for near, far in ids for said in self.obstacle((table, near), (other, far))]

    def obstacle(self, near: tuple[str, str], key: tuple[str, str]) -> Iterator[str]:
        """Yield what keeps one column from referring to a key: another type, or values of the key that repeat."""
        other, far = key
        kind, theirs = self.types[near[0]][near[1]], self.types[other][far]
        if not same_family(kind, theirs):
            yield f"{'.'.join(near)} is {kind}, {other}.{far} is {theirs}"
        elif not self._is_unique(other, far):
            name = quote_ident(far)
            once = f"FROM {table_sql(other)} GROUP BY {name} HAVING count(*) > 1"
            rows = self.warehouse.rows(f"SELECT {name}, count(*) OVER () {once} ORDER BY 1 LIMIT 1")
            again = f"{rows[0][1]:,} values repeat (first: {rows[0][0]})" if rows else "it has nulls"
            yield f"{other}.{far} is not unique: {again}"

    def _is_unique(self, table: str, column: str) -> bool:
        place = (table, column)
        if place not in self._unique:
            name = quote_ident(column)
            sql = f"SELECT count(*) = count(DISTINCT {name}) FROM {table_sql(table)}"
            self._unique[place] = bool(self.warehouse.rows(sql)[0][0])
        return self._unique[place]
