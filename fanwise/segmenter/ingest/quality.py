"""What comes in: what is wrong with the values of a source, and what has to be left out.

Policy, case by case. An error, with the number of rows and the first of them: text that is no number or date, NaN and
infinity, negative amounts or quantities without the rule `returns: {negative: true}`, amounts of discounts or refunds
with both signs, ids that stand twice, an order of two customers, no order left. Left out, with a note: orders without
customer, instant or total, cancelled orders, orders after `as_of`, lines and returns of unknown orders.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.fields import ROLES, Kind
from fanwise.segmenter.ingest.mapping import Layout
from fanwise.segmenter.ingest.views import (
    Tables,
    column_of,
    define,
    usable_sql,
    view_of,
    views_of,
    whole_ids,
    worth_sql,
)
from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["Intake", "take_in"]

DIGITS = 12
"""Digits of the largest amount that its whole units have: sums of a customer's squares stay within 38 digits."""

MOST_DIGITS = 14
"""The same where somebody else's units are used."""


@dataclass(slots=True)
class Intake:
    """The typed views `in_ROLE`, and what was seen in them.

    whole: what has whole numbers for ids (see `whole_ids`). rows: per role. largest: amount. decimals: those of money
    as whole units. timed: whether any order has a time of day. first, last: instants of usable orders.
    """

    layout: Layout
    whole: frozenset[str] = frozenset()
    rows: dict[str, int] = field(default_factory=dict)
    largest: float = 0.0
    decimals: int = 0
    timed: bool = False
    first: Any = None
    last: Any = None
    notes: list[str] = field(default_factory=list)

    def has(self, role: str, *fields: str) -> bool:
        """Return whether a role is there, with all of these fields."""
        return self.layout.has(role, *fields)

    def id_type(self, what: str) -> str:
        """Return the DuckDB type of the ids of `customer`, `order` or `product`."""
        return "BIGINT" if what in self.whole else "VARCHAR"

    def fits(self, decimals: int) -> bool:
        """Return whether money can be counted with so many decimals."""
        return self.largest * 10.0**decimals < 10.0**MOST_DIGITS


@dataclass(frozen=True, slots=True)
class _Check:
    """Rows for which `condition` holds are an error: `why`, after their number."""

    field: str
    condition: str
    why: str
    hint: str


def take_in(warehouse: Warehouse, tables: Tables, layout: Layout) -> Intake:
    """Define the views and check their values; raises SourceError or MappingError with everything that is wrong.

    A column of totals that is empty throughout is taken as not there, with a note.
    """
    intake = Intake(layout, whole_ids(tables, layout))
    bad = define(warehouse, tables, layout, intake.whole)
    problems: list[Problem] = []
    largest = 0.0
    for view, roles in views_of(layout).items():
        place = f"{tables.shown}: {layout.tables[view].table}"
        checks = [check for role in roles for check in _checks(role, layout, bad[view])]
        seen = warehouse.row(_question(view, checks, layout))
        intake.rows[view] = seen["rows"]
        broken = any(seen[f"check_{number}"] for number in range(len(checks)))
        if view == "order" and layout.has("order", "total") and 0 < seen["rows"] == seen["worthless"] and not broken:
            named = layout.tables["order"].columns["total"]
            again = take_in(warehouse, tables, _without_total(layout))
            again.notes.insert(0, f"{named} is empty in all {seen['rows']:,} rows, so orders have no total")
            return again
        largest = max(largest, *(value for name, value in seen.items() if name.startswith("largest") and value), 0.0)
        problems += [
            _problem(warehouse, view, check, seen[f"check_{number}"], place, layout)
            for number, check in enumerate(checks)
            if seen[f"check_{number}"]
        ]
        if seen.get("repeated"):
            problems += _repeated(warehouse, view, layout, place)
        if view == "order":
            _note_orders(intake, seen, place, problems)
    problems += _contradictions(warehouse, tables, layout)
    if problems:
        raise SourceError(problems)
    intake.largest = largest
    intake.decimals = DIGITS - math.ceil(math.log10(largest)) if largest > 0 else 0
    return intake


def _without_total(layout: Layout) -> Layout:
    order = layout.tables["order"]
    columns = {name: column for name, column in order.columns.items() if name != "total"}
    return replace(layout, tables={**layout.tables, "order": replace(order, columns=columns)})


def _checks(role: str, layout: Layout, bad: Mapping[tuple[str, str], str]) -> Iterator[_Check]:
    """Yield what must hold of the values of one role."""
    fields = ROLES[role].fields
    for name in layout.tables[role].columns:
        column = column_of(role, name)
        kind = fields[name].kind
        if (role, name) in bad:
            what = {Kind.NUMBER: "a valid number", Kind.INSTANT: "a valid date"}.get(kind, "true or false")
            hint = "correct the values, or name another column in a mapping."
            if kind is Kind.INSTANT:
                hint = "correct the values; a 12-hour clock, an offset or another order needs a date_format."
            yield _Check(name, bad[role, name], f"are not {what}", hint)
        if kind is not Kind.NUMBER:
            continue
        yield _Check(name, f"NOT isfinite({column})", "hold NaN or infinity", "correct them, or leave them empty.")
        signed = (role, name) in (("order", "total"), ("order_item", "quantity"), ("order_item", "amount"))
        if signed and not layout.negative_returns:
            hint = "if they are returns, write 'returns: {negative: true}' in a mapping; otherwise correct them."
            yield _Check(name, f"{column} < 0", "are negative", hint)
        if name in ("price", "list_price"):
            yield _Check(name, f"{column} < 0", "are negative", "correct them.")
        if name == "discount" or (role in ("return", "discount") and name == "amount"):
            condition = f"{column} < 0 AND (SELECT max({column}) > 0 FROM in_{view_of(role, layout)})"
            yield _Check(name, condition, "are negative, while others are positive", "write all with the same sign.")


def _question(view: str, checks: list[_Check], layout: Layout) -> str:
    """Return the one query that counts what the checks ask for, and looks at amounts and instants."""
    asked = ["count(*) AS rows"]
    asked += [f"count(*) FILTER ({check.condition}) AS check_{number}" for number, check in enumerate(checks)]
    roles = views_of(layout)[view]
    for role in roles:
        for name in layout.tables[role].columns:
            if ROLES[role].fields[name].kind is Kind.NUMBER and name != "quantity":
                column = column_of(role, name)
                asked.append(f"max(abs({column})) FILTER (isfinite({column})) AS largest_{role}_{name}")
    if _unique(view, layout):
        # Hashes, as ids themselves would not spill to disk; those that meet are looked at again.
        own = f"{view}_id"
        asked.append(f"count({own}) - count(DISTINCT hash({own})) FILTER ({own} IS NOT NULL) AS repeated")
    if view == "order":
        usable = usable_sql(layout)
        asked += [
            "count(*) FILTER (order_customer IS NULL) AS nobody",
            "count(*) FILTER (order_at IS NULL) AS never",
            f"count(*) FILTER ({usable}) AS usable",
            f"min(order_at) FILTER ({usable}) AS first",
            f"max(order_at) FILTER ({usable}) AS last",
            f"count(*) FILTER ({usable} AND epoch_us(order_at) % 86400000000 <> 0) AS timed",
        ]
        if layout.cancelled:
            asked.append("count(*) FILTER (cancelled) AS cancelled")
        if layout.returned:
            asked.append(f"count(*) FILTER (returned AND {usable}) AS returned")
        if layout.has("order", "id") and layout.order_grain == "order":
            asked.append("count(*) FILTER (order_id IS NULL) AS nameless")
        if worth := worth_sql(layout):
            asked.append(f"count(*) FILTER ({worth} IS NULL) AS worthless")
    return f"SELECT {', '.join(asked)} FROM in_{view}"


def _note_orders(intake: Intake, seen: Mapping[str, Any], place: str, problems: list[Problem]) -> None:
    what = "lines" if intake.layout.flat else "orders"
    for name, why in (
        ("nobody", "without a customer are left out"),
        ("never", "without an instant are left out"),
        ("nameless", "without an order id are left out"),
        ("worthless", "without an amount are left out"),
        ("cancelled", "that were cancelled are left out"),
    ):
        if seen.get(name):
            intake.notes.append(f"{seen[name]:,} {what} {why}")
    for rows, name, none in (
        (intake.layout.cancelled, "cancelled", "nothing was cancelled"),
        (intake.layout.returned, "returned", "nothing came back"),
    ):
        if rows and not seen[name]:
            intake.notes.append(f"no row has {rows.column} = {' or '.join(rows.values)}: {none}")
    if intake.layout.returned and seen["returned"]:
        intake.notes.append(f"{seen['returned']:,} {what} came back, as {intake.layout.returned.column} says")
    intake.timed, intake.first, intake.last = bool(seen["timed"]), seen["first"], seen["last"]
    if not seen["rows"]:
        problems.append(Problem("FW-SOURCE-EMPTY", "the table is empty", path=place))
    elif not seen["usable"] and not problems:
        why = f"none of {seen['rows']:,} rows can be used: {'; '.join(intake.notes)}"
        problems.append(Problem("FW-SOURCE-VALUES", why, path=place))


def _problem(warehouse: Warehouse, view: str, check: _Check, rows: int, place: str, layout: Layout) -> Problem:
    columns = layout.tables[view].columns
    named = next((name for name in ("id", "order", "customer") if name in columns), "")
    shown = column_of(view, named)
    examples = ""
    if named:
        sql = (
            f"SELECT DISTINCT {shown} FROM in_{view} WHERE {check.condition} AND {shown} IS NOT NULL ORDER BY 1 LIMIT 3"
        )
        found = [str(row[0]) for row in warehouse.rows(sql)]
        examples = f" (first: {columns[named]} {', '.join(found)})" if found else ""
    role = "order_item" if check.field not in columns and layout.flat else view
    column = layout.tables[role].columns.get(check.field, check.field)
    return Problem("FW-SOURCE-VALUES", f"{rows:,} values {check.why}{examples}", check.hint, f"{place}.{column}")


def _unique(role: str, layout: Layout) -> bool:
    """Return whether the rows of a table must have different ids."""
    return role in ("order", "customer", "product") and layout.has(role, "id") and not (role == "order" and layout.flat)


def _repeated(warehouse: Warehouse, role: str, layout: Layout, place: str) -> Iterator[Problem]:
    """Yield a problem if ids whose hashes meet are the same."""
    own = f"{role}_id"
    meeting = f"SELECT hash({own}) FROM in_{role} WHERE {own} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
    several = f"WHERE {own} IS NOT NULL AND hash({own}) IN ({meeting}) GROUP BY {own} HAVING count(*) > 1"
    counted = f"SELECT count(*) - 1 AS others FROM in_{role} {several}"
    rows = warehouse.rows(f"SELECT coalesce(sum(others), 0) FROM ({counted})")[0][0]
    if not rows:
        return
    hint = "keep one row of each."
    if role == "order":
        lines = f"'order_item: {{table: {layout.tables[role].table}}}'"
        hint = f"if its rows are lines of orders, write {lines} in a mapping; otherwise {hint}"
    first = _first(warehouse, role, several)
    yield Problem(
        "FW-SOURCE-VALUES",
        f"{rows:,} rows have a duplicate id (first: {first})",
        hint,
        f"{place}.{layout.tables[role].columns['id']}",
    )


def _contradictions(warehouse: Warehouse, tables: Tables, layout: Layout) -> Iterator[Problem]:
    """Yield a problem for what the lines of one order do not agree on."""
    if not (layout.flat and layout.has("order", "id") and layout.order_grain == "order"):
        return
    order = layout.tables["order"]
    for name in ("customer", "total", "discount"):
        if name in order.columns:
            several = f"WHERE {usable_sql(layout)} GROUP BY 1 HAVING min(order_{name}) <> max(order_{name})"
            if first := _first(warehouse, "order", several):
                why = f"lines of one order have several {name}s (first: {first})"
                place = f"{tables.shown}: {order.table}.{order.columns[name]}"
                yield Problem("FW-SOURCE-VALUES", why, path=place)


def _first(warehouse: Warehouse, role: str, which: str) -> str:
    """Return the first ids of some rows, in words."""
    found = warehouse.rows(f"SELECT {role}_id FROM in_{role} {which} ORDER BY 1 LIMIT 3")
    return ", ".join(str(row[0]) for row in found)
