"""Bounds: how many counts or values of a segment lie exactly on its smallest or largest one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract
from fanwise.validator.contract.paths import tables_along
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.estimates import Scale
from fanwise.validator.sql.joins import Scope
from fanwise.validator.sql.totals import TotalsQuery

__all__ = ["Bound", "bounds", "held_at", "largest_unit", "largest_value"]

HELD = 0.01
"""Share of rows on one end above which it counts as a bound; an unbounded law puts a handful there."""

FEWEST = 100
"""Rows below which a few on one end say nothing."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The smallest and the largest of n counts or values of one segment, and how many lie exactly there."""

    segment: str | None
    n: int
    low: float
    high: float
    at_low: int
    at_high: int
    integral: bool


def bounds(warehouse: Warehouse, contract: Contract, measure: Measure, scale: Scale) -> tuple[Bound, ...]:
    """Return the ends of single counts or values in every segment found."""
    integral = scale.integral or measure.aggregate == "count"
    query = TotalsQuery(contract, measure, 1.0 if integral else scale.factor(), integral, warehouse=warehouse)
    depth = 0
    if measure.per is not None:
        depth = tables_along(contract.tables, measure.table, measure.path).index(measure.per)
    per = query.per(depth, materialized=True)
    sql = (
        f"WITH {per}, ends AS (SELECT s, min(y) AS low, max(y) AS high FROM per WHERE x > 0 GROUP BY s) "
        "SELECT e.s, count(*), any_value(e.low), any_value(e.high), count(*) FILTER (p.y = e.low), "
        "count(*) FILTER (p.y = e.high) FROM per AS p JOIN ends AS e ON p.s IS NOT DISTINCT FROM e.s "
        "WHERE p.x > 0 GROUP BY e.s ORDER BY e.s NULLS FIRST"
    )
    divisor = Fraction(query.scale)
    return tuple(
        Bound(s, n, _shown(low, divisor), _shown(high, divisor), at_low, at_high, integral)
        for s, n, low, high, at_low, at_high in warehouse.rows(sql, query.values)
    )


def largest_unit(warehouse: Warehouse, contract: Contract, measure: Measure, scale: Scale, segment: str | None) -> str:
    """Return the unit with the largest total of a segment, by its table and key: `customer 17`."""
    query = TotalsQuery(contract, measure, scale.factor(), scale.integral, warehouse=warehouse)
    per = query.per(len(measure.path), materialized=False, units=True, keyed=True)
    sql = f"WITH {per} SELECT k FROM per WHERE s = ${len(query.values) + 1} ORDER BY abs(y) DESC, k LIMIT 1"
    key = warehouse.rows(sql, [*query.values, segment])[0][0]
    unit = measure.cluster or contract.axes[measure.axis].table
    return f"{unit} {key}" if key is not None else f"one row of {unit}"


def held_at(bound: Bound) -> Literal["low", "high", ""]:
    """Return which end holds more than 1 % of the rows; nothing, where all are equal, or a count's end is natural.

    Counts start at 0, and few different ones share their ends by nature: only a smallest one above 0 tells of a bound
    there, and a largest one that more than a tenth have.
    """
    if bound.n < FEWEST or bound.low == bound.high:
        return ""
    low, high = bound.at_low / bound.n, bound.at_high / bound.n
    limits = (HELD, HELD) if not bound.integral else (0.1 if bound.low > 0 else 1.0, 0.1)
    excess = {"low": low / limits[0], "high": high / limits[1]}
    if max(excess.values()) <= 1:
        return ""
    return "low" if excess["low"] >= excess["high"] else "high"


def _shown(value: int, divisor: Fraction) -> float:
    return float(f"{float(Fraction(int(value)) / divisor):.12g}")


def largest_value(warehouse: Warehouse, contract: Contract, table: str, text: str) -> float:
    """Return the largest finite absolute value of an expression of a table."""
    condition, scope = parse_condition(contract.tables, contract.axes, table, text), Scope(contract.tables, table)
    value = f"CAST({condition.sql(scope.alias)} AS DOUBLE)"
    found = warehouse.rows(f"SELECT max(abs({value})) FILTER (isfinite({value})) {scope.sql()}")[0][0]
    return float(found or 0.0)
