"""Spreads: how many rows lead to each row along a reference, and how many of them are expected."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from fanwise.validator.contract.model import Edge, Spread
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.needs import Need, needs_of_expression
from fanwise.validator.measures.spread_classes import classes_of
from fanwise.validator.stats.evenness import Evenness, evenness
from fanwise.validator.stats.intervals import holm

__all__ = ["MeasuredSpread", "edge_of", "spread_needs", "spreads_of"]

FEWEST = 100
"""Rows below which nothing is judged."""


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
    needs += [(spread.table, column) for column in spread.other]
    for text in (*([] if spread.weight is None else [spread.weight]), *spread.by):
        needs += needs_of_expression(evidence.contract, edge.table, text)
    return tuple(dict.fromkeys(needs))


def spreads_of(evidence: Evidence) -> dict[Spread, MeasuredSpread]:
    """Return what the data show of each spread that can be asked and has enough rows."""
    return evidence.kept("spreads", lambda: _all(evidence))


def _all(evidence: Evidence) -> dict[Spread, MeasuredSpread]:
    asked = [each for each in evidence.contract.spreads if not evidence.blocked(spread_needs(evidence, each))]
    found = {each: made for each in asked if (made := _measured(evidence, each)) is not None}
    adjusted = holm([made.judged.p for made in found.values()])
    return {each: replace(made, p_adjusted=p) for (each, made), p in zip(found.items(), adjusted, strict=True)}


def _measured(evidence: Evidence, spread: Spread) -> MeasuredSpread | None:
    edge = edge_of(evidence, spread)
    targets, made = evidence.profile(edge.table).rows, classes_of(evidence, spread, edge)
    classes = made.found
    rows = sum(each.counted * each.times for each in classes)
    if rows < FEWEST or targets < 2:
        return None
    return MeasuredSpread(
        rows=rows,
        targets=targets,
        distinct=sum(each.times for each in classes if each.counted),
        distinct_expected=math.fsum(-each.times * math.expm1(-each.expected) for each in classes),
        largest=max(each.counted for each in classes) / rows,
        largest_expected=max(each.expected for each in classes) / rows,
        judged=evenness(classes, made.groups),
    )
