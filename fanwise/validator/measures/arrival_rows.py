"""The rows that arrivals are judged by: parents with their intervals, and the instants below them, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.conditions import parse_condition, resolve_name
from fanwise.validator.contract.model import Arrivals, Edge
from fanwise.validator.data.types import is_integer
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.measures.needs import needs_along, needs_of
from fanwise.validator.sql.joins import Scope
from fanwise.validator.sql.sampling import chosen

__all__ = ["Observed", "arrival_needs", "observed", "parts_looked_at"]

MOST_ROWS = 200_000
"""Arrivals, about, that are looked at."""
SECOND = 1_000_000

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Observed:
    """Units, with their interval in whole seconds since 1970-01-01, and their arrivals, sorted by unit and time.

    cells: the number of the cell of each unit. limits: the most arrivals of each unit. units: that of each arrival.
    """

    starts: Floats
    ends: Floats
    cells: Ints
    rates: Floats
    limits: Floats
    counts: Ints
    units: Ints
    times: Floats


def arrival_needs(evidence: Evidence, table: str, column: str) -> tuple[Need, ...]:
    """Return the tables and columns that the arrivals of a column are judged by."""
    contract = evidence.contract
    edge, arrivals = _declared(evidence, table, column)
    texts = [text for text in (arrivals.start, arrivals.until, arrivals.rate, arrivals.limit) if text is not None]
    needs: list[Need] = [(table, column), *needs_along(contract.tables, table, (edge.columns,))]
    read = [parse_condition(contract.tables, contract.axes, edge.table, text) for text in texts]
    needs += needs_of(contract, edge.table, read)
    for name in arrivals.by:
        at = resolve_name(contract.tables, contract.axes, edge.table, name)
        needs += [*needs_along(contract.tables, edge.table, at.path), (at.table, at.column)]
    return tuple(dict.fromkeys(needs))


def parts_looked_at(evidence: Evidence, table: str) -> int:
    """Return into how many parts the parents are divided, one of which is looked at: a power of two."""
    rows = evidence.profile(table).rows
    return 1 if rows <= MOST_ROWS else 1 << (rows // MOST_ROWS).bit_length()


def observed(evidence: Evidence, table: str, column: str) -> Observed:
    """Return what is seen of the arrivals in a column. Raises QueryError."""
    rows = evidence.warehouse.rows(_sql(evidence, table, column))
    numbers = np.array([[np.nan if x is None else float(x) for x in row[1:]] for row in rows]).reshape(-1, 6)
    unit = np.array([row[0] for row in rows], dtype=np.int64)
    start, end, cell, rate, limit, time = numbers.T
    start, end = np.ceil(start / SECOND), np.ceil(end / SECOND)
    usable = (end > start) & ~np.isnan(cell) & (rate > 0)  # not where one is unknown
    first = usable & (np.diff(unit, prepend=-1) != 0)
    seen = usable & ~np.isnan(time)
    number = np.cumsum(first) - 1  # of the unit; those that are not usable have no rows left
    counts = np.bincount(number[seen], minlength=int(first.sum()))
    return Observed(
        start[first], end[first], cell[first].astype(np.int64), rate[first], limit[first], counts,
        number[seen], np.floor(time[seen] / SECOND),
    )  # fmt: skip


def _sql(evidence: Evidence, table: str, column: str) -> str:
    """Return the query: a row for each arrival, and one for each parent without any."""
    contract = evidence.contract
    edge, arrivals = _declared(evidence, table, column)
    scope = Scope(contract.tables, edge.table)

    def value(text: str) -> str:
        return parse_condition(contract.tables, contract.axes, edge.table, text).sql(scope.alias)

    keys = [scope.column((), key) for key in edge.keys]
    names = [f"k{at}" for at in range(len(keys))]
    limits = [str(edge.max)] if edge.max is not None else []
    limits += [f"coalesce({value(arrivals.limit)}, 0)"] if arrivals.limit is not None else []
    most = f"least({', '.join(limits)})" if limits else "NULL"
    rate = "1.0" if arrivals.rate is None else f"CAST({value(arrivals.rate)} AS DOUBLE)"
    columns = [
        *(f"{key} AS {name}" for key, name in zip(keys, names, strict=True)),
        f"row_number() OVER (ORDER BY {', '.join(keys)}) AS u",
        f"{_instant(value(arrivals.start))} AS s",
        f"{_instant(value(arrivals.until))} AS e",
        f"{_cell(evidence, edge.table, arrivals, scope)} AS cell",
        f"{rate} AS rate",
        f"{most} AS most",
    ]
    known = [f"{key} IS NOT NULL" for key in keys]
    parts = parts_looked_at(evidence, table)
    if parts > 1:
        whole = is_integer(evidence.warehouse.columns[edge.table].get(edge.keys[0], ""))
        known.append(chosen(keys[:1], parts, integer=whole))
    own = quote_ident(column)
    below = ", ".join(f"{quote_ident(each)} AS {name}" for name, each in zip(names, edge.columns, strict=True))
    on = " AND ".join(f"units.{name} = below.{name}" for name in names)
    return (
        f"WITH units AS (SELECT {', '.join(columns)} {scope.sql()} WHERE {' AND '.join(known)}), "
        f"below AS (SELECT {below}, epoch_us({own}) AS t FROM {table_sql(table)} WHERE isfinite({own})) "
        f"SELECT u, s, e, cell, rate, coalesce(most, 'infinity'::DOUBLE), t FROM units LEFT JOIN below ON {on} "
        "ORDER BY u, t"
    )


def _declared(evidence: Evidence, table: str, column: str) -> tuple[Edge, Arrivals]:
    spec = evidence.contract.tables[table]
    edge, arrivals = spec.parent, spec.columns[column].arrivals
    assert edge is not None
    assert arrivals is not None
    return edge, arrivals


def _instant(sql: str) -> str:
    instant = f"CAST({sql} AS TIMESTAMP)"
    return f"CASE WHEN isfinite({instant}) THEN epoch_us({instant}) END"


def _cell(evidence: Evidence, parent: str, arrivals: Arrivals, scope: Scope) -> str:
    """Return the SQL of the number of a parent's cell."""
    if not arrivals.by:
        return "0"
    contract = evidence.contract
    at = [resolve_name(contract.tables, contract.axes, parent, name) for name in arrivals.by]
    own = [f"CAST({scope.column(each.path, each.column)} AS VARCHAR)" for each in at]
    named = [dict.fromkeys(cell.at[index] for cell in arrivals.cells) for index in range(len(own))]
    cases = []
    for number, cell in enumerate(arrivals.cells):
        asked = [
            f"{sql} = {quote_text(value)}" if value is not None else _other(sql, [v for v in known if v is not None])
            for sql, value, known in zip(own, cell.at, named, strict=True)
        ]
        cases.append(f"WHEN {' AND '.join(asked)} THEN {number}")
    return f"CASE {' '.join(cases)} END"


def _other(sql: str, named: list[str]) -> str:
    listed = ", ".join(map(quote_text, named))
    return f"({sql} IS NULL OR {sql} NOT IN ({listed}))" if named else "true"
