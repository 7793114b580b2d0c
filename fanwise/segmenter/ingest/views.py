"""The typed views of a layout's tables: `in_ROLE`, with a column per field, whatever the source calls it.

Columns are ROLE_FIELD (`order_total`), of lines `item_FIELD`; flat lines are one view `in_order` with both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanwise.io.errors import LostSourceError
from fanwise.io.quoting import quote_ident, quote_text
from fanwise.io.tables.base import Reader, TableInfo
from fanwise.segmenter.errors import MappingError, Problem, SourceError
from fanwise.segmenter.ingest.casts import Cell, cell, is_whole
from fanwise.segmenter.ingest.fields import ROLES, Kind
from fanwise.segmenter.ingest.mapping import Layout
from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = [
    "Tables", "amount_sql", "column_of", "define", "price_sql", "rate_sql", "types_of", "usable_sql", "view_of",
    "views_of", "whole_ids", "worth_sql",
]  # fmt: skip


def views_of(layout: Layout) -> dict[str, tuple[str, ...]]:
    """Return the roles of each view; flat lines share that of their orders."""
    if layout.flat:
        return {
            role: (role, "order_item") if role == "order" else (role,) for role in layout.tables if role != "order_item"
        }
    return {role: (role,) for role in layout.tables}


def column_of(role: str, name: str) -> str:
    """Return the name of a field's column in the view of its role."""
    return f"{'item' if role == 'order_item' else role}_{name}"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a source that is being read."""

    reader: Reader
    infos: Mapping[str, TableInfo]

    @property
    def shown(self) -> str:
        """What messages call the source."""
        return self.reader.shown

    def open(self, warehouse: Warehouse, table: str, kinds: Mapping[str, Kind], layout: Layout) -> str:
        """Return a query of the columns in `kinds`, which says what text is to be read as."""
        own = self.infos[table].columns
        wanted = {column: _read_as(kind, own.get(column)) for column, kind in kinds.items()}
        forms = {column: form for column, kind in kinds.items() if (form := layout.form(kind))}
        return self.reader.open(warehouse, table, wanted, forms)


def whole_ids(tables: Tables, layout: Layout) -> frozenset[str]:
    """Return what has whole numbers for ids in all its columns: of `customer`, `order` and `product`.

    They stay numbers, for texts take twice the time to compare and to gather by.
    """
    kinds: dict[str, list[bool]] = {}
    for role, placed in layout.tables.items():
        for name, column in placed.columns.items():
            if ROLES[role].fields[name].kind is Kind.ID:
                own = tables.infos[placed.table].columns.get(column)
                kinds.setdefault(_identified(role, name), []).append(is_whole(own))
    return frozenset(what for what, whole in kinds.items() if all(whole))


def _identified(role: str, name: str) -> str:
    """Return what a field of the kind ID identifies."""
    return {"id": role, "person": "customer"}.get(name, name)


def types_of(info: TableInfo) -> dict[str, str]:
    """Return the DuckDB type of each column; what has none is text."""
    return {column: kind or "VARCHAR" for column, kind in info.columns.items()}


def _read_as(kind: Kind, own: str | None) -> str | None:
    if own is None:
        return {Kind.INSTANT: "TIMESTAMP", Kind.NUMBER: "DOUBLE"}.get(kind, "VARCHAR")
    if own.startswith("DECIMAL") and kind is Kind.NUMBER:
        return "DOUBLE"
    return "VARCHAR" if own == "DECIMAL" else None


def define(
    warehouse: Warehouse, tables: Tables, layout: Layout, whole: frozenset[str]
) -> dict[str, dict[tuple[str, str], str]]:
    """Create the views; return the columns that mark unreadable text by view, role and field.

    whole: what has whole numbers for ids (`whole_ids`). Raises SourceError for tables that cannot be read and
    MappingError for columns of the wrong type, all of them.
    """
    unread: list[Problem] = []
    unfit: list[Problem] = []
    bad: dict[str, dict[tuple[str, str], str]] = {}
    for view, roles in views_of(layout).items():
        try:
            bad[view] = _define_one(warehouse, tables, layout, view, roles, whole)
        except LostSourceError:
            raise
        except SourceError as error:
            unread += error.problems
        except MappingError as error:
            unfit += error.problems
    if unread:
        raise SourceError([*unread, *unfit])
    if unfit:
        raise MappingError(unfit)
    return bad


def _define_one(
    warehouse: Warehouse, tables: Tables, layout: Layout, view: str, roles: tuple[str, ...], whole: frozenset[str]
) -> dict[tuple[str, str], str]:
    table = layout.tables[view].table
    wanted = [(role, name, column) for role in roles for name, column in layout.tables[role].columns.items()]
    kinds = {column: ROLES[role].fields[name].kind for role, name, column in wanted}
    marks = {"cancelled": layout.cancelled, "returned": layout.returned} if view == "order" else {}
    for rows in marks.values():
        if rows:
            kinds.setdefault(rows.column, Kind.TEXT)
    relation = tables.open(warehouse, table, kinds, layout)
    types = warehouse.columns(relation)
    selected: list[str] = []
    bad: dict[tuple[str, str], str] = {}
    problems: list[Problem] = []
    for role, name, column in wanted:
        place = f"{tables.shown}: {table}.{column}"
        try:
            kind = ROLES[role].fields[name].kind
            if kind is Kind.ID and _identified(role, name) in whole:
                one = Cell(f"CAST({quote_ident(column)} AS BIGINT)")
            else:
                one = cell(column, types[column], kind, layout.form(kind), place)
        except MappingError as error:
            problems += error.problems
            continue
        selected.append(f"{one.value} AS {column_of(role, name)}")
        if one.bad:
            bad[role, name] = f"bad_{len(bad)}"
            selected.append(f"{one.bad} AS {bad[role, name]}")
    if problems:
        raise MappingError(problems)
    for name, rows in marks.items():
        if rows:
            values = ", ".join(map(quote_text, rows.values))
            selected.append(f"coalesce(CAST({quote_ident(rows.column)} AS VARCHAR) IN ({values}), false) AS {name}")
    query = f"SELECT {', '.join(selected)} FROM ({relation})"
    if view != "customer" and layout.has("customer", "person") and layout.has(view, "customer"):
        who = f"{view}_customer"
        people = "SELECT customer_id AS known, min(customer_person) AS person FROM in_customer GROUP BY 1"
        query = (
            f"SELECT * EXCLUDE (known, person) REPLACE (coalesce(person, {who}) AS {who}) "
            f"FROM ({query}) LEFT JOIN ({people}) ON known = {who}"
        )
    warehouse.execute(f"CREATE OR REPLACE TEMP VIEW in_{view} AS {query}")
    return bad


def view_of(role: str, layout: Layout) -> str:
    """Return the role whose view holds the fields of a role."""
    return "order" if role == "order_item" and layout.flat else role


def amount_sql(layout: Layout) -> str:
    """Return the SQL of what was paid for a line; empty where nothing says it."""
    if layout.has("order_item", "amount"):
        return "item_amount"
    if price := price_sql(layout):
        return f"({price} * item_quantity)" if layout.has("order_item", "quantity") else price
    return ""


def price_sql(layout: Layout) -> str:
    """Return the SQL of the price paid for one, where the source says it; else empty."""
    if layout.has("order_item", "price"):
        return "item_price"
    if layout.rates and layout.has("order_item", "list_price", "discount"):
        return f"(item_list_price * (1 - coalesce({rate_sql(layout, 'item_discount')}, 0)))"
    return ""


def rate_sql(layout: Layout, column: str) -> str:
    """Return the SQL of a discount as a share of the price before it."""
    return f"({column} / 100.0)" if layout.discounts == "percent" else column


def usable_sql(layout: Layout) -> str:
    """Return the SQL of the condition under which a row of orders counts, whenever it was."""
    parts = ["order_customer IS NOT NULL", "order_at IS NOT NULL"]
    if layout.cancelled:
        parts.append("NOT cancelled")
    if layout.has("order", "id") and layout.order_grain == "order":
        parts.append("order_id IS NOT NULL")
    if worth := worth_sql(layout):
        parts.append(f"{worth} IS NOT NULL")
    return f"({' AND '.join(parts)})"


def worth_sql(layout: Layout) -> str:
    """Return the SQL of the amount in a row of orders; empty where there is none."""
    if layout.has("order", "total"):
        return "order_total"
    return amount_sql(layout) if layout.flat else ""
