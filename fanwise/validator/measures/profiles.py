"""Profiles: rows, nulls and ends of a table, and whatever else needs no grouping, by one scan.

Reading and unpacking a column costs more than most of what is then asked of it. So rules on rows and bitmaps of keys
ride along with the profile: each gives its aggregates and takes their values. Where the query with them fails, or a
join adds rows, the profile is asked alone and so is everything else, as if nothing had ridden along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Contract
from fanwise.validator.data.types import INSTANTS, is_integer, is_integral, is_real
from fanwise.validator.data.warehouse import Warehouse, table_sql
from fanwise.validator.errors import QueryError
from fanwise.validator.measures.estimates import Scale
from fanwise.validator.sql.joins import Scope

__all__ = ["ColumnProfile", "Rider", "Riding", "TableProfile", "profiled"]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """nulls: rows without a value; odd: NaN or infinite ones; largest: the largest finite absolute value.

    ends: the smallest and the largest of integers; None for other types, and where there is no value.
    range: the smallest and the largest finite number, None where there is none.
    """

    type: str
    nulls: int
    odd: int = 0
    largest: float = 0.0
    ends: tuple[int, int] | None = None
    range: tuple[float, float] | None = None

    @property
    def scale(self) -> Scale:
        """How the values become integers."""
        return Scale(self.largest, is_integral(self.type))


@dataclass(frozen=True, slots=True)
class TableProfile:
    """Rows of a table and the profile of each column of the contract that it has."""

    rows: int
    columns: Mapping[str, ColumnProfile]


@dataclass(frozen=True, slots=True)
class Riding:
    """Aggregates over the rows of a scope, and what takes their values together with the profile."""

    asked: Sequence[str]
    take: Callable[[TableProfile, Sequence[Any]], None]


Rider = Callable[[Scope, list[object]], Riding]
"""Says what rides along in a scan of this scope; adds what is bound to the list."""


def profiled(warehouse: Warehouse, contract: Contract, table: str, riders: Sequence[Rider] = ()) -> TableProfile:
    """Return the profile of an open table, over the columns that the contract names. Raises QueryError."""
    present = warehouse.columns[table]
    types = {name: present[name] for name in contract.tables[table].columns if name in present}
    scope, values = Scope(contract.tables, table), list[object]()
    rides = [rider(scope, values) for rider in riders]
    rides = [ride for ride in rides if ride.asked]
    if rides:
        own = _asked(types, scope)
        more = [each for ride in rides for each in ride.asked]
        try:
            row = warehouse.rows(f"SELECT {', '.join([*own, *more])} {scope.sql()}", values)[0]
            whole = not scope.joins or row[0] == warehouse.count(table)
        except QueryError:
            whole = False
        if whole:
            found, rest = _profile(warehouse, table, types, row[: len(own)]), list(row[len(own) :])
            for ride in rides:
                ride.take(found, rest[: len(ride.asked)])
                rest = rest[len(ride.asked) :]
            return found
    alone = Scope(contract.tables, table)
    return _profile(
        warehouse, table, types, warehouse.rows(f"SELECT {', '.join(_asked(types, alone))} {alone.sql()}")[0]
    )


def _asked(types: Mapping[str, str], scope: Scope) -> list[str]:
    asked = ["count(*)"]
    for name, kind in types.items():
        column = scope.column((), name)
        asked.append(f"count({column})")
        if is_real(kind) or is_integer(kind):
            asked += [f"min({column})", f"max({column})"]
        elif kind in INSTANTS:
            asked.append(f"count(*) FILTER (NOT isfinite({column}))")
    return asked


def _profile(warehouse: Warehouse, table: str, types: Mapping[str, str], values: Sequence[Any]) -> TableProfile:
    row = list(values)
    rows = row.pop(0)
    columns = {}
    for name, kind in types.items():
        found = ColumnProfile(kind, rows - row.pop(0))
        if is_real(kind):
            # NaN is above all numbers in DuckDB: only where it or an infinity came out are they to be counted.
            odd, low, high = 0, row.pop(0), row.pop(0)
            if low is not None and not (isfinite(low) and isfinite(high)):
                odd, low, high = _odd(warehouse, table, name)
            ends = None if low is None else (float(low), float(high))
            found = replace(found, odd=odd, largest=max(map(abs, ends)) if ends else 0.0, range=ends)
        elif is_integer(kind):
            low, high = row.pop(0), row.pop(0)
            found = replace(found, ends=None if low is None else (low, high))
            found = replace(found, range=found.ends)
        elif kind in INSTANTS:
            found = replace(found, odd=row.pop(0))
        columns[name] = found
    return TableProfile(rows, columns)


def _odd(warehouse: Warehouse, table: str, column: str) -> tuple[int, float | None, float | None]:
    """Return how many values are NaN or infinite, and the smallest and the largest finite one."""
    value = f"CAST({quote_ident(column)} AS DOUBLE)"
    finite = f"FILTER (isfinite({value}))"
    asked = f"count(*) FILTER (NOT isfinite({value})), min({value}) {finite}, max({value}) {finite}"
    odd, low, high = warehouse.rows(f"SELECT {asked} FROM {table_sql(table)}")[0]
    return odd, low, high
