"""Rules on the rows below one parent, in their order: all those of a table asked in one scan.

A rule becomes SQL over a window: the rows of one parent, sorted by the column that tells their order. DuckDB sorts the
table once for all of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fanwise.io.quoting import quote_text
from fanwise.validator.contract.conditions import Condition, parse_condition
from fanwise.validator.contract.model import Column, Contract, Moves, Series, Stays
from fanwise.validator.data.types import is_integral, is_number, opened_type
from fanwise.validator.errors import QueryError
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.measures.families import SAMPLE, Broken
from fanwise.validator.measures.needs import needs_along, needs_of
from fanwise.validator.measures.rollups import EPSILON, within_digits
from fanwise.validator.measures.row_rules import counted_rows, needs_of_excepted
from fanwise.validator.measures.uniqueness import shown_numbered
from fanwise.validator.sql.joins import Scope

__all__ = ["SiblingRule", "broken_siblings", "sibling_rules"]

_SO_FAR = "(w ROWS UNBOUNDED PRECEDING)"
_EARLIER = "(w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
_LATER = "(w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
_FIRST = "row_number() OVER w = 1"
_LAST = "lead(true) OVER w IS NULL"


@dataclass(frozen=True, slots=True)
class SiblingRule:
    """A rule on `column` of `table`. id: that of its finding, without the check. text: the rule in words."""

    kind: Literal["series", "order", "before", "moves", "stays"]
    id: str
    table: str
    column: str
    text: str
    needs: tuple[Need, ...]


def sibling_rules(contract: Contract, table: str) -> Iterator[SiblingRule]:
    """Yield every rule on siblings of a table."""
    spec = contract.tables[table]
    if spec.parent is None or spec.order is None:
        return
    base = [(table, spec.order), *needs_along(contract.tables, table, (spec.parent.columns,))]
    for name, column in spec.columns.items():
        at, needs = f"{table}.{name}", [(table, name), *base]
        if column.series is not None:
            named = [_parsed(contract, table, text) for text in (column.series.of, column.series.start) if text]
            more = (*needs_of(contract, table, named), *needs_of_excepted(contract, table, column))
            yield SiblingRule("series", at, table, name, _series_text(column.series), (*needs, *more))
        if column.moves is not None:
            said = "moves from state to state as declared"
            first = [_parsed(contract, table, text) for text in (column.moves.first,) if text]
            yield SiblingRule("moves", at, table, name, said, (*needs, *needs_of(contract, table, first)))
        if column.stays is not None:
            start = needs_of(contract, table, [_parsed(contract, table, column.stays.start)])
            text = f"is when a state of {column.stays.state} begins, after the one before it has lasted"
            yield SiblingRule("stays", at, table, name, text, (*needs, (table, column.stays.state), *start))
        if column.ascends:
            text = "is not before that of an earlier row of the same parent"
            yield SiblingRule("order", f"{at}.order", table, name, text, tuple(needs))
        if column.before is not None:
            text = f"is not after {column.before} of a later row of the same parent"
            yield SiblingRule("before", f"{at}.before", table, name, text, (*needs, (table, column.before)))


def broken_siblings(evidence: Evidence, rule: SiblingRule) -> Broken:
    """Return the rows that break a rule; the first one that asks does so for all rules of its table."""
    found = evidence.kept(("siblings", rule.table), lambda: _counted(evidence, rule.table))
    rows = found[rule] if rule in found else _asked(evidence, rule.table, [rule])[0]
    key = evidence.contract.tables[rule.table].key
    if not rows or not key or evidence.blocked((rule.table, column) for column in key):
        return Broken(rows)
    source, values = _source(evidence, rule.table, [rule], key)
    columns = ", ".join(f"k{at}" for at in range(len(key)))
    sample = evidence.warehouse.rows(f"SELECT {columns} FROM ({source}) WHERE b0 ORDER BY ALL LIMIT {SAMPLE}", values)
    return Broken(rows, tuple(" + ".join(map(str, row)) for row in sample))


def _counted(evidence: Evidence, table: str) -> dict[SiblingRule, int]:
    rules = [rule for rule in sibling_rules(evidence.contract, table) if not evidence.blocked(rule.needs)]
    try:
        shown = {rule: 0 for rule in rules if _is_numbered(evidence, rule)}
        rest = [rule for rule in rules if rule not in shown]
        return shown | dict(zip(rest, _asked(evidence, table, rest) if rest else (), strict=True))
    except QueryError:
        return {}


def _is_numbered(evidence: Evidence, rule: SiblingRule) -> bool:
    """Return whether a bitmap shows that numbers are 1, 2, 3, … below each parent: the table need not be sorted."""
    spec = evidence.contract.tables[rule.table]
    series, column = spec.columns[rule.column].series, spec.columns[rule.column]
    if rule.kind != "series" or series is None or rule.column != spec.order or column.without or column.nulls:
        return False
    if series.take != "sum" or series.of != "1" or not re.fullmatch(r"-?[0-9]+", series.start or ""):
        return False
    assert spec.parent is not None
    return shown_numbered(evidence, rule.table, spec.parent.columns, rule.column, int(series.start or 0) + 1)


def _asked(evidence: Evidence, table: str, rules: Sequence[SiblingRule]) -> list[int]:
    source, values = _source(evidence, table, rules)
    asked = ", ".join(f"count(*) FILTER (WHERE b{at})" for at in range(len(rules)))
    return [int(count) for count in evidence.warehouse.rows(f"SELECT {asked} FROM ({source})", values)[0]]


def _source(
    evidence: Evidence, table: str, rules: Sequence[SiblingRule], key: Sequence[str] = ()
) -> tuple[str, list[object]]:
    """Return the query of whether each row breaks each rule (b0, b1, …), with the columns of a key (k0, …)."""
    contract, spec = evidence.contract, evidence.contract.tables[table]
    scope, values = Scope(contract.tables, table), list[object]()
    assert spec.parent is not None
    assert spec.order is not None
    broken = [_sql(evidence, rule, scope, values) for rule in rules]
    columns = [f"{each} AS b{at}" for at, each in enumerate(broken)]
    columns += [f"{scope.column((), column)} AS k{at}" for at, column in enumerate(key)]
    above = [scope.column((), column) for column in spec.parent.columns]
    known = " AND ".join(f"{column} IS NOT NULL" for column in above)
    window = f"WINDOW w AS (PARTITION BY {', '.join(above)} ORDER BY {scope.column((), spec.order)})"
    return f"SELECT {', '.join(columns)} {scope.sql()} WHERE {known} {window}", values


def _sql(evidence: Evidence, rule: SiblingRule, scope: Scope, values: list[object]) -> str:
    """Return the SQL of a row that breaks a rule."""
    contract = evidence.contract
    column, own = contract.tables[rule.table].columns[rule.column], scope.column((), rule.column)
    if rule.kind == "order":
        return f"{own} < max({own}) OVER {_EARLIER}"
    if rule.kind == "before":
        assert column.before is not None
        return f"{own} > min({scope.column((), column.before)}) OVER {_LATER}"
    if column.moves is not None and rule.kind == "moves":
        return _moved(contract, rule.table, scope, own, column.moves)
    if column.stays is not None and rule.kind == "stays":
        return _stayed(contract, rule.table, scope, own, column.stays)
    assert column.series is not None
    whole = is_integral(evidence.warehouse.columns[rule.table][rule.column])
    wrong = _follows(contract, rule.table, scope, own, column, column.series, whole=whole)
    return " AND ".join([f"({wrong})", *counted_rows(contract, rule.table, rule.column, scope, values)])


def _moved(contract: Contract, table: str, scope: Scope, own: str, moves: Moves) -> str:
    pairs = ", ".join(
        f"({quote_text(state)}, {quote_text(then)})" for state, after in moves.next.items() for then in after
    )
    state = f"CAST({own} AS VARCHAR)"
    before = f"lag({state}) OVER w"
    first = quote_text(moves.start or "")
    if moves.first is not None:
        first = f"CAST({_parsed(contract, table, moves.first).sql(scope.alias)} AS VARCHAR)"
    start = f"{state} <> {first}"
    # A null hides a state, so neither it nor the one after it is judged.
    further = f"{before} IS NOT NULL AND {state} IS NOT NULL AND ({before}, {state}) NOT IN ({pairs})"
    return f"CASE WHEN {_FIRST} THEN {start} ELSE {further} END"


def _stayed(contract: Contract, table: str, scope: Scope, own: str, stays: Stays) -> str:
    start = _parsed(contract, table, stays.start).sql(scope.alias)
    state = f"lag(CAST({scope.column((), stays.state)} AS VARCHAR)) OVER w"
    lasted = f"(epoch_us({own}) - epoch_us(lag({own}) OVER w)) / 1e6"
    outside = []
    for name, (low, high) in stays.lasts.items():
        most = "" if math.isinf(high) else f" OR {lasted} > {high!r}"
        outside.append(f"WHEN {quote_text(name)} THEN {lasted} < {low!r}{most}")
    known = f"CASE {state} {' '.join(outside)} ELSE {lasted} < 0 END" if outside else f"{lasted} < 0"
    return f"CASE WHEN {_FIRST} THEN {own} <> CAST({start} AS TIMESTAMP) ELSE {known} END"


def _follows(
    contract: Contract, table: str, scope: Scope, own: str, column: Column, series: Series, *, whole: bool
) -> str:
    """Return what is true where a value is not the one that its siblings give."""
    condition = _parsed(contract, table, series.of)
    of = condition.sql(scope.alias)
    start = None if series.start is None else _parsed(contract, table, series.start)
    begin = "NULL" if start is None else start.sql(scope.alias)
    more = "0"
    if series.take in ("previous", "next"):
        side, end = ("lag", _FIRST) if series.take == "previous" else ("lead", _LAST)
        value = f"(CASE WHEN {end} THEN {begin} ELSE {side}({of}) OVER w END)"
    elif series.take == "sum":
        number = f"CAST({of} AS BIGINT)" if _kind(contract, condition) == "bool" else of
        value = f"coalesce(sum({number}) OVER {_SO_FAR}, 0)"
        if start is not None:
            value = f"(first_value({begin}) OVER {_SO_FAR} + {value})"
        rows = f"count({number}) OVER {_SO_FAR} + 1"
        more = f"{2 * EPSILON!r} * ({rows}) * coalesce(sum(abs(CAST({number} AS DOUBLE))) OVER {_SO_FAR}, 0)"
    else:
        number = f"CAST({of} AS BIGINT)" if _kind(contract, condition) == "bool" and series.take != "count" else of
        value = f"{series.take}({number}) OVER {_SO_FAR}"
    if column.type == "bool" or not is_number(column.type):
        return f"{own} IS DISTINCT FROM CAST({value} AS {opened_type(column.type)})"
    finest = 0 if series.take == "count" else _digits(contract, condition, start)
    return within_digits(own, column, f"CAST({value} AS DOUBLE)", finest, more, whole=whole)


def _kind(contract: Contract, condition: Condition) -> str:
    """Return the type of an expression that is nothing but a name, else ""."""
    found = condition.references
    return contract.tables[found[0].table].columns[found[0].column].type if len(found) == 1 else ""


def _digits(contract: Contract, *conditions: Condition | None) -> int | None:
    """Return the digits after the point that values have at most, None where they are not known."""
    digits = []
    for condition in conditions:
        if condition is None:
            continue
        names = [contract.tables[name.table].columns[name.column] for name in condition.references]
        if len(names) == 1 and condition.text.replace('"', "").endswith(condition.references[0].column):
            kind = names[0].type
            digits.append(0 if kind.startswith(("int", "bool")) else names[0].decimals)
        else:
            number = condition.text.strip().lstrip("+-")
            plain = number.replace(".", "", 1).isdigit()
            digits.append(len(number.partition(".")[2]) if plain else None)
    known = [each for each in digits if each is not None]
    return max(known) if len(known) == len(digits) else None


def _parsed(contract: Contract, table: str, text: str) -> Condition:
    return parse_condition(contract.tables, contract.axes, table, text)


def _series_text(series: Series) -> str:
    if series.take in ("previous", "next"):
        side = "before" if series.take == "previous" else "after"
        return f"is {series.of} of the row {side}"
    if series.take == "sum" and series.of.lstrip("-").isdigit():
        return f"changes by {series.of} from row to row, from the declared start on"
    return f"is the {series.take} of {series.of} up to each row"
