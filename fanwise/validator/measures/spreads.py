"""Spreads: how many rows lead to each row along a reference, and how many of them are expected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.model import Edge, Spread
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.needs import Need, needs_of_expression
from fanwise.validator.measures.samples import sampled
from fanwise.validator.sql.joins import Scope
from fanwise.validator.sql.sampling import parts
from fanwise.validator.stats.evenness import Evenness, evenness
from fanwise.validator.stats.intervals import holm

__all__ = ["MOST_TARGETS", "MeasuredSpread", "edge_of", "parts_of_spread", "spread_needs", "spreads_of"]

FEWEST = 100
"""Rows below which nothing is judged."""
MOST_TARGETS = 4_000_000
"""Rows referred to up to which weights are compared."""


@dataclass(frozen=True, slots=True)
class MeasuredSpread:
    """Rows with a reference, how many targets there are, how many have rows and how many should, the largest shares.

    p: of rows that are so uneven, p_adjusted: over all spreads (Holm).
    """

    rows: int
    targets: int
    distinct: int
    distinct_expected: float
    largest: float
    largest_expected: float
    judged: Evenness
    p_adjusted: float = 1.0


def edge_of(evidence: Evidence, spread: Spread) -> Edge:
    """Return the edge whose rows are counted."""
    edge = evidence.contract.tables[spread.table].edge(spread.columns)
    assert edge is not None  # a contract without it is refused
    return edge


def spread_needs(evidence: Evidence, spread: Spread) -> tuple[Need, ...]:
    """Return the tables and columns that a spread is measured on."""
    edge = edge_of(evidence, spread)
    needs: list[Need] = [(spread.table, column) for column in edge.columns]
    needs += [(edge.table, key) for key in edge.keys]
    if spread.weight is not None:
        needs += needs_of_expression(evidence.contract, edge.table, spread.weight)
    return tuple(dict.fromkeys(needs))


def parts_of_spread(evidence: Evidence, spread: Spread) -> int:
    """Return into how many parts the rows are divided, one of which is looked at."""
    key = evidence.contract.tables[spread.table].key
    return parts(evidence.profile(spread.table).rows) if len(key) == 1 else 1


def spreads_of(evidence: Evidence) -> dict[Spread, MeasuredSpread]:
    """Return what the data show of each spread that can be asked and has enough rows."""
    return evidence.kept("spreads", lambda: _all(evidence))


def _all(evidence: Evidence) -> dict[Spread, MeasuredSpread]:
    asked = [each for each in evidence.contract.spreads if not evidence.blocked(spread_needs(evidence, each))]
    found = {each: made for each in asked if (made := _measured(evidence, each)) is not None}
    adjusted = holm([made.judged.p for made in found.values()])
    return {each: replace(made, p_adjusted=p) for (each, made), p in zip(found.items(), adjusted, strict=True)}


def _measured(evidence: Evidence, spread: Spread) -> MeasuredSpread | None:
    targets = evidence.profile(edge_of(evidence, spread).table).rows
    classes = _weighted(evidence, spread) if spread.weight is not None else _alike(evidence, spread, targets)
    rows = sum(counted * times for _, counted, times in classes)
    if rows < FEWEST or targets < 2 or not classes:
        return None
    return MeasuredSpread(
        rows=rows,
        targets=targets,
        distinct=sum(times for _, counted, times in classes if counted),
        distinct_expected=math.fsum(-times * math.expm1(-expected) for expected, _, times in classes),
        largest=max(counted for _, counted, _ in classes) / rows,
        largest_expected=max(expected for expected, _, _ in classes) / rows,
        judged=evenness(classes),
    )


def _alike(evidence: Evidence, spread: Spread, targets: int) -> list[tuple[float, int, int]]:
    """Return (expected, counted, times) of targets by how many rows they have; by rank where weights fall with it."""
    sql = f"SELECT n, count(*) FROM ({_counts(evidence, spread)}) GROUP BY n ORDER BY n DESC"
    found = [(int(n), int(times)) for n, times in evidence.warehouse.rows(sql)]
    rows, there = sum(n * times for n, times in found), sum(times for _, times in found)
    targets = max(targets, there)
    if spread.zipf is None:
        found = [*found, *([(0, targets - there)] if targets > there else [])]
        return [(rows / targets, n, times) for n, times in found]
    if targets > MOST_TARGETS:
        return []
    weights = [rank**-spread.zipf for rank in range(1, targets + 1)]
    total, counts = math.fsum(weights), [n for n, times in found for _ in range(times)]
    counts += [0] * (targets - there)
    return [(rows * weight / total, n, 1) for weight, n in zip(weights, counts, strict=True)]


def _weighted(evidence: Evidence, spread: Spread) -> list[tuple[float, int, int]]:
    edge, contract = edge_of(evidence, spread), evidence.contract
    if evidence.profile(edge.table).rows > MOST_TARGETS:
        return []
    scope = Scope(contract.tables, edge.table)
    condition = parse_condition(contract.tables, contract.axes, edge.table, spread.weight or "")
    weight = f"greatest(coalesce(CAST({condition.sql(scope.alias)} AS DOUBLE), 0), 0)"
    on = " AND ".join(f"c.k{at} = {scope.column((), key)}" for at, key in enumerate(edge.keys))
    joined = f"{scope.sql()} LEFT JOIN ({_counts(evidence, spread)}) AS c ON {on}"
    sql = (
        f"SELECT w, n, count(*) FROM (SELECT {weight} AS w, coalesce(c.n, 0) AS n {joined}) GROUP BY w, n ORDER BY w, n"
    )
    found = [(float(w), int(n), int(times)) for w, n, times in evidence.warehouse.rows(sql)]
    total, rows = math.fsum(w * times for w, _, times in found), sum(n * times for _, n, times in found)
    if not math.isfinite(total) or not total > 0:
        return []
    return [(rows * w / total, n, times) for w, n, times in found]


def _counts(evidence: Evidence, spread: Spread) -> str:
    """Return the query of each target that rows lead to, and how many do."""
    names: Sequence[str] = [quote_ident(column) for column in spread.columns]
    key, count = evidence.contract.tables[spread.table].key, parts_of_spread(evidence, spread)
    rows = sampled(evidence, spread.table, key[0], count) if count > 1 else table_sql(spread.table)
    own = ", ".join(f"{name} AS k{at}" for at, name in enumerate(names))
    present = " AND ".join(f"{name} IS NOT NULL" for name in names)
    return f"SELECT {own}, count(*) AS n FROM {rows} WHERE {present} GROUP BY ALL"
