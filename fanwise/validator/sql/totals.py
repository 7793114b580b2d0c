"""Climbing: the SQL that brings rows up their edges to the table at which they are summed.

It aggregates first and joins after: rows are grouped by the foreign key of the last edge, then joined to the table
above (LEFT JOIN, so that rows without children count as 0). On 1.4M orders this took a ninth of the time of a join of
the row tables with all their columns. Tables in between only hand their foreign keys on: for 12M items of 4.6M orders
of 200,000 customers that takes half the time of a group for each order, and less memory. Sums for up to a million rows
are kept in a table, because the estimate, the spread, the ranks and the products of a measure all begin with them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.conditions import parse_condition, resolve_name
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract, Edge, Path
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.sql.joins import Scope, excluding
from fanwise.validator.sql.sampling import chosen

__all__ = ["TotalsQuery"]


@dataclass(frozen=True, slots=True)
class Parts:
    """CTEs, the joins to them, and the SQL of the denominator and the numerator of one row."""

    ctes: list[str]
    joins: list[str]
    x: str
    y: str


@dataclass(slots=True)
class TotalsQuery:
    """Builds `per(s, x, y)`: segment, denominator and numerator of each row of the table `depth` edges up.

    scale: factor that makes values integers; integral: they are integers already. `values` collects what is bound.
    tag: ends the names of its CTEs, so that one query may have several measures. slices: where not 1, only one of
    so many slices of the rows of the upper table is summed, whose key is an integer. weight: factor that makes
    exposures integers; 0: they are left out of account. most: values beyond it are not summed, so a scale may be meant
    for smaller ones. raw: values stay as they are. warehouse: keeps sums that several
    measures, or several questions about one, have in common.
    """

    contract: Contract
    measure: Measure
    scale: float = 1.0
    integral: bool = False
    values: list[object] = field(default_factory=list)
    tag: str = ""
    slices: int = 1
    weight: float = 0.0
    most: float = math.inf
    raw: bool = False
    warehouse: Warehouse | None = None

    def per(self, depth: int, *, materialized: bool, units: bool = False, keyed: bool = False) -> str:
        """Return the CTEs that end in `per`.

        units: a row for each cluster, where the measure has them. keyed: with `k`, which tells the rows apart.
        """
        above = self.above(depth)
        parts = self.parts(depth, above)
        segment, unit = self.segment(above, depth), self._unit(above, depth)
        clustered = self.measure.cluster is not None and units
        own = f", {unit} AS k" if keyed or clustered else ""
        rows = f"SELECT {segment} AS s{own}, {parts.x} AS x, {parts.y} AS y {above.sql()} {' '.join(parts.joins)}"
        if self.slices > 1:
            last = edges_along(self.contract.tables, self.measure.table, self.measure.path)[depth - 1]
            rows += f" WHERE {chosen([above.column((), last.keys[0])], self.slices, integer=True)}"
        if clustered:
            rows = f"SELECT s, k, sum(x) AS x, sum(y) AS y FROM ({rows}) GROUP BY s, k"
        return ", ".join([*parts.ctes, f"per AS {'MATERIALIZED ' if materialized else ''}({rows})"])

    def above(self, depth: int) -> Scope:
        """Return the FROM clause of the table `depth` edges up."""
        passed = tables_along(self.contract.tables, self.measure.table, self.measure.path)
        return Scope(self.contract.tables, passed[depth], prefix="a")

    def parts(self, depth: int, above: Scope) -> Parts:
        """Return the CTEs and joins that give each row of `above` its denominator and its numerator."""
        scope = above if depth == 0 else Scope(self.contract.tables, self.measure.table)
        where = self.counted(scope)
        x, y = self.numbers(scope)
        if depth == 0:
            x = "0" if self.measure.aggregate == "sum" else x
            y = f"coalesce({y}, 0)"
            if where:
                x, y = (_chosen(" AND ".join(where), number) for number in (x, y))
            return Parts([], [], x, y)
        passed = tables_along(self.contract.tables, self.measure.table, self.measure.path)[: depth + 1]
        upper = edges_along(self.contract.tables, self.measure.table, self.measure.path)[depth - 1]
        summed, counted = f"summed{self.tag}", f"counted{self.tag}"
        ctes, joins = [], []
        if self.measure.per in passed[1:-1]:
            # The denominator is rows of a table in between, which may have nothing below them.
            near = passed.index(self.measure.per, 1)
            middle = Scope(self.contract.tables, passed[near], prefix="m")
            path = self.measure.path[near:depth]
            rows = "count(*)" if not self._exposed else f"coalesce(sum({self.exposure(middle)}), 0)"
            ctes.append(self._grouped(counted, middle, path, upper, [], f"{rows} AS x"))
            joins.append(f"LEFT JOIN {counted} ON {_joined(above.alias(()), upper.keys, counted)}")
            own = f"coalesce({counted}.x, 0)"
        else:
            own = f"coalesce({summed}.x, 0)"
            if upper.table == self.measure.per:
                own = self.exposure(above) if self._exposed else "1"
        total = "0" if x == "0" else f"sum({x})"
        sum_y = "count(*)" if y == "1" else f"coalesce(sum({y}), 0)"
        sums = f"{total} AS x, {sum_y} AS y"
        ctes.insert(0, self._grouped(summed, scope, self.measure.path[:depth], upper, where, sums))
        joins.insert(0, f"LEFT JOIN {summed} ON {_joined(above.alias(()), upper.keys, summed)}")
        return Parts(ctes, joins, own, f"coalesce({summed}.y, 0)")

    def segment(self, scope: Scope, depth: int) -> str:
        """Return the segment of a row of the table `depth` edges up."""
        axis = self.contract.axes[self.measure.axis]
        return f"CAST({scope.column(self.measure.path[depth:], axis.column)} AS VARCHAR)"

    def _unit(self, scope: Scope, depth: int) -> str:
        """Return what tells units apart: their cluster, or the key of their table (null where it has none)."""
        table = self.contract.tables[tables_along(self.contract.tables, self.measure.table, self.measure.path)[depth]]
        names = (self.measure.cluster,) if self.measure.cluster else table.key
        columns = [f"CAST({scope.column((), name)} AS VARCHAR)" for name in names]
        return f"concat_ws(' + ', {', '.join(columns)})" if columns else "NULL"

    def counted(self, scope: Scope) -> list[str]:
        """Return conditions that are true for rows that count."""
        names = {}
        for rows in self.measure.without:
            found = resolve_name(self.contract.tables, self.contract.axes, self.measure.table, rows.name)
            names[rows.name] = (found.path, found.column)
        return excluding(scope, names, self.measure.without, self.values)

    def numbers(self, scope: Scope) -> tuple[str, str]:
        """Return the denominator and the numerator of one row of the measured table; a sum has no use for the first."""
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
            present = f"isfinite(CAST({column} AS DOUBLE))"
            scaled = f"CAST({column} AS DOUBLE) * CAST('{self.scale!r}' AS DOUBLE)"
            if self.raw:
                return _chosen(present, "1"), f"CASE WHEN {present} THEN CAST({column} AS DOUBLE) END"
            within = f" AND abs(CAST({column} AS DOUBLE)) <= {self.most!r}" if self.most < math.inf else ""
            number = f"CASE WHEN {present}{within} THEN CAST(round({scaled}) AS BIGINT) END"
        return _chosen(present, self.exposure(scope) if self._exposed else "1"), number

    @property
    def _exposed(self) -> bool:
        return self.measure.exposure is not None and self.weight > 0

    def exposure(self, scope: Scope) -> str:
        """Return the exposure of a row as an integer; a null is none."""
        assert self.measure.exposure is not None
        table = self.measure.per or self.measure.table
        condition = parse_condition(self.contract.tables, self.contract.axes, table, self.measure.exposure)
        value = f"CAST({condition.sql(scope.alias)} AS DOUBLE)"
        return f"coalesce(CAST(round({value} * {self.weight!r}) AS BIGINT), 0)"

    def _grouped(self, name: str, scope: Scope, path: Path, last: Edge, where: Sequence[str], sums: str) -> str:
        """Return the CTE that groups rows by the foreign key of the last edge of `path`; a null refers to nothing."""
        keys = [scope.column(path[:-1], column) for column in last.columns]
        some = [chosen(keys, self.slices, integer=True)] if self.slices > 1 else []
        conditions = " AND ".join([*where, *some, *(f"{key} IS NOT NULL" for key in keys)])
        select = f"SELECT {_keyed(keys)}, {sums} {scope.sql()} WHERE {conditions} GROUP BY ALL"
        bound = "$" in select
        kept = None if self.warehouse is None or bound or some else self.warehouse.kept(select, last.table)
        return f"{name} AS ({select if kept is None else f'SELECT * FROM {kept}'})"


def _chosen(condition: str, number: str) -> str:
    """Return a number where a condition is true, 0 where it is false or null."""
    return f"CASE WHEN {condition} THEN {number} ELSE 0 END"


def _keyed(columns: Sequence[str]) -> str:
    return ", ".join(f"{column} AS k{index}" for index, column in enumerate(columns))


def _joined(alias: str, keys: Sequence[str], other: str) -> str:
    return " AND ".join(f"{alias}.{quote_ident(key)} = {other}.k{index}" for index, key in enumerate(keys))
