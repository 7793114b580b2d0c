"""Months: counts and totals of a measure by month and segment, where its table has an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract, Table
from fanwise.validator.contract.paths import edges_along
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.sql.joins import Scope
from fanwise.validator.sql.totals import TotalsQuery

__all__ = ["MOST_MONTHS", "MonthRow", "instant_of", "month_rows", "months_of", "rows_in"]

MOST_MONTHS = 240
"""Months of a column above which there is no row for each."""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """The rows of one month (`2024-11`) in one segment.

    count: rows with a value, None where rows are counted; total: rows, hits, or the sum of the values.
    """

    month: str
    segment: str | None
    count: int | None
    total: float


def instant_of(table: Table) -> str | None:
    """Return the first column that says when a row of `table` happened; None where there is none."""
    return next(
        (name for name, column in table.columns.items() if column.type in ("date", "timestamp", "timestamptz")), None
    )


def months_of(evidence: Evidence, measures: Sequence[Measure]) -> dict[Measure, tuple[MonthRow, ...]]:
    """Return the rows of each measure by month and segment, in this order: one scan for those of the same rows.

    A measure without an instant, or of more than `MOST_MONTHS` months, is left out. Raises QueryError.
    """
    groups: dict[tuple[object, ...], list[Measure]] = {}
    for measure in measures:
        column = instant_of(evidence.contract.tables[measure.table])
        if column is not None and not evidence.blocked([(measure.table, column)]):
            groups.setdefault((measure.table, measure.axis, measure.path, measure.without), []).append(measure)
    return {measure: rows for alike in groups.values() for measure, rows in _asked(evidence, alike).items()}


def month_rows(evidence: Evidence, table: str, column: str) -> dict[str, int]:
    """Return the rows of an open table by the month of `column`. Raises QueryError."""
    sql = (
        f"WITH days AS (SELECT CAST({quote_ident(column)} AS DATE) AS d, count(*) AS n FROM {table_sql(table)} "
        "GROUP BY 1) SELECT strftime(date_trunc('month', d), '%Y-%m') AS m, sum(n) FROM days "
        "WHERE d IS NOT NULL GROUP BY m ORDER BY m"
    )
    return {row[0]: int(row[1]) for row in evidence.warehouse.rows(sql)}


def rows_in(
    contract: Contract, measured: Mapping[Measure, Sequence[MonthRow]], table: str, column: str
) -> dict[str, int]:
    """Return what `month_rows` would, from measures that count all rows of the table; empty where there is none."""
    for measure, rows in measured.items():
        edges = edges_along(contract.tables, measure.table, measure.path)
        whole = measure.aggregate == "count" and not measure.without and not any(edge.nullable for edge in edges)
        if whole and measure.table == table and instant_of(contract.tables[table]) == column:
            months = sorted({row.month for row in rows})
            return {month: int(sum(row.total for row in rows if row.month == month)) for month in months}
    return {}


def _asked(evidence: Evidence, measures: Sequence[Measure]) -> dict[Measure, tuple[MonthRow, ...]]:
    first, values = measures[0], list[object]()
    contract = evidence.contract
    scope = Scope(contract.tables, first.table)
    scales = [evidence.scale(measure) for measure in measures]
    queries = [
        TotalsQuery(contract, measure, scale.factor(), scale.integral, values)
        for measure, scale in zip(measures, scales, strict=True)
    ]
    column = scope.column((), instant_of(contract.tables[first.table]) or "")
    kept = [f"{column} IS NOT NULL", *queries[0].counted(scope)]
    if first.path:  # a row that refers to nothing belongs to no segment
        last = edges_along(contract.tables, first.table, first.path)[-1]
        kept.append(f"{scope.column(first.path, last.keys[0])} IS NOT NULL")
    numbers = [query.numbers(scope) for query in queries]
    segment = queries[0].segment(scope, 0)
    asked = ", ".join(f"sum({x}) AS x{at}, coalesce(sum({y}), 0) AS y{at}" for at, (x, y) in enumerate(numbers))
    sums = ", ".join(f"sum(x{at}), sum(y{at})" for at in range(len(measures)))
    # By day first: the day of an instant takes a fifth of the time that its month takes.
    sql = (
        f"WITH days AS (SELECT CAST({column} AS DATE) AS d, {segment} AS s, {asked} {scope.sql()} "
        f"WHERE {' AND '.join(kept)} GROUP BY 1, 2) "
        f"SELECT date_trunc('month', d) AS m, s, {sums} FROM days GROUP BY m, s ORDER BY m, s NULLS FIRST"
    )
    found = evidence.warehouse.rows(sql, values)
    if len({row[0] for row in found}) > MOST_MONTHS:
        return {}
    return {
        measure: tuple(
            MonthRow(
                f"{row[0]:%Y-%m}",
                row[1],
                int(row[2 + 2 * at]) if measure.per is None else None,
                float(Fraction(int(row[3 + 2 * at])) / Fraction(queries[at].scale)),
            )
            for row in found
        )
        for at, measure in enumerate(measures)
    }
