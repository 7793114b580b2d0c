"""Features of the units: their own numbers and categories, and counts, means and largest values below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanwise.comparison.pair import LEAST, Pair
from fanwise.comparison.subjects import numbers_of
from fanwise.inference.findings import role_of
from fanwise.inference.model import SEGMENT, UNIT, Column, Table, data_sql, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["Features", "features_of"]

Floats = npt.NDArray[np.float64]

_MOST_UNITS = 4000
_MOST_NUMBERS, _MOST_VALUES = 6, 8
_U = quote_ident(UNIT)


@dataclass(frozen=True, slots=True)
class Features:
    """One row per unit, at most 4,000 of each side; what a unit does not have is nan. unit: the table of the units."""

    unit: str
    names: tuple[str, ...]
    real: Floats
    synth: Floats


def features_of(pair: Pair) -> Features | None:
    """Return the features of the units of most rows; None where there are fewer than 20 units or no feature."""
    root = _root(pair)
    if root is None or len(pair.source.tables[root].key) == 0:
        return None
    sql, names = _query(pair, root)
    if not names:
        return None
    real, synth = (_read(found, sql, root, names) for found in pair.sides)
    return Features(root, tuple(names), real, synth) if min(len(real), len(synth)) >= 5 * LEAST else None


def _root(pair: Pair) -> str | None:
    """Return the table of the segments, else that which is the unit of most tables."""
    if pair.axis is not None:
        return pair.axis.table
    units = [pair.unit_of(name) for name in pair.source.tables]
    above = [unit for unit in units if units.count(unit) > 1] or units
    return max(above, key=lambda unit: (units.count(unit), unit), default=None)


def _query(pair: Pair, root: str) -> tuple[str, list[str]]:
    """Return the query of the features by unit, and their names."""
    names: list[str] = []
    joins: list[str] = []
    columns: list[str] = []
    for at, table in enumerate(pair.source.tables.values()):
        if pair.unit_of(table.name) != root:
            continue
        own = dict(_own(pair, table) if table.name == root else _below(pair, table))
        if not own:
            continue
        asked = ", ".join(f"{value} AS f{place}" for place, value in enumerate(own.values()))
        joins.append(f"LEFT JOIN (SELECT {_U} AS u, {asked} FROM {work_sql(table.name)} GROUP BY 1) AS t{at} USING (u)")
        columns += [f"t{at}.f{place}::DOUBLE" for place in range(len(own))]
        names += own
    found = ", ".join(f"{column} AS x{place}" for place, column in enumerate(columns))
    return f"SELECT {found} FROM base {' '.join(joins)}", names


def _own(pair: Pair, table: Table) -> Iterator[tuple[str, str]]:
    for column in _numbers(pair, table):
        yield column.name, f"any_value({quote_ident(column.name)})"
    yield from _shares(pair, table)
    if pair.axis is not None:
        for segment in pair.axis.units:
            yield f"is {segment}", f"any_value(CAST({quote_ident(SEGMENT)} = {quote_text(segment)} AS INT))"


def _numbers(pair: Pair, table: Table) -> list[Column]:
    own = [each for each in numbers_of(pair, table) if (table.name, each.name) not in pair.borrowed]
    return own[:_MOST_NUMBERS]


def _below(pair: Pair, table: Table) -> Iterator[tuple[str, str]]:
    yield f"rows of {table.name}", "count(*)"
    for column in _numbers(pair, table):
        own = f"CAST({quote_ident(column.name)} AS DOUBLE)"
        yield f"mean {table.name}.{column.name}", f"favg({own})"
        yield f"largest {table.name}.{column.name}", f"max({own})"
    times = [
        quote_ident(each.name) for each in table.columns.values() if each.sort in ("date", "instant") and each.count
    ]
    for own in times[:1]:
        yield f"days of {table.name}", f"(epoch(max({own})) - epoch(min({own}))) / 86400"
    yield from _shares(pair, table)


def _shares(pair: Pair, table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns.values():
        role, own = role_of(pair.findings, table, column), quote_ident(column.name)
        if role == "bool":
            yield f"{table.name}.{column.name}", f"avg(CAST({own} AS INT))"
        elif role == "category":
            for value in list(pair.findings.categories[table.name, column.name].shares)[:_MOST_VALUES]:
                sql = f"avg(CAST(CAST({own} AS VARCHAR) = {quote_text(value)} AS INT))"
                yield f"{table.name}.{column.name} = {value}", sql


def _read(found: Opened, sql: str, root: str, names: list[str]) -> Floats:
    rows = int(found.session.rows(f"SELECT count(*) FROM {data_sql(root)}")[0][0])
    every = max(1, -(-rows // _MOST_UNITS))
    base = f"WITH base AS (SELECT {_U} AS u FROM {work_sql(root)} WHERE hash({_U}) % 1000003 % {every} = 0)"
    columns = found.session.execute(f"{base} {sql} ORDER BY u").fetchnumpy()
    out = [np.ma.filled(columns[f"x{place}"].astype(np.float64), np.nan) for place in range(len(names))]
    # Sums in another order differ in the last digits, and trees would see it.
    return np.column_stack(out).astype(np.float32).astype(np.float64)
