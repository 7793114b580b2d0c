"""Climbing: the SQL that brings rows up their edges to the table at which they are summed.

It aggregates first and joins after: rows are grouped by the foreign key of the last edge, then joined to the table
above (LEFT JOIN, so that rows without children count as 0). On 1.4M orders this took a ninth of the time of a join of
the row tables with all their columns. Tables in between only hand their foreign keys on: for 12M items of 4.6M orders
of 200,000 customers that takes half the time of a group for each order, and less memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.conditions import resolve_name
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract, Edge, Path
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.sql.joins import Scope, excluding

__all__ = ["TotalsQuery"]


@dataclass(slots=True)
class TotalsQuery:
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
        passed = tables_along(self.contract.tables, self.measure.table, self.measure.path)[: depth + 1]
        upper = edges[depth - 1]
        above = Scope(self.contract.tables, upper.table, prefix="a")
        segment = self._segment(above, depth)
        counted, joins = [], []
        if self.measure.per in passed[1:-1]:
            # The denominator is rows of a table in between, which may have nothing below them.
            near = passed.index(self.measure.per, 1)
            middle = Scope(self.contract.tables, passed[near], prefix="m")
            path = self.measure.path[near:depth]
            counted.append(self._grouped("counted", middle, path, upper, [], "count(*) AS x"))
            joins.append(f"LEFT JOIN counted AS d ON {_joined(above.alias(()), upper.keys, 'd')}")
            own = "coalesce(d.x, 0)"
        else:
            own = "1" if upper.table == self.measure.per else "coalesce(c.x, 0)"
        total = "0" if x == "0" else f"sum({x})"
        sum_y = "count(*)" if y == "1" else f"coalesce(sum({y}), 0)"
        summed = self._grouped("summed", scope, self.measure.path[:depth], upper, where, f"{total} AS x, {sum_y} AS y")
        joins.insert(0, f"LEFT JOIN summed AS c ON {_joined(above.alias(()), upper.keys, 'c')}")
        per = f"per AS {hint}(SELECT {segment} AS s, {own} AS x, coalesce(c.y, 0) AS y {above.sql()} {' '.join(joins)})"
        return ", ".join([summed, *counted, per])

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

    def _grouped(self, name: str, scope: Scope, path: Path, last: Edge, where: Sequence[str], sums: str) -> str:
        """Return the CTE that groups rows by the foreign key of the last edge of `path`; a null refers to nothing."""
        keys = [scope.column(path[:-1], column) for column in last.columns]
        conditions = " AND ".join([*where, *(f"{key} IS NOT NULL" for key in keys)])
        return f"{name} AS (SELECT {_keyed(keys)}, {sums} {scope.sql()} WHERE {conditions} GROUP BY ALL)"


def _keyed(columns: Sequence[str]) -> str:
    return ", ".join(f"{column} AS k{index}" for index, column in enumerate(columns))


def _joined(alias: str, keys: Sequence[str], other: str) -> str:
    return " AND ".join(f"{alias}.{quote_ident(key)} = {other}.k{index}" for index, key in enumerate(keys))
