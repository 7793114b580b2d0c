"""The names pass of rules: bounds, values, formulas, roll-ups and what is distinct fit the columns that have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from fanwise.io.problems import Place, nearest
from fanwise.validator.contract.arrivals import arrival_problems
from fanwise.validator.contract.conditions import ConditionError, parse_condition, parse_truth, resolve_name
from fanwise.validator.contract.model import Among, Axis, Column, Edge, Numbered, Table
from fanwise.validator.contract.paths import tables_along
from fanwise.validator.contract.sibling_rules import rollup_problems, sibling_problems

__all__ = ["Wrong", "column_problems", "rule_problems", "unknown"]

_INTEGERS = 2**63
_RULE = "FW-CONTRACT-RULE"
_NUMERIC = ("int", "float", "decimal")
_INSTANTS = ("date", "timestamp", "timestamptz")

Wrong = tuple[str, Place, str, str]
"""One problem: its code, its place in a contract file, why, and a fix (or "": that of the code)."""


def unknown(place: Place, what: str, name: str, known: Iterable[str]) -> Wrong:
    """Return the problem of a name that is not there."""
    return "FW-CONTRACT-NAME", place, f"unknown {what} '{name}'", nearest(name, known) or "there is none"


def rule_problems(tables: Mapping[str, Table], axes: Mapping[str, Axis], name: str) -> Iterator[Wrong]:
    """Yield the problems of all rules of a table."""
    table = tables[name]
    place: Place = ("tables", name)
    if table.order is not None and table.order not in table.columns:
        yield unknown((*place, "order"), "column", table.order, table.columns)
    refs = [edge for edge in table.edges if edge.kind == "ref"]
    for edge in table.edges:
        where: Place = (*place, "parent") if edge.kind == "parent" else (*place, "refs", refs.index(edge))
        yield from _edge(where, edge)
        if edge.equals is not None and edge.table in tables:
            try:
                parse_condition(tables, axes, edge.table, edge.equals)
            except ConditionError as error:
                yield error.code, (*where, "equals"), error.why, error.hint
    for at, rule in enumerate(table.distinct):
        for index, own in enumerate(rule.columns):
            if own not in table.columns:
                yield unknown((*place, "distinct", at, "columns", index), "column", own, table.columns)
        try:
            far = tables_along(tables, name, rule.path)
        except KeyError as error:
            yield (
                "FW-CONTRACT-EDGES",
                (*place, "distinct", at, "path"),
                str(error.args[0]),
                "name the columns of each edge",
            )
            continue
        if len(far) < 2:
            yield "FW-CONTRACT-EDGES", (*place, "distinct", at, "path"), "leads nowhere", "use unique: true instead"
    for column in table.columns:
        yield from column_problems(tables, axes, name, column)


def _numbered(place: Place, kind: str, numbered: Numbered) -> Iterator[Wrong]:
    if not kind.startswith("int"):
        yield "FW-CONTRACT-COLUMN-TYPE", place, f"running numbers are integers, not {kind}", ""
    for key, number in (("start", numbered.start), ("step", numbered.step)):
        if abs(number) >= _INTEGERS:
            yield _RULE, (*place, key), f"{number:g} is not an integer of 64 bits", "write a smaller number"


def _edge(place: Place, edge: Edge) -> Iterator[Wrong]:
    if edge.min is not None and edge.max is not None and edge.min > edge.max:
        yield _RULE, (*place, "max"), f"min {edge.min} is above max {edge.max}", "exchange them"


def column_problems(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, column: str) -> Iterator[Wrong]:
    """Yield the problems of the rules of one column."""
    spec, place = tables[table].columns[column], ("tables", table, "columns", column)
    yield from _bounds(place, spec)
    if spec.values and spec.type.startswith(_NUMERIC):
        for at, value in enumerate(spec.values):
            if not _is_number(value):
                yield _RULE, (*place, "values", at), f"'{value}' is not a number, the column is {spec.type}", ""
    texts = [(("equals",), spec.equals)] if spec.equals is not None else []
    rules: list[tuple[Place, str]] = [*texts, *((("holds", at), text) for at, text in enumerate(spec.holds))]
    for where, text in rules:
        try:
            (parse_truth if where[0] == "holds" else parse_condition)(tables, axes, table, text)
        except ConditionError as error:
            yield error.code, (*place, *where), error.why, error.hint
    for at, rows in enumerate(spec.without):
        try:
            resolve_name(tables, axes, table, rows.name)
        except ConditionError as error:
            yield error.code, (*place, "without", at, "name"), error.why, error.hint
    if spec.among is not None:
        yield from _among(tables, axes, table, (*place, "among"), spec.among)
    if spec.rollup is not None:
        yield from rollup_problems(tables, axes, table, (*place, "rollup"), spec.rollup)
    yield from sibling_problems(tables, axes, table, place, spec)
    if spec.numbered is not None:
        yield from _numbered((*place, "numbered"), spec.type, spec.numbered)
    if spec.arrivals is not None:
        yield from arrival_problems(tables, axes, table, (*place, "arrivals"), spec)


def _among(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, place: Place, among: Among
) -> Iterator[Wrong]:
    for at, name in enumerate(among.names):
        try:
            resolve_name(tables, axes, table, name)
        except ConditionError as error:
            yield error.code, (*place, "names", at), error.why, error.hint
    for at, row in enumerate(among.rows):
        if len(row) != len(among.names):
            yield (
                _RULE,
                (*place, "rows", at),
                f"{len(row)} values for {len(among.names)} names",
                "give one each",
            )


def _bounds(place: Place, spec: Column) -> Iterator[Wrong]:
    low, high = spec.min, spec.max
    for name, bound in (("min", low), ("max", high)):
        if bound is None:
            continue
        if isinstance(bound, str) != (spec.type in _INSTANTS) or not spec.type.startswith((*_NUMERIC, *_INSTANTS)):
            why = f"{bound!r} is not a bound of a column of type {spec.type}"
            yield _RULE, (*place, name), why, "numbers have numbers, dates and timestamps ISO 8601 text"
        elif isinstance(bound, str) and not _is_instant(bound):
            yield _RULE, (*place, name), f"'{bound}' is not a date or a timestamp", "write 2024-12-31T23:59:59"
    if isinstance(low, float) and isinstance(high, float) and low > high:
        yield _RULE, (*place, "max"), f"min {low:g} is above max {high:g}", "exchange them"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_instant(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
