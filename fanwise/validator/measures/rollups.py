"""Roll-ups: what the rows below each row come to, computed again and compared with what is written.

All roll-ups of a table over the same rows share one scan: it groups those rows by the key above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.model import Column, Path, Rollup
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.data.types import is_integral, is_number, opened_type
from fanwise.validator.errors import QueryError
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.measures.families import SAMPLE, Broken
from fanwise.validator.measures.needs import needs_along, needs_of
from fanwise.validator.measures.row_rules import counted_rows, needs_of_excepted
from fanwise.validator.sql.joins import Scope

__all__ = ["EPSILON", "broken_rollup", "needs_of_rollup", "within_digits"]

_EXACT = 2.0**52
EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True)
class _Below:
    """The rows that are rolled up: those of `table`, by the last edge of `path`."""

    table: str
    path: Path


def needs_of_rollup(evidence: Evidence, table: str, name: str) -> Iterator[Need]:
    """Yield the tables and columns that a roll-up is recomputed from."""
    contract, spec = evidence.contract, evidence.contract.tables[table].columns[name]
    rollup = spec.rollup
    assert rollup is not None
    below = _below(evidence, rollup)
    yield table, name
    yield rollup.table, rollup.column
    yield from needs_along(contract.tables, rollup.table, below.path)
    if rollup.by is not None:
        yield rollup.table, rollup.by
    if rollup.where is not None:
        condition = parse_condition(contract.tables, contract.axes, rollup.table, rollup.where)
        yield from needs_of(contract, rollup.table, [condition])
    if rollup.aggregate in ("first", "last"):
        for near in tables_along(contract.tables, rollup.table, below.path)[:-1]:
            yield near, contract.tables[near].order
    yield from needs_of_excepted(contract, table, spec)


def broken_rollup(evidence: Evidence, table: str, name: str) -> Broken:
    """Return the rows whose value is not what the rows below them come to."""
    below, names = _alike(evidence, table, name)
    found = evidence.kept(("rollups", table, below), lambda: _all_broken(evidence, table, names))
    rows = found[name] if name in found else _broken(evidence, table, [name])[name]
    if not rows:
        return Broken(0)
    key = evidence.contract.tables[table].key
    if not key or evidence.blocked((table, column) for column in key):
        return Broken(rows)
    query, values, scope = _query(evidence, table, [name])
    columns = ", ".join(scope.column((), column) for column in key)
    sample = evidence.warehouse.rows(
        f"SELECT {columns} {query[0]} WHERE {query[1][0]} ORDER BY ALL LIMIT {SAMPLE}", values
    )
    return Broken(rows, tuple(" + ".join(map(str, row)) for row in sample))


def _below(evidence: Evidence, rollup: Rollup) -> _Below:
    parent = evidence.contract.tables[rollup.table].parent
    return _Below(rollup.table, rollup.path or (() if parent is None else (parent.columns,)))


def _alike(evidence: Evidence, table: str, name: str) -> tuple[_Below, list[str]]:
    """Return the rows below that a roll-up is of, and all usable columns that roll up the same ones."""
    columns = evidence.contract.tables[table].columns
    own = columns[name].rollup
    assert own is not None
    wanted = _below(evidence, own)
    alike = [
        other
        for other, spec in columns.items()
        if spec.rollup is not None
        and _below(evidence, spec.rollup) == wanted
        and not evidence.blocked(needs_of_rollup(evidence, table, other))
    ]
    return wanted, alike


def _all_broken(evidence: Evidence, table: str, names: Sequence[str]) -> Mapping[str, int]:
    try:
        return _broken(evidence, table, names)
    except QueryError:
        return {}


def _broken(evidence: Evidence, table: str, names: Sequence[str]) -> Mapping[str, int]:
    (source, broken), values, _ = _query(evidence, table, names)
    asked = ", ".join(f"count(*) FILTER (WHERE {each})" for each in broken)
    return dict(zip(names, map(int, evidence.warehouse.rows(f"SELECT {asked} {source}", values)[0]), strict=True))


def _query(evidence: Evidence, table: str, names: Sequence[str]) -> tuple[tuple[str, list[str]], list[object], Scope]:
    """Return the FROM clause that joins rows to their totals, and what is true where each column is wrong."""
    contract, scope, values = evidence.contract, Scope(evidence.contract.tables, table), list[object]()
    columns = contract.tables[table].columns
    rollups = [rollup for name in names if (rollup := columns[name].rollup) is not None]
    below = _below(evidence, rollups[0])
    inner = Scope(contract.tables, below.table, prefix="c")
    sums, broken = [], []
    for at, (name, rollup) in enumerate(zip(names, rollups, strict=True)):
        sums += _totals(evidence, inner, rollup, below, at)
        whole = is_integral(evidence.warehouse.columns[table][name])
        source = contract.tables[rollup.table].columns[rollup.column] if rollup.column else None
        wrong = _differs(scope.column((), name), columns[name], rollup, source, at, whole=whole)
        broken.append(" AND ".join([f"({wrong})", *counted_rows(contract, table, name, scope, values)]))
    edge = edges_along(contract.tables, below.table, below.path)[-1]
    own = [inner.column(below.path[:-1], column) for column in edge.columns]
    keys = ", ".join(f"{column} AS k{at}" for at, column in enumerate(own))
    present = " AND ".join(f"{column} IS NOT NULL" for column in own)
    totals = f"SELECT {keys}, {', '.join(sums)} {inner.sql()} WHERE {present} GROUP BY {', '.join(own)}"
    joined = " AND ".join(f"t.k{at} = {scope.column((), key)}" for at, key in enumerate(edge.keys))
    return (f"{scope.sql()} LEFT JOIN ({totals}) AS t ON {joined}", broken), values, scope


def _totals(evidence: Evidence, inner: Scope, rollup: Rollup, below: _Below, at: int) -> list[str]:
    """Return the aggregates that a roll-up needs: c (values), e (what they come to), and a (the sum of their sizes)."""
    contract = evidence.contract
    kept = ""
    if rollup.where is not None:
        condition = parse_condition(contract.tables, contract.axes, rollup.table, rollup.where)
        kept = f" FILTER (WHERE {condition.sql(inner.alias)})"
    none = f"0 AS a{at}"
    if rollup.column is None:
        return [f"count(*){kept} AS c{at}", f"count(*){kept} AS e{at}", none]
    source, column = contract.tables[rollup.table].columns[rollup.column], inner.column((), rollup.column)
    counted = f"count({column}){kept} AS c{at}"
    if rollup.aggregate == "count":
        return [counted, f"count({column}){kept} AS e{at}", none]
    if rollup.aggregate == "count_distinct":
        return [counted, f"count(DISTINCT {column}){kept} AS e{at}", none]
    if rollup.aggregate in ("first", "last"):
        return [counted, f"{_picked(evidence, inner, rollup, below, column)} AS e{at}", none]
    number = f"CAST({column} AS BIGINT)" if source.type == "bool" else column
    if rollup.aggregate in ("min", "max"):
        return [counted, f"{rollup.aggregate}({number}){kept} AS e{at}", none]
    if source.type.startswith("float"):
        profile = evidence.profile(rollup.table).columns[rollup.column]
        number = f"CAST({column} AS DOUBLE)"
        if source.decimals is not None and profile.largest * 10.0**source.decimals < _EXACT:
            # Values on a grid are added as whole numbers, whose sum does not depend on the order.
            whole = f"sum(CAST(round({number} * 1e{source.decimals}) AS BIGINT)){kept}"
            return [counted, f"CAST({whole} AS DOUBLE) / 1e{source.decimals} AS e{at}", none]
        return [counted, f"sum({number}){kept} AS e{at}", f"sum(abs({number})){kept} AS a{at}"]
    return [counted, f"sum({number}){kept} AS e{at}", none]


def _picked(evidence: Evidence, inner: Scope, rollup: Rollup, below: _Below, column: str) -> str:
    """Return the aggregate that takes the value of the first or last row."""
    contract = evidence.contract
    passed = tables_along(contract.tables, below.table, below.path)[:-1]
    orders = [
        inner.column(below.path[:steps], order)
        for steps in reversed(range(len(passed)))
        if (order := contract.tables[passed[steps]].order) is not None
    ]
    present = [f"{column} IS NOT NULL"]
    if rollup.by is not None:
        by = inner.column((), rollup.by)
        orders.insert(0, by)
        present.append(f"{by} IS NOT NULL")
    if rollup.where is not None:
        present.append(parse_condition(contract.tables, contract.axes, rollup.table, rollup.where).sql(inner.alias))
    return f"{rollup.aggregate}({column} ORDER BY {', '.join(orders)}) FILTER (WHERE {' AND '.join(present)})"


def _differs(own: str, column: Column, rollup: Rollup, below: Column | None, at: int, *, whole: bool) -> str:
    """Return what is true where a written value is not the aggregate, within the digits that it is written with."""
    count, found = f"coalesce(t.c{at}, 0)", f"t.e{at}"
    counts = rollup.aggregate in ("count", "count_distinct")
    if counts or rollup.aggregate == "sum":
        found = f"coalesce({found}, 0)"
    if below is not None and not counts and not is_number(below.type):
        return f"{own} IS DISTINCT FROM CAST({found} AS {opened_type(column.type)})"
    value = f"CAST({found} AS DOUBLE)" + (f" / nullif({count}, 0)" if rollup.aggregate == "mean" else "")
    finest = 0 if counts or below is None or below.type.startswith(("int", "bool")) else below.decimals
    slack = ""
    if rollup.slack:
        slack = f" + {rollup.slack!r} * {count if rollup.aggregate == 'sum' else 1}"
    size = f"{2 * EPSILON!r} * {count} * coalesce(t.a{at}, 0){slack}"
    return within_digits(own, column, value, None if rollup.aggregate == "mean" else finest, size, whole=whole)


def within_digits(own: str, column: Column, value: str, finest: int | None, more: str, *, whole: bool) -> str:
    """Return what is true where a written number is not `value`, within the digits that it is written with.

    finest: digits after the point of the value, None where they are not known. more: what it may differ besides.
    whole: integers are written.
    """
    missing = f"({own} IS NULL) <> ({value} IS NULL)"
    if isinstance(column.min, float):  # greatest and least pass over a null
        value = f"greatest({value}, {column.min!r}::DOUBLE)"
    if isinstance(column.max, float):
        value = f"least({value}, {column.max!r}::DOUBLE)"
    digits = 0 if whole else column.decimals
    exact = digits is not None and finest is not None and finest <= digits
    half = 0.0 if exact or digits is None else 0.5 * 10.0**-digits
    grid = 0.01 * 10.0 ** -(digits or 0) if exact and not whole else 0.0
    allowed = f"{half + grid!r} + {4 * EPSILON!r} * abs({value}) + {more}"
    return f"{missing} OR abs(CAST({own} AS DOUBLE) - {value}) > {allowed}"
