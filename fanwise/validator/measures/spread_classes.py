"""How many rows lead to each row along a reference, beside how many are expected to.

A row of weight w in a group of weight W, to which R rows lead, is expected to have R w / W of them. Where a row may not
be the one that another reference leads to, those rows have one choice less: of the rows for which that is a row of
weight v, each chooses from W - v. Sums are exact, so that the order of rows changes nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.model import Edge, Spread
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import sampled
from fanwise.validator.sql.joins import Scope
from fanwise.validator.sql.sampling import parts
from fanwise.validator.stats.evenness import LARGE, Class

__all__ = ["MOST_TARGETS", "Classes", "classes_of", "parts_of_spread"]

MOST_TARGETS = 4_000_000
"""Rows referred to up to which weights are compared."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Rows referred to by how many rows lead to them. groups: those in which all have at least `LARGE`, or 1."""

    found: Sequence[Class]
    groups: int = 1


def classes_of(evidence: Evidence, spread: Spread, edge: Edge) -> Classes:
    """Return the rows that a spread refers to, none where they are too many or have no weight. Raises QueryError."""
    targets = evidence.profile(edge.table).rows
    if spread.weight is None and not spread.by and not spread.other:
        return Classes(_alike(evidence, spread, targets))
    return Classes(()) if targets > MOST_TARGETS else _grouped(evidence, spread, edge)


def parts_of_spread(evidence: Evidence, spread: Spread) -> int:
    """Return into how many parts the rows are divided, one of which is looked at."""
    key = evidence.contract.tables[spread.table].key
    return parts(evidence.profile(spread.table).rows) if len(key) == 1 else 1


def _alike(evidence: Evidence, spread: Spread, targets: int) -> list[Class]:
    """Return targets by how many rows they have; by rank where weights fall with it."""
    sql = f"SELECT n, count(*) FROM ({_counts(evidence, spread, spread.columns)}) GROUP BY n ORDER BY n DESC"
    found = [(int(n), int(times)) for n, times in evidence.warehouse.rows(sql)]
    rows, there = sum(n * times for n, times in found), sum(times for _, times in found)
    targets = max(targets, there)
    if spread.zipf is None:
        found = [*found, *([(0, targets - there)] if targets > there else [])]
        return [Class(rows / targets, n, times) for n, times in found]
    if targets > MOST_TARGETS:
        return []
    weights = [rank**-spread.zipf for rank in range(1, targets + 1)]
    total, counts = math.fsum(weights), [n for n, times in found for _ in range(times)]
    counts += [0] * (targets - there)
    return [Class(rows * weight / total, n, 1) for weight, n in zip(weights, counts, strict=True)]


Row = tuple[float, int, int, int]
"""Weight, rows that lead to it, rows that lead to it by the other reference, and how many targets have all three."""


def _grouped(evidence: Evidence, spread: Spread, edge: Edge) -> Classes:
    """Return the targets of each group by what is expected of them."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for w, n, others, times, *group in evidence.warehouse.rows(_targets_sql(evidence, spread, edge)):
        groups[tuple(group)].append((float(w), int(n), int(others), int(times)))
    found: list[Class] = []
    whole = 0
    for rows in groups.values():
        total = math.fsum(w * times for w, _, _, times in rows)
        if not math.isfinite(total) or (not total > 0 and len(groups) == 1):
            return Classes(())
        made = _expected(rows, total)
        found += made
        whole += bool(made) and all(each.expected >= LARGE for each in made)
    return Classes(found, max(1, whole))


def _expected(rows: Sequence[Row], total: float) -> list[Class]:
    """Return the classes of one group of this total weight; none of a group that nothing leads to."""
    of = sum(n * times for _, n, _, times in rows)
    if not of:
        return []
    barred = sum(others * times for _, _, others, times in rows)
    share = [others / (total - w) if total > w else 0.0 for w, _, others, _ in rows]
    free = (of - barred) / total if total > 0 else 0.0
    choices = math.fsum([free, *(one * times for one, (*_, times) in zip(share, rows, strict=True))])
    return [
        Class(max(0.0, w * (choices - one)), n, times, of)
        for one, (w, n, _, times) in zip(share, rows, strict=True)
    ]  # fmt: skip


def _targets_sql(evidence: Evidence, spread: Spread, edge: Edge) -> str:
    """Return the query of weight, rows, rows of the other reference, targets with these, and their group."""
    contract = evidence.contract
    scope = Scope(contract.tables, edge.table)

    def read(text: str) -> str:
        return parse_condition(contract.tables, contract.axes, edge.table, text).sql(scope.alias)

    weight = f"greatest(coalesce(CAST({read(spread.weight)} AS DOUBLE), 0), 0)" if spread.weight else "1.0::DOUBLE"
    by = "".join(f", {read(text)} AS g{at}" for at, text in enumerate(spread.by))
    other = contract.tables[spread.table].edge(spread.other) if spread.other else None
    joins, beside = [_join(evidence, spread, edge, edge, scope, "c")], "0"
    if other is not None:
        joins.append(_join(evidence, spread, other, edge, scope, "o"))
        beside = "coalesce(o.n, 0)"
    rows = f"SELECT {weight} AS w, coalesce(c.n, 0) AS n, {beside} AS m{by} {scope.sql()} {' '.join(joins)}"
    names = "".join(f", g{at}" for at in range(len(spread.by)))
    return f"SELECT w, n, m, count(*){names} FROM ({rows}) GROUP BY w, n, m{names} ORDER BY ALL"


def _join(evidence: Evidence, spread: Spread, counted: Edge, edge: Edge, scope: Scope, alias: str) -> str:
    """Return the join of targets to the rows that lead to them along the edge `counted`."""
    keys = dict(zip(counted.keys, range(len(counted.keys)), strict=True))
    on = " AND ".join(f"{alias}.k{keys[key]} = {scope.column((), key)}" for key in edge.keys)
    present = spread.columns if counted is not edge else ()
    return f"LEFT JOIN ({_counts(evidence, spread, counted.columns, present)}) AS {alias} ON {on}"


def _counts(evidence: Evidence, spread: Spread, columns: Sequence[str], present: Sequence[str] = ()) -> str:
    """Return the query of each target that rows lead to by `columns`, and how many do.

    present: columns that have a value in the rows that count, besides `columns`.
    """
    key, count = evidence.contract.tables[spread.table].key, parts_of_spread(evidence, spread)
    rows = sampled(evidence, spread.table, key[0], count) if count > 1 else table_sql(spread.table)
    own = ", ".join(f"{quote_ident(column)} AS k{at}" for at, column in enumerate(columns))
    there = " AND ".join(f"{quote_ident(column)} IS NOT NULL" for column in dict.fromkeys((*columns, *present)))
    return f"SELECT {own}, count(*) AS n FROM {rows} WHERE {there} GROUP BY ALL"
