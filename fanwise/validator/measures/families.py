"""Rows below one row: how many there are, what they come to, and whether they are all different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Column, Distinct, Edge, Rollup
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.data.types import is_integer, is_integral
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.errors import QueryError
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.measures.row_rules import counted_rows, needs_of_excepted
from fanwise.validator.measures.uniqueness import shown_complete, shown_unique
from fanwise.validator.sql.joins import Scope, equal_columns
from fanwise.validator.sql.sampling import chosen, parts

__all__ = ["Broken", "broken_rollup", "fewest_and_most", "needs_of_rollup", "outside", "repeated", "within"]

SAMPLE = 5
_EXACT = 2.0**52
_EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows that break a rule, a few of their keys, and the share of the groups that was looked at."""

    rows: int
    sample: tuple[str, ...] = ()
    looked_at: float = 1.0


def fewest_and_most(evidence: Evidence, table: str, edge: Edge) -> tuple[int, int] | None:
    """Return the fewest and the most rows that a row of the edge's table has; None where that table is empty."""
    sql = f"SELECT min(n), max(n) FROM ({_counts(table, edge)})"
    low, high = evidence.warehouse.rows(sql)[0]
    return None if low is None else (low, high)


def within(evidence: Evidence, table: str, edge: Edge) -> bool:
    """Return whether the keys alone show that the bounds of an edge are kept; False means that it must be counted.

    Where the foreign key and a number of the row are unique together, rows with the smallest number belong to
    different rows above, and no row above has more rows than there are numbers.
    """
    key, profile = evidence.contract.tables[table].key, evidence.profile(table)
    if len(key) != len(edge.columns) + 1 or set(edge.columns) - set(key) or (edge.min or 0) > 1:
        return False
    place = next(column for column in key if column not in edge.columns)
    ends = profile.columns[place].ends
    if ends is None or not shown_unique(evidence, table, key):
        return False
    if edge.max is not None and ends[1] - ends[0] >= edge.max:
        return False
    if not edge.min:
        return True
    if len(edge.columns) != 1 or not shown_complete(evidence, table, edge.columns[0], edge.table, edge.keys[0]):
        return False
    first = f"SELECT count(*) FROM {table_sql(table)} WHERE {quote_ident(place)} = $1"
    return int(evidence.warehouse.rows(first, [ends[0]])[0][0]) == evidence.profile(edge.table).rows


def outside(evidence: Evidence, table: str, edge: Edge) -> Broken:
    """Return the rows of the edge's table that have too few or too many rows of `table`."""
    limits = [f"n < {edge.min:d}"] if edge.min is not None else []
    limits += [f"n > {edge.max:d}"] if edge.max is not None else []
    counts = f"FROM ({_counts(table, edge)}) WHERE {' OR '.join(limits)}"
    rows = int(evidence.warehouse.rows(f"SELECT count(*) {counts}")[0][0])
    keys = ", ".join(f"k{at}" for at in range(len(edge.keys)))
    sample = evidence.warehouse.rows(f"SELECT {keys} {counts} ORDER BY ALL LIMIT {SAMPLE}") if rows else []
    return Broken(rows, tuple(" + ".join(map(str, row)) for row in sample))


def _counts(table: str, edge: Edge) -> str:
    """Return the query of each key of the edge's table with its number of rows of `table`, 0 included."""
    own = [quote_ident(column) for column in edge.columns]
    grouped = f"SELECT {', '.join(own)}, count(*) AS n FROM {table_sql(table)} GROUP BY ALL"
    keys = ", ".join(f"p.{quote_ident(key)} AS k{at}" for at, key in enumerate(edge.keys))
    joined = equal_columns("c", edge.columns, "p", edge.keys)
    return (
        f"SELECT {keys}, coalesce(c.n, 0) AS n FROM {table_sql(edge.table)} AS p LEFT JOIN ({grouped}) AS c ON {joined}"
    )


def repeated(evidence: Evidence, table: str, rule: Distinct) -> Broken:
    """Return how many values below one row occur more than once, in all or in a sample of groups."""
    scope = Scope(evidence.contract.tables, table)
    last = edges_along(evidence.contract.tables, table, rule.path)[-1]
    above = [scope.column(rule.path[:-1], column) for column in last.columns]
    own = [scope.column((), column) for column in rule.columns]
    columns = ", ".join(f"{column} AS k{at}" for at, column in enumerate([*above, *own]))
    count = parts(evidence.profile(table).rows)
    near = tables_along(evidence.contract.tables, table, rule.path)[-2]
    integer = is_integer(evidence.warehouse.columns[near].get(last.columns[0], ""))
    kept = [f"{column} IS NOT NULL" for column in [*above, *own]]
    kept += [chosen(above, count, integer=integer)] if count > 1 else []
    twice = (
        f"WITH rows AS (SELECT {columns} {scope.sql()} WHERE {' AND '.join(kept)}), "
        "twice AS (SELECT * FROM rows GROUP BY ALL HAVING count(*) > 1) "
    )
    found = int(evidence.warehouse.rows(f"{twice} SELECT count(*) FROM twice")[0][0])
    sample = evidence.warehouse.rows(f"{twice} SELECT * FROM twice ORDER BY ALL LIMIT {SAMPLE}") if found else []
    return Broken(found, tuple(" + ".join(map(str, row)) for row in sample), 1 / count)


def needs_of_rollup(evidence: Evidence, table: str, name: str) -> Iterator[Need]:
    """Yield the tables and columns that a roll-up is recomputed from."""
    tables, spec = evidence.contract.tables, evidence.contract.tables[table].columns[name]
    assert spec.rollup is not None
    yield table, name
    yield spec.rollup.table, spec.rollup.column
    edge = tables[spec.rollup.table].parent
    for column in edge.columns if edge is not None else ():
        yield spec.rollup.table, column
    for column in edge.keys if edge is not None else ():
        yield table, column
    yield from needs_of_excepted(evidence.contract, table, spec)


def broken_rollup(evidence: Evidence, table: str, name: str) -> Broken:
    """Return the rows whose value is not what the rows below them come to."""
    below = _rollups(evidence, table, name)
    found = evidence.kept(("rollups", table, below[0]), lambda: _all_broken(evidence, table, below[1]))
    rows = found[name] if name in found else _broken(evidence, table, [name])[name]
    if not rows:
        return Broken(0)
    key = evidence.contract.tables[table].key
    if not key or evidence.blocked((table, column) for column in key):
        return Broken(rows)
    query, values, scope = _rollup_query(evidence, table, [name])
    columns = ", ".join(scope.column((), column) for column in key)
    sample = evidence.warehouse.rows(
        f"SELECT {columns} {query[0]} WHERE {query[1][0]} ORDER BY ALL LIMIT {SAMPLE}", values
    )
    return Broken(rows, tuple(" + ".join(map(str, row)) for row in sample))


def _rollups(evidence: Evidence, table: str, name: str) -> tuple[str, list[str]]:
    """Return the table below that a roll-up adds up, and all usable columns that add up rows of the same one."""
    columns = evidence.contract.tables[table].columns
    own = columns[name].rollup
    assert own is not None
    alike = [
        other
        for other, spec in columns.items()
        if spec.rollup is not None
        and spec.rollup.table == own.table
        and not evidence.blocked(needs_of_rollup(evidence, table, other))
    ]
    return own.table, alike


def _all_broken(evidence: Evidence, table: str, names: Sequence[str]) -> Mapping[str, int]:
    try:
        return _broken(evidence, table, names)
    except QueryError:
        return {}


def _broken(evidence: Evidence, table: str, names: Sequence[str]) -> Mapping[str, int]:
    (source, broken), values, _ = _rollup_query(evidence, table, names)
    asked = ", ".join(f"count(*) FILTER (WHERE {each})" for each in broken)
    return dict(zip(names, map(int, evidence.warehouse.rows(f"SELECT {asked} {source}", values)[0]), strict=True))


def _rollup_query(
    evidence: Evidence, table: str, names: Sequence[str]
) -> tuple[tuple[str, list[str]], list[object], Scope]:
    """Return the FROM clause that joins rows to their totals, and what is true where each column is wrong."""
    contract, scope, values = evidence.contract, Scope(evidence.contract.tables, table), list[object]()
    columns = contract.tables[table].columns
    sums, broken = ["count(*) AS n"], []
    edge: Edge | None = None
    for at, name in enumerate(names):
        rollup = columns[name].rollup
        assert rollup is not None
        edge = contract.tables[rollup.table].parent
        below = contract.tables[rollup.table].columns[rollup.column] if rollup.column else None
        sums += _totals(evidence, rollup, below, at)
        wrong = _differs(
            scope.column((), name),
            columns[name],
            rollup,
            below,
            at,
            is_integral(evidence.warehouse.columns[table][name]),
        )
        broken.append(" AND ".join([f"({wrong})", *counted_rows(contract, table, name, scope, values)]))
    assert edge is not None
    child = columns[names[0]].rollup
    assert child is not None
    own = [quote_ident(column) for column in edge.columns]
    present = " AND ".join(f"{column} IS NOT NULL" for column in own)
    totals = (
        f"SELECT {', '.join([*own, *sums])} FROM {table_sql(child.table)} WHERE {present} GROUP BY {', '.join(own)}"
    )
    joined = f"LEFT JOIN ({totals}) AS t ON {equal_columns('t', edge.columns, scope.alias(()), edge.keys)}"
    return (f"{scope.sql()} {joined}", broken), values, scope


def _totals(evidence: Evidence, rollup: Rollup, below: Column | None, at: int) -> list[str]:
    """Return the aggregates that a roll-up needs: c (values), e (what they come to), and a (the sum of their sizes)."""
    if rollup.column is None or below is None:
        return [f"count(*) AS c{at}", f"count(*) AS e{at}", f"0 AS a{at}"]
    column = quote_ident(rollup.column)
    number = f"CAST({column} AS BIGINT)" if below.type == "bool" else column
    counted, size = f"count({column}) AS c{at}", f"0 AS a{at}"
    if rollup.aggregate == "count":
        return [counted, f"count({column}) AS e{at}", size]
    if rollup.aggregate in ("min", "max"):
        return [counted, f"{rollup.aggregate}({number}) AS e{at}", size]
    if below.type.startswith("float"):
        profile = evidence.profile(rollup.table).columns[rollup.column]
        number = f"CAST({column} AS DOUBLE)"
        if below.decimals is not None and profile.largest * 10.0**below.decimals < _EXACT:
            # Values on a grid are added as whole numbers, whose sum does not depend on the order.
            whole = f"sum(CAST(round({number} * 1e{below.decimals}) AS BIGINT))"
            return [counted, f"CAST({whole} AS DOUBLE) / 1e{below.decimals} AS e{at}", size]
        return [counted, f"sum({number}) AS e{at}", f"sum(abs({number})) AS a{at}"]
    return [counted, f"sum({number}) AS e{at}", size]


def _differs(own: str, column: Column, rollup: Rollup, below: Column | None, at: int, whole: bool) -> str:
    """Return what is true where a written value is not the aggregate, within the digits that it is written with."""
    count, found = f"coalesce(t.c{at}, 0)", f"t.e{at}"
    if rollup.aggregate in ("count", "sum"):
        found = f"coalesce({found}, 0)"
    if below is not None and below.type in ("date", "timestamp", "text"):
        return f"{own} IS DISTINCT FROM {found}"
    value = f"CAST({found} AS DOUBLE)" + (f" / nullif({count}, 0)" if rollup.aggregate == "mean" else "")
    if isinstance(column.min, float):
        value = f"greatest({value}, {column.min!r}::DOUBLE)"
    if isinstance(column.max, float):
        value = f"least({value}, {column.max!r}::DOUBLE)"
    digits = 0 if whole else column.decimals
    finest = 0 if below is None or below.type.startswith(("int", "bool")) else below.decimals
    exact = rollup.aggregate != "mean" and digits is not None and finest is not None and finest <= digits
    half = 0.0 if exact or digits is None else 0.5 * 10.0**-digits
    grid = 0.01 * 10.0 ** -(digits or 0) if exact and not whole else 0.0
    each = f" + {rollup.slack!r} * {count if rollup.aggregate == 'sum' else 1}" if rollup.slack else ""
    rounding = f"{4 * _EPSILON!r} * abs({value}) + {2 * _EPSILON!r} * {count} * coalesce(t.a{at}, 0)"
    allowed = f"{half + grid!r} + {rounding}{each}"
    missing = f"({own} IS NULL) <> ({value} IS NULL)"
    return f"{missing} OR abs(CAST({own} AS DOUBLE) - {value}) > {allowed}"
