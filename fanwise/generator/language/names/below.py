"""Roll-ups: an aggregate of the rows below a row, of which rows and in what order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.problems import Complaints, Fault, Skip
from fanwise.generator.language.spec import Below, Expression
from fanwise.io.problems import Place

__all__ = ["bind_rollup"]

AGGREGATES = ("sum", "count", "count_distinct", "min", "max", "mean", "first", "last")
_NUMBERS = frozenset({"integer", "number", "bool", "any"})
_ABLE = {
    "sum": _NUMBERS,
    "mean": _NUMBERS,
    "min": _NUMBERS | {"timestamp", "date"},
    "max": _NUMBERS | {"timestamp", "date"},
}


class Binder(Protocol):
    """Binds parameters in the scope of one table."""

    @property
    def outline(self) -> Outline: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def complaints(self) -> Complaints: ...
    def expression(self, text: str, place: Place) -> Expression: ...


def bind_rollup(
    binder: Binder, raw: Mapping[str, Any], place: Place, among: Callable[[str], Binder]
) -> dict[str, Below | Expression]:
    """Return the aggregate with what it is taken of, then `where` and `by` (raises Fault).

    among: returns a binder in the scope of another table: `where` is a condition on the rows below.
    """
    found = [word for word in AGGREGATES if word in raw]
    if len(found) != 1:
        why = (
            f"a rollup has one aggregate, but this one has {' and '.join(found)}"
            if found
            else "the aggregate is missing"
        )
        raise Fault("FW-SCHEMA-ROLLUP", place, why, f"write one of {', '.join(AGGREGATES)}")
    aggregate = found[0]
    below = _below(binder.outline, binder.scope.table, aggregate, str(raw[aggregate]), (*place, aggregate))
    out: dict[str, Below | Expression] = {aggregate: below}
    if "where" in raw:
        with binder.complaints.catch():
            out["where"] = among(below.table).expression(str(raw["where"]), (*place, "where"))
    if "by" in raw:
        with binder.complaints.catch():
            out["by"] = _by(binder.outline, aggregate, below, str(raw["by"]), (*place, "by"))
    return out


def _by(outline: Outline, aggregate: str, below: Below, name: str, place: Place) -> Below:
    if aggregate not in {"first", "last"}:
        raise Fault("FW-SCHEMA-OPTION", place, f"'by' is only for first and last, not for {aggregate}", on_key=True)
    columns = outline.tables[below.table].columns
    if name not in columns:
        raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", place, f"{below.table} has no column '{name}'", nearest(name, columns))
    return Below(name, below.table, name, below.way)


def _below(outline: Outline, own: str, aggregate: str, text: str, place: Place) -> Below:
    """Return the column of a table below that a rollup names: `order.amount`, `order.order_item.amount`."""
    *tables, last = text.split(".")
    way: list[str] = []
    for name in tables:
        _check_child(outline, way[-1] if way else own, name, place)
        way.append(name)
    columns = outline.tables[way[-1]].columns if way else {}
    if last not in columns and (not way or last in outline.tables):
        _check_child(outline, way[-1] if way else own, last, place)
        if aggregate != "count":
            raise Fault("FW-SCHEMA-ROLLUP", place, "is a table, not a column", f"write {text}.COLUMN")
        return Below(text, last, None, (*way, last))
    if last not in columns:
        why = f"{way[-1]} has no column '{last}'"
        raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", place, why, nearest(last, columns))
    sort = outline.yields(way[-1], last)
    if sort not in _ABLE.get(aggregate, {sort}):
        why = f"{text} holds {sort}; it has no {aggregate}"
        raise Fault("FW-SCHEMA-COLUMN-TYPE", place, why, "count it, or use numbers")
    return Below(text, way[-1], last, tuple(way))


def _check_child(outline: Outline, own: str, table: str, place: Place) -> None:
    if table not in outline.tables:
        raise outline.unknown_table(place, table)
    children = [name for name, each in outline.tables.items() if each.parent == own]
    if table not in children:
        if outline.is_torn(table):
            raise Skip
        known = f"its children are {', '.join(children)}" if children else f"{own} has no child tables"
        raise Fault("FW-SCHEMA-ROLLUP", place, f"{table} is not a child of {own}", known)
