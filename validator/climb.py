"""Climbing: the SQL that brings rows up their edges, one at a time, to the table at which they are summed.

It aggregates first and joins after: rows are grouped by their foreign key, joined to the table above (LEFT JOIN, so
that rows without children count as 0), grouped again, and so on. On 1.4M orders this took a ninth of the time of a
join of the row tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from validator.conditions import resolve_name
from validator.contract import Contract, Edge
from validator.metrics import Measure
from validator.paths import edges_along
from validator.quoting import quote_ident
from validator.scope import Scope, excluding
from validator.warehouse import table_sql

__all__ = ["Climb"]


@dataclass(slots=True)
class Climb:
    """Builds `per(s, x, y)`: segment, denominator and numerator of each row of the table `depth` edges up.

    scale: factor that makes values integers; integral: they are integers already. `values` collects what is bound.
    """

    contract: Contract
    measure: Measure
    scale: float = 1.0
    integral: bool = False
    values: list[object] = field(default_factory=list)

    def per(self, depth: int, *, materialized: bool) -> str:
        """Return the CTEs that end in `per`."""
        edges = edges_along(self.contract.tables, self.measure.table, self.measure.path)
        hint = "MATERIALIZED " if materialized else ""
        scope = Scope(self.contract.tables, self.measure.table)
        where = self._counted(scope)
        x, y = self._numbers(scope)
        if depth == 0:
            kept = f"CASE WHEN {' AND '.join(where)} THEN {{}} ELSE 0 END" if where else "{}"
            x, y = (kept.format(f"coalesce({number}, 0)") for number in (x, y))
            return f"per AS {hint}(SELECT {self._segment(scope, 0)} AS s, {x} AS x, {y} AS y {scope.sql()})"
        levels = [self._lowest(edges[0], scope, where, x, y)]
        levels += [self._level(number, edges) for number in range(1, depth)]
        upper = edges[depth - 1]
        above = Scope(self.contract.tables, upper.table, prefix="a")
        segment = self._segment(above, depth)
        own = "1" if upper.table == self.measure.per else "coalesce(c.x, 0)"
        levels.append(
            f"per AS {hint}(SELECT {segment} AS s, {own} AS x, coalesce(c.y, 0) AS y {above.sql()} "
            f"LEFT JOIN level{depth - 1} AS c ON {_joined(above.alias(()), upper.keys)})"
        )
        return ", ".join(levels)

    def _segment(self, scope: Scope, depth: int) -> str:
        axis = self.contract.axes[self.measure.axis]
        return f"CAST({scope.column(self.measure.path[depth:], axis.column)} AS VARCHAR)"

    def _counted(self, scope: Scope) -> list[str]:
        """Return conditions that are true for rows that count."""
        names = {}
        for rows in self.measure.without:
            found = resolve_name(self.contract.tables, self.contract.axes, self.measure.table, rows.name)
            names[rows.name] = (found.path, found.column)
        return excluding(scope, names, self.measure.without, self.values)

    def _numbers(self, scope: Scope) -> tuple[str, str]:
        """Return the denominator and the numerator of one row of the measured table."""
        measure = self.measure
        if measure.aggregate == "count" or measure.column is None:
            return "0", "1"
        column = scope.column((), measure.column)
        if measure.aggregate == "share":
            self.values.append(measure.value)
            hit = f"CAST(CAST({column} AS VARCHAR) = ${len(self.values)} AS INTEGER)"
            return f"CAST({column} IS NOT NULL AS INTEGER)", f"coalesce({hit}, 0)"
        if self.integral:
            present, number = f"{column} IS NOT NULL", f"CAST({column} AS BIGINT)"
        else:
            self.values.append(self.scale)
            present = f"coalesce(isfinite(CAST({column} AS DOUBLE)), false)"
            number = (
                f"CASE WHEN {present} THEN CAST(round(CAST({column} AS DOUBLE) * ${len(self.values)}) AS BIGINT) END"
            )
        return ("0" if measure.aggregate == "sum" else f"CAST({present} AS INTEGER)"), number

    def _lowest(self, edge: Edge, scope: Scope, where: Sequence[str], x: str, y: str) -> str:
        keys = [scope.column((), column) for column in edge.columns]
        conditions = " AND ".join([*where, *(f"{key} IS NOT NULL" for key in keys)])
        total = "0" if x == "0" else f"sum({x})"
        return (
            f"level0 AS (SELECT {_keyed(keys)}, {total} AS x, coalesce(sum({y}), 0) AS y {scope.sql()} "
            f"WHERE {conditions} GROUP BY ALL)"
        )

    def _level(self, number: int, edges: Sequence[Edge]) -> str:
        """Return the CTE that groups the table between two edges; its rows are the denominator where they are `per`."""
        below, above = edges[number - 1], edges[number]
        names = [f"b.{quote_ident(column)}" for column in above.columns]
        x = "count(*)" if below.table == self.measure.per else "sum(coalesce(c.x, 0))"
        present = " AND ".join(f"{name} IS NOT NULL" for name in names)
        return (
            f"level{number} AS (SELECT {_keyed(names)}, {x} AS x, sum(coalesce(c.y, 0)) AS y "
            f"FROM {table_sql(below.table)} AS b LEFT JOIN level{number - 1} AS c ON {_joined('b', below.keys)} "
            f"WHERE {present} GROUP BY ALL)"
        )


def _keyed(columns: Sequence[str]) -> str:
    return ", ".join(f"{column} AS k{index}" for index, column in enumerate(columns))


def _joined(alias: str, keys: Sequence[str]) -> str:
    return " AND ".join(f"{alias}.{quote_ident(key)} = c.k{index}" for index, key in enumerate(keys))
