"""What is compared: counts of children, numbers, their means and totals per unit, and days between instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fanwise.comparison.pair import Pair
from fanwise.inference.findings import fanout_sql, role_of
from fanwise.inference.model import SEGMENT, UNIT, Column, Table, work_sql
from fanwise.inference.naming import is_id
from fanwise.io.quoting import quote_ident

__all__ = ["Subject", "numbers_of", "subjects_of", "total_sql"]

Kind = Literal["count", "number", "mean", "total", "gap"]

MOST_NUMBERS, MOST_PER_UNIT = 40, 8
_S, _U = quote_ident(SEGMENT), quote_ident(UNIT)


@dataclass(frozen=True, slots=True)
class Subject:
    """One quantity. relation: SQL with the columns s (segment), u (unit) and v (value), the same on both sides."""

    kind: Kind
    name: str
    table: str
    column: str
    relation: str


def subjects_of(pair: Pair) -> Iterator[Subject]:
    """Yield every quantity; what is left out of very wide tables becomes a note."""
    for table in pair.source.tables.values():
        yield from _counts(pair, table)
        numbers = [each for each in numbers_of(pair, table) if pair.borrowed.get((table.name, each.name)) != ""]
        unit = pair.unit_of(table.name)
        for column in numbers[:MOST_NUMBERS]:
            own, drawn = quote_ident(column.name), pair.borrowed.get((table.name, column.name))
            cluster = f"hash({quote_ident(drawn)})" if drawn else _U
            sql = f"SELECT {_S} AS s, {cluster} AS u, CAST({own} AS DOUBLE) AS v FROM {work_sql(table.name)}"
            yield Subject("number", f"{table.name}.{column.name}", table.name, column.name, sql)
        if len(numbers) > MOST_NUMBERS:
            pair.notes.append(f"{table.name}: the first {MOST_NUMBERS} of {len(numbers):,} columns of numbers")
        if unit == table.name:
            continue
        owned = [each for each in numbers if (table.name, each.name) not in pair.borrowed]
        for column in owned[:MOST_PER_UNIT]:
            yield from _per_unit(table, column, unit)
        yield from _gaps(table, unit)


def numbers_of(pair: Pair, table: Table) -> list[Column]:
    """Return the columns of numbers that mean something: no keys and no references."""
    return [
        column
        for column in table.columns.values()
        if role_of(pair.findings, table, column) == "number" and not is_id(column.name)
    ]


def total_sql(pair: Pair, table: str, column: str) -> str:
    """Return the query of the total of a column for every unit, those without rows included."""
    own, root = quote_ident(column), work_sql(pair.unit_of(table))
    return (
        f"SELECT r.{_S} AS s, r.{_U} AS u, coalesce(t.v, 0)::DOUBLE AS v FROM {root} AS r LEFT JOIN "
        f"(SELECT {_U} AS u, fsum(CAST({own} AS DOUBLE)) AS v FROM {work_sql(table)} GROUP BY 1) AS t ON t.u = r.{_U}"
    )


def _counts(pair: Pair, table: Table) -> Iterator[Subject]:
    axis = pair.axis
    for each in pair.source.edges(table.name):
        if each.parent or (axis is not None and each.target == axis.table):
            sql = f"SELECT {_S} AS s, {_U} AS u, n::DOUBLE AS v FROM ({fanout_sql(table.name, each, each.target)})"
            by = "" if each.parent else f" by {each.columns[0]}"
            yield Subject("count", f"{table.name} per {each.target}{by}", table.name, "", sql)


def _per_unit(table: Table, column: Column, unit: str) -> Iterator[Subject]:
    own = quote_ident(column.name)
    kinds: tuple[tuple[Kind, str], ...] = (("mean", "favg"), ("total", "fsum"))
    for kind, function in kinds:
        sql = (
            f"SELECT any_value({_S}) AS s, {_U} AS u, {function}(CAST({own} AS DOUBLE)) AS v "
            f"FROM {work_sql(table.name)} GROUP BY {_U}"
        )
        yield Subject(kind, f"{kind} {table.name}.{column.name} per {unit}", table.name, column.name, sql)


def _gaps(table: Table, unit: str) -> Iterator[Subject]:
    times = [each for each in table.columns.values() if each.sort in ("date", "instant") and each.count]
    for column in times[:1]:
        at = f"epoch({quote_ident(column.name)})"
        sql = (
            f"SELECT {_S} AS s, {_U} AS u, ({at} - lag({at}) OVER (PARTITION BY {_U} ORDER BY {at})) / 86400 AS v "
            f"FROM {work_sql(table.name)} WHERE {at} IS NOT NULL"
        )
        yield Subject("gap", f"days between {table.name}.{column.name} of a {unit}", table.name, column.name, sql)
