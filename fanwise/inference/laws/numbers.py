"""Numbers of a table: how they are spread, how many digits they have, and how often each count occurs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from fanwise.inference.laws.count_laws import Counts
from fanwise.inference.laws.laws import GRID, Spread
from fanwise.inference.model import SEGMENT, UNIT, Table, data_sql, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["counts_of", "digits_of", "guarded", "spread_of", "unit_ends"]

_DIGITS = 5
_BATCH = 20


def digits_of(found: Opened, table: Table) -> dict[str, int]:
    """Return how many digits after the point the numbers of a table have; more than 5 are 6."""
    names = [column.name for column in table.columns.values() if column.sort in ("float", "decimal") and column.count]
    out = {column.name: 0 for column in table.columns.values() if column.sort == "int"}
    for begin in range(0, len(names), _BATCH):
        batch = names[begin : begin + _BATCH]
        asked = [
            f"count(*) FILTER (abs({own} - round({own}, {digits})) > 1e-9 * greatest(1, abs({own})))"
            for own in (f"CAST({quote_ident(name)} AS DOUBLE)" for name in batch)
            for digits in range(_DIGITS + 1)
        ]
        broken = found.session.rows(f"SELECT {', '.join(asked)} FROM {data_sql(table.name)}")[0]
        for at, name in enumerate(batch):
            own = broken[at * (_DIGITS + 1) : (at + 1) * (_DIGITS + 1)]
            out[name] = next((digits for digits, count in enumerate(own) if not count), 6)
    return out


def spread_of(found: Opened, relation: str, value: str) -> Spread | None:
    """Return how the values of a query are spread, None where there are fewer than two."""
    grid = ", ".join(f"{share:.6f}" for share in GRID)
    logs = f"CASE WHEN {value} > 0 THEN ln({value}) END"
    sql = (
        f"SELECT count({value}), avg({value}), stddev_samp({value}), min({value}), max({value}), avg({logs}), "
        f"stddev_samp({logs}), quantile_cont({value}, [{grid}]) FROM (SELECT CAST({value} AS DOUBLE) AS {value} "
        f"FROM ({relation}))"
    )
    count, mean, sd, low, high, log_mean, log_sd, quantiles = found.session.rows(sql)[0]
    if count < 2:
        return None
    logs_known = low > 0 and log_sd is not None
    nothing = (math.nan, math.nan)
    log_mean, log_sd = (log_mean, log_sd) if logs_known else nothing
    return Spread(count, mean, sd, low, high, log_mean, log_sd, np.array(quantiles, dtype=np.float64))


def counts_of(found: Opened, relation: str, value: str) -> dict[str | None, Counts]:
    """Return how often each value of a query occurs in each segment; under None in all of them."""
    segment = quote_ident(SEGMENT)
    rows = found.session.rows(
        f"SELECT {segment}, CAST({value} AS DOUBLE) AS v, count(*) FROM ({relation}) WHERE {value} IS NOT NULL "
        "GROUP BY ALL ORDER BY v"
    )
    out: dict[str | None, dict[float, float]] = {}
    for name, one, count in rows:
        for key in {name, None}:
            own = out.setdefault(key, {})
            own[one] = own.get(one, 0.0) + count
    return {key: Counts(np.array(list(own)), np.array(list(own.values()))) for key, own in out.items()}


def guarded(found: Opened, table: str, column: str, values: Sequence[float], step: float, least: int) -> list[float]:
    """Return numbers between the ends of `least` units, rare values among them moved by a part of their last digit."""
    low, high = unit_ends(found, table, column, least)
    values = [min(max(value, low), high) for value in values]
    rare = rare_values(found, table, column, values, least)
    return [value + 0.3 * step if value in rare else value for value in values]


def unit_ends(found: Opened, table: str, column: str, least: int) -> tuple[float, float]:
    """Return the ends beyond which fewer than `least` units have values; both are infinite for fewer units in all."""
    own, unit = f"CAST({quote_ident(column)} AS DOUBLE)", quote_ident(UNIT)
    sql = (
        f"SELECT count(*), list_last(min(low, {least:d})), list_last(max(high, {least:d})) "
        f"FROM (SELECT min({own}) AS low, max({own}) AS high FROM {work_sql(table)} WHERE {own} IS NOT NULL "
        f"GROUP BY {unit})"
    )
    units, low, high = found.session.rows(sql)[0]
    return (float(low), float(high)) if units >= least and low <= high else (-math.inf, math.inf)


def rare_values(found: Opened, table: str, column: str, values: Iterable[float], least: int) -> set[float]:
    """Return which of these numbers are values of at least one unit but fewer than `least`."""
    some = ", ".join(repr(float(value)) for value in dict.fromkeys(values))
    own = f"CAST({quote_ident(column)} AS DOUBLE)"
    sql = (
        f"SELECT {own}, count(DISTINCT {quote_ident(UNIT)}) AS n FROM {work_sql(table)} WHERE {own} IN ({some}) "
        f"GROUP BY 1 HAVING n < {least:d}"
    )
    return {float(value) for value, _ in found.session.rows(sql)}
