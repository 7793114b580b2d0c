"""Roll-ups as a reader of the files can compute them again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from fanwise.generator.audit.contract.reading import Off, Reader
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.formulas import Aggregation
from fanwise.generator.language.spec import Step
from fanwise.validator import Rollup

__all__ = ["rolled_up"]


def rolled_up(reader: Reader, own: BoundColumn, kind: Aggregation) -> Rollup:
    """Return the roll-up of a column (raises Off)."""
    below = kind.below
    steps = tuple(map(Step, [*reversed(below.way[:-1]), reader.name]))
    path = reader.plan.schema.route(below.table, steps) if below.table in reader.tables else None
    if path is None:
        raise Off(f"{below.table} does not hold the key of {reader.name}")
    where = None if kind.condition is None else replace(reader, name=below.table).formula(kind.condition)
    direct = () if len(path) == 1 else path
    if below.column is None:
        return Rollup("count", below.table, where=where, path=direct)
    bound = reader.plan.tables[below.table].columns[below.column]
    if bound.spec.hidden:
        raise Off(f"'{below.text}' is hidden")
    if own.dtype == pl.String() and bound.dtype != pl.String():
        raise Off("it is written as text")
    slack = _slack(bound)
    aggregate: Any = kind.aggregate
    if aggregate == "count_distinct" and slack:
        raise Off(f"'{below.text}' is written with fewer digits than it is compared with")
    if aggregate in ("first", "last"):
        lost = [table for table in below.way if reader.order(table) is None]
        if lost:
            raise Off(f"no column of {lost[0]} tells the order of its rows")
        if kind.by is not None and reader.plan.tables[below.table].columns[kind.by].spec.hidden:
            raise Off(f"'{below.table}.{kind.by}' is hidden")
    slack = 0.0 if aggregate == "count" else slack
    return Rollup(aggregate, below.table, below.column, slack, where, kind.by, direct)


def _slack(bound: BoundColumn) -> float:
    """Return by how much a written value may differ from the one that is rolled up."""
    scale = bound.dtype.scale if isinstance(bound.dtype, pl.Decimal) else None
    if scale is None or bound.integral:
        return 0.0
    digits = bound.spec.round if bound.spec.round is not None else bound.generator.digits
    return 0.5 * 10.0**-scale if digits is None or digits > scale else 0.0
