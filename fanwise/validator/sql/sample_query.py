"""Probing: one plain query per measure, for whoever wants to see a report's numbers with their own eyes.

It is not the query that decides (that one also carries variances): it joins the rows and divides totals.
"""

from __future__ import annotations

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.conditions import resolve_name
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract, Path
from fanwise.validator.contract.paths import edges_along, tables_along

__all__ = ["JoinedRows", "conditions_of", "probe_sql"]


def probe_sql(contract: Contract, measure: Measure) -> str:
    """Return the SQL that gives the mean of a measure by segment; tables go by their names."""
    rows = JoinedRows(contract, measure.table)
    segment = rows.column(measure.path, contract.axes[measure.axis].column)
    column = rows.column((), measure.column) if measure.column else ""
    where = conditions_of(rows, contract, measure)
    hits = f"CAST({column} AS VARCHAR) = {quote_text(measure.value or '')}"
    top = {
        "count": "count(*) AS total",
        "sum": f"sum({column}) AS total",
        "mean": f"count({column}) AS n, avg({column}) AS mean",
        "share": f"count({column}) AS n, avg(CAST({hits} AS INTEGER)) AS share",
    }[measure.aggregate]
    totals = f"SELECT {segment} AS segment, {top}\n{rows.sql()}\n{where}GROUP BY segment"
    if measure.per is None:
        return f"{totals}\nORDER BY segment;"
    depth = tables_along(contract.tables, measure.table, measure.path).index(measure.per)
    units = JoinedRows(contract, measure.per, "u")
    label = units.column(measure.path[depth:], contract.axes[measure.axis].column)
    return (
        f"WITH totals AS (\n{totals}\n), units AS (\n"
        f"SELECT {label} AS segment, count(*) AS n\n{units.sql()}\nGROUP BY segment\n)\n"
        "SELECT segment, n, coalesce(total, 0) / n AS mean\n"
        "FROM units LEFT JOIN totals USING (segment)\nORDER BY segment;"
    )


class JoinedRows:
    """The rows of a table joined to those that its edges reach."""

    def __init__(self, contract: Contract, base: str, prefix: str = "r") -> None:
        self._contract = contract
        self._base = base
        self._prefix = prefix
        self._aliases: dict[Path, str] = {(): f"{prefix}0"}
        self._joins: list[str] = []

    def column(self, path: Path, column: str) -> str:
        """Return the SQL of a column that `path` reaches."""
        return f"{self.alias(path)}.{quote_ident(column)}"

    def alias(self, path: Path) -> str:
        """Return the alias of the table that `path` arrives at, joining what is needed."""
        if path not in self._aliases:
            near = self.alias(path[:-1])
            edge = edges_along(self._contract.tables, self._base, path)[-1]
            far = self._aliases[path] = f"{self._prefix}{len(self._aliases)}"
            pairs = zip(edge.columns, edge.keys, strict=True)
            on = " AND ".join(f"{near}.{quote_ident(own)} = {far}.{quote_ident(key)}" for own, key in pairs)
            self._joins.append(f"JOIN {quote_ident(edge.table)} AS {far} ON {on}")
        return self._aliases[path]

    def sql(self) -> str:
        """Return the FROM clause; ask for it after every column."""
        return "\n".join([f"FROM {quote_ident(self._base)} AS {self._prefix}0", *self._joins])


def conditions_of(rows: JoinedRows, contract: Contract, measure: Measure) -> str:
    """Return the WHERE clause, a line, of the rows that count; empty where all do. Ask for it before `rows.sql`."""
    kept = [_kept(rows, contract, measure, at) for at in range(len(measure.without))]
    return f"WHERE {' AND '.join(kept)}\n" if kept else ""


def _kept(rows: JoinedRows, contract: Contract, measure: Measure, at: int) -> str:
    left_out = measure.without[at]
    found = resolve_name(contract.tables, contract.axes, measure.table, left_out.name)
    values = ", ".join(quote_text(value) for value in left_out.values)
    column = rows.column(found.path, found.column)
    return f"({column} IS NULL OR CAST({column} AS VARCHAR) NOT IN ({values}))"
