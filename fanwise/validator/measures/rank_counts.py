"""Carriers: the rows of an axis' table as the units of rank tests and of deciles, one pass of SQL per measure.

A carrier's value is what its own rows say: their number, their total, their mean. Carriers are independent where rows
below one of them are not, so that ranks and deciles of carriers may be tested without further ado.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.estimates import Scale
from fanwise.validator.sql.totals import TotalsQuery
from fanwise.validator.stats.ranks import Ranks

__all__ = ["MOST_SEGMENTS", "Carriers", "Deciles", "carriers"]

MOST_SEGMENTS = 24
"""Segments up to which all pairs are ranked; the work grows with their square."""

_TABLE = "carriers"
_COARSE = 1024.0


@dataclass(frozen=True, slots=True)
class Deciles:
    """Carriers per segment between the pooled deciles. edges: upper ends of all intervals but the last, ascending.

    Equal deciles are one edge, so there may be fewer than ten intervals.
    """

    edges: tuple[float, ...]
    counts: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Carriers:
    """Ranks and deciles of the carriers of the declared segments; None where there are no carriers."""

    ranks: Ranks
    deciles: Deciles


def carriers(warehouse: Warehouse, contract: Contract, measure: Measure, scale: Scale) -> Carriers | None:
    """Return ranks and deciles of a measure by carrier, over the declared segments; None for too many of them."""
    segments = contract.axes[measure.axis].segments
    if len(segments) > MOST_SEGMENTS:
        return None
    integral = scale.integral or measure.aggregate in ("count", "share")
    factor = 1.0 if integral else scale.factor()
    whole = factor if integral else factor / _COARSE
    query = TotalsQuery(contract, measure, factor, integral, warehouse=warehouse)
    per = query.per(len(measure.path), materialized=False, units=True)
    marks = ", ".join(f"(${len(query.values) + 1 + index}, {index})" for index in range(len(segments)))
    # A quotient of two integers is the same number whatever the number of threads. Values that were scaled keep 42
    # bits: means that are equal in decimals must tie.
    value = "CAST(y AS DOUBLE) / CAST(x AS DOUBLE)"
    if not integral:
        value = f"round({value} / {_COARSE})"
    warehouse.rows(
        f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS WITH {per}, places(name, g) AS (VALUES {marks}) "
        f"SELECT g, {value} AS v FROM per JOIN places ON s = name WHERE x > 0",
        [*query.values, *segments],
    )
    try:
        ranks = _ranks(warehouse, segments)
        return Carriers(ranks, _deciles(warehouse, segments, whole)) if sum(ranks.n.values()) else None
    finally:
        warehouse.rows(f"DROP TABLE IF EXISTS {_TABLE}")


def _ranks(warehouse: Warehouse, segments: Sequence[str]) -> Ranks:
    places = range(len(segments))
    own = ", ".join(f"count(*) FILTER (g = {place}) AS c{place}" for place in places)
    under = ", ".join(f"coalesce(sum(c{place}) OVER below, 0) AS b{place}" for place in places)
    pairs = [(a, b) for a in places for b in places if a != b]
    wins = [f"sum(CAST(c{a} AS HUGEINT) * (2 * b{b} + c{b}))" for a, b in pairs]
    sums = ", ".join([*(f"sum(c{place})" for place in places), "sum(t * t)", "sum(t * t * t)", *wins])
    row = warehouse.rows(
        f"WITH tied AS (SELECT v, CAST(count(*) AS HUGEINT) AS t, {own} FROM {_TABLE} GROUP BY v), "
        f"ranked AS (SELECT *, {under} FROM tied "
        "WINDOW below AS (ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) "
        f"SELECT {sums} FROM ranked"
    )[0]
    numbers = [int(number or 0) for number in row]
    n, (ties2, ties3), won = numbers[: len(segments)], numbers[len(segments) :][:2], numbers[len(segments) + 2 :]
    table: dict[str, dict[str, int]] = {name: {} for name in segments}
    for (a, b), number in zip(pairs, won, strict=True):
        table[segments[a]][segments[b]] = number
    return Ranks(dict(zip(segments, n, strict=True)), table, ties2, ties3)


def _deciles(warehouse: Warehouse, segments: Sequence[str], factor: float) -> Deciles:
    tenths = ", ".join(f"{tenth / 10}" for tenth in range(1, 10))
    cuts = warehouse.rows(f"SELECT quantile_cont(v, [{tenths}]) FROM {_TABLE}")[0][0]
    edges = sorted(set(cuts))
    place = " + ".join(f"CAST(v > ${index + 1} AS INTEGER)" for index in range(len(edges)))
    found = warehouse.rows(f"SELECT g, {place} AS bin, count(*) FROM {_TABLE} GROUP BY ALL", edges)
    counts = {name: [0] * (len(edges) + 1) for name in segments}
    for segment, bin_, rows in found:
        counts[segments[segment]][bin_] = rows
    filled = [any(row[bin_] for row in counts.values()) for bin_ in range(len(edges) + 1)]
    kept = {name: tuple(n for n, some in zip(row, filled, strict=True) if some) for name, row in counts.items()}
    # An empty interval can only be the last one: every edge is a value, or lies between two.
    shown = edges if filled[-1] else edges[:-1]
    return Deciles(tuple(float(f"{edge / factor:.9g}") for edge in shown), kept)
