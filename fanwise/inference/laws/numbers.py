"""Numbers of a table: how they are spread, how many digits they have, and how often each count occurs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from fanwise.inference.laws.count_laws import Counts
from fanwise.inference.laws.laws import GRID, Floats, Spread, Tail
from fanwise.inference.model import SEGMENT, UNIT, Table, data_sql, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["apart", "counts_of", "digits_of", "guarded", "rare_values", "spread_of", "tail_of", "unit_ends"]

_DIGITS = 5
_BATCH = 20
_TAIL = 0.1  # the largest share of rows that the values beyond an end may be
_FAR_OUT = (*np.arange(0.99, 0.9995, 0.0005).round(4).tolist(), 0.9995, 0.9998, 0.9999)
_STRAIGHT = 0.03  # of the height of a tail: by so much its knots may differ from its quantiles


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
        f"SELECT count({value}), favg({value}), stddev_samp({value}), min({value}), max({value}), favg({logs}), "
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
        "GROUP BY ALL ORDER BY 2, 1"
    )
    out: dict[str | None, dict[float, float]] = {}
    for name, one, count in rows:
        for key in dict.fromkeys((name, None)):
            own = out.setdefault(key, {})
            own[one] = own.get(one, 0.0) + count
    return {key: Counts(np.array(list(own)), np.array(list(own.values()))) for key, own in out.items()}


def guarded(found: Opened, table: str, column: str, values: Sequence[float], step: float, least: int) -> list[float]:
    """Return numbers between the ends of `least` units, rare values among them moved by a part of their last digit."""
    low, high = unit_ends(found, table, column, least)
    return apart(found, table, column, [min(max(value, low), high) for value in values], step, least)


def apart(found: Opened, table: str, column: str, values: Sequence[float], step: float, least: int) -> list[float]:
    """Return numbers of which those that are values of fewer than `least` units are moved by a part of a digit."""
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


def tail_of(
    found: Opened, relation: str, value: str, least: int, apart: Callable[[float], float], most: float = _TAIL
) -> Tail | None:
    """Return the largest values of a query with units; None where nothing can be written about them.

    most: the share of rows that are no tail any more. None as well where one unit has more than half of
    what lies beyond the end.
    """
    sql = (
        f"WITH v AS (SELECT CAST({value} AS DOUBLE) AS x, {quote_ident(UNIT)} AS u FROM ({relation}) "
        f"WHERE {value} IS NOT NULL), ends AS (SELECT count(*) AS units, list_last(max(high, {least:d})) AS high "
        "FROM (SELECT max(x) AS high FROM v GROUP BY u)), "
        "above AS (SELECT u, count(*) AS n, fsum(x - high) AS own FROM v, ends WHERE x >= high GROUP BY u) "
        "SELECT (SELECT count(*) FROM v), any_value(units), any_value(high), sum(n), fsum(own), max(own) "
        "FROM above, ends"
    )
    rows, units, end, above, excess, largest = found.session.rows(sql)[0]
    if not units or units <= least or above > most * rows or largest > excess / 2:
        return None
    shares = [share for share in _FAR_OUT if share < 1 - above / rows]
    inner: dict[float, float] = {}
    if shares:
        asked = f"SELECT quantile_cont(CAST({value} AS DOUBLE), {shares}) FROM ({relation})"
        values = np.array([*found.session.rows(asked)[0][0], end], dtype=np.float64)
        kept = _bends(np.array([*shares, 1 - above / rows]), values)
        inner = {shares[at]: float(values[at]) for at in kept if at < len(shares)}
    return Tail(min(round(1 - above / rows, 6), 1 - 1e-6), float(end), float(end + excess / above), inner, apart)


def _bends(shares: Floats, values: Floats) -> list[int]:
    """Return the places of values between which straight lines come near to all of them, the ends included."""
    kept = [0, len(shares) - 1]
    slack = _STRAIGHT * (values[-1] - values[0])
    while len(kept) < len(shares):
        away = np.abs(values - np.interp(shares, shares[kept], values[kept]))
        if away.max() <= slack:
            break
        kept = sorted({*kept, int(away.argmax())})
    return kept


def rare_values(found: Opened, table: str, column: str, values: Iterable[float], least: int) -> set[float]:
    """Return which of these numbers are values of at least one unit but fewer than `least`."""
    some = ", ".join(repr(float(value)) for value in dict.fromkeys(values))
    own = f"CAST({quote_ident(column)} AS DOUBLE)"
    sql = (
        f"SELECT {own}, count(DISTINCT {quote_ident(UNIT)}) AS n FROM {work_sql(table)} WHERE {own} IN ({some}) "
        f"GROUP BY 1 HAVING n < {least:d}"
    )
    return {float(value) for value, _ in found.session.rows(sql)}
