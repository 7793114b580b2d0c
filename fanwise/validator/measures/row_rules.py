"""Rules on single rows: how many rows of a table break each, all rules of a table asked in one scan.

A rule becomes SQL that is true in a row that breaks it; null breaks no rule. Rows that rules look at besides their own
are joined once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.conditions import Condition, parse_condition, resolve_name
from fanwise.validator.contract.model import NOWHERE, Among, Column, Contract, Source
from fanwise.validator.data.types import duckdb_type, is_integer, is_real
from fanwise.validator.errors import QueryError
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.forms import broken_form, form_of
from fanwise.validator.measures.needs import Need, needs_along, needs_of
from fanwise.validator.measures.profiles import Rider, Riding, TableProfile
from fanwise.validator.sql.joins import Scope, excluding

__all__ = [
    "RowRule",
    "between_digits",
    "breaking",
    "counted_rows",
    "needs_of_excepted",
    "ride_of_rules",
    "row_rules",
    "sample_keys",
]

SAMPLE = 5

Kind = Literal["condition", "bounds", "values", "form", "digits", "instants", "formula"]


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule on each row of `table`. id: that of its finding, without the check. text: the rule in words or SQL."""

    kind: Kind
    id: str
    table: str
    text: str
    needs: tuple[Need, ...]
    column: str = ""
    condition: Condition | None = None
    source: Source = NOWHERE


def row_rules(contract: Contract, table: str) -> Iterator[RowRule]:
    """Yield every rule on the rows of a table."""
    for index, check in enumerate(contract.checks):
        if check.table == table:
            condition = parse_condition(contract.tables, contract.axes, table, check.text)
            needs = needs_of(contract, table, [condition])
            yield RowRule("condition", f"{table}.{index + 1}", table, check.text, needs, "", condition, check.source)
    for name, column in contract.tables[table].columns.items():
        yield from _of_column(contract, table, name, column)


def _of_column(contract: Contract, table: str, name: str, column: Column) -> Iterator[RowRule]:
    identity, own = f"{table}.{name}", ((table, name),)
    if column.min is not None or column.max is not None:
        yield RowRule("bounds", identity, table, _range_text(name, column), own, name, None, column.source)
    if column.values:
        shown = ", ".join(column.values[:8]) + (", …" if len(column.values) > 8 else "")
        yield RowRule("values", identity, table, f"{name} is one of {shown}", own, name, None, column.source)
    if column.among is not None:
        found = [resolve_name(contract.tables, contract.axes, table, name) for name in column.among.names]
        text = f"{' and '.join(column.among.names)} are together in the list"
        read = [need for at in found for need in needs_along(contract.tables, table, at.path)]
        read += [(at.table, at.column) for at in found]
        needs = (*read, *needs_of_excepted(contract, table, column))
        yield RowRule("values", f"{identity}.together", table, text, needs, name, None, column.source)
    if words := form_of(column.type):
        yield RowRule("form", identity, table, f"{name} {words}", own, name, None, column.source)
    if _has_digits(column):
        yield RowRule(
            "digits", identity, table, _digits_text(name, column.decimals or 0), own, name, None, column.source
        )
    for index, text in enumerate(column.holds):
        condition = parse_condition(contract.tables, contract.axes, table, text)
        needs = (*needs_of(contract, table, [condition]), *needs_of_excepted(contract, table, column))
        number = f".{index + 1}" if len(column.holds) > 1 else ""
        kind: Kind = "instants" if column.type in ("date", "timestamp", "timestamptz") else "condition"
        yield RowRule(kind, f"{identity}{number}", table, text, needs, name, condition, column.source)
    if column.equals is not None:
        condition = parse_condition(contract.tables, contract.axes, table, column.equals)
        needs = (*own, *needs_of(contract, table, [condition]), *needs_of_excepted(contract, table, column))
        yield RowRule("formula", identity, table, f"{name} = {column.equals}", needs, name, condition, column.source)


def breaking(evidence: Evidence, rule: RowRule) -> int:
    """Return how many rows break a rule; the first one that asks does so for all rules of its table."""
    found = evidence.kept(("rules", rule.table), lambda: _counted(evidence, rule.table))
    if rule in found:
        return found[rule]
    return 0 if _kept_by_ends(evidence, rule) else _asked(evidence, rule.table, [rule])[0]


def sample_keys(evidence: Evidence, rule: RowRule) -> list[str]:
    """Return the keys of a few rows that break a rule; none where the table has no usable key.

    An aggregate is asked, as where rows are counted: a WHERE passes over the row groups of a Parquet file whose
    smallest and largest value keep the rule, and those leave NaN out.
    """
    key = evidence.contract.tables[rule.table].key
    if not key or evidence.blocked((rule.table, column) for column in key):
        return []
    scope, values = Scope(evidence.contract.tables, rule.table), list[object]()
    broken = _sql(evidence.contract, rule, scope, values)
    columns = ", ".join(scope.column((), column) for column in key)
    sql = f"SELECT min(row({columns}), {SAMPLE}) FILTER (WHERE {broken}) {scope.sql()}"
    (found,) = evidence.warehouse.rows(sql, values)[0]
    return [" + ".join(map(str, row)) for row in found or ()]


def ride_of_rules(evidence: Evidence, table: str) -> Rider:
    """Return what counts the rows that break each rule of a table, in the scan of its profile."""

    def rider(scope: Scope, values: list[object]) -> Riding:
        rules = [rule for rule in _askable(evidence, table) if not _has_ends(evidence, rule)]
        broken = [_sql(evidence.contract, rule, scope, values) for rule in rules]

        def take(profile: TableProfile, found: Sequence[int]) -> None:
            evidence.kept(("rules", table), lambda: dict(zip(rules, map(int, found), strict=True)))

        return Riding([f"count(*) FILTER (WHERE {each})" for each in broken], take)

    return rider


def _askable(evidence: Evidence, table: str) -> Iterator[RowRule]:
    yield from (rule for rule in row_rules(evidence.contract, table) if not evidence.blocked(rule.needs))


def _has_ends(evidence: Evidence, rule: RowRule) -> bool:
    """Whether a rule is one of bounds that the ends of a profile can keep."""
    column = evidence.contract.tables[rule.table].columns[rule.column] if rule.kind == "bounds" else None
    if column is None or isinstance(column.min, str) or isinstance(column.max, str):
        return False
    kind = evidence.warehouse.columns[rule.table][rule.column]
    return is_real(kind) or is_integer(kind)


def _counted(evidence: Evidence, table: str) -> dict[RowRule, int]:
    """Return the rows that break each rule; none where one of them cannot be asked, so that each is asked alone."""
    rules = [rule for rule in _askable(evidence, table) if not _kept_by_ends(evidence, rule)]
    try:
        return dict(zip(rules, _asked(evidence, table, rules), strict=True)) if rules else {}
    except QueryError:
        return {}


def _kept_by_ends(evidence: Evidence, rule: RowRule) -> bool:
    """Whether the smallest and the largest value, which the profile knows, keep the bounds."""
    if not _has_ends(evidence, rule):
        return False
    column = evidence.contract.tables[rule.table].columns[rule.column]
    found = evidence.profile(rule.table).columns[rule.column].range
    if found is None or isinstance(column.min, str) or isinstance(column.max, str):
        return False
    low, high = found
    return (column.min is None or low >= column.min) and (column.max is None or high <= column.max)


def _asked(evidence: Evidence, table: str, rules: Sequence[RowRule]) -> list[int]:
    scope, values = Scope(evidence.contract.tables, table), list[object]()
    broken = [_sql(evidence.contract, rule, scope, values) for rule in rules]
    asked = ", ".join(f"count(*) FILTER (WHERE {each})" for each in broken)
    return [int(count) for count in evidence.warehouse.rows(f"SELECT {asked} {scope.sql()}", values)[0]]


def _sql(contract: Contract, rule: RowRule, scope: Scope, values: list[object]) -> str:
    """Return the SQL of a row that breaks a rule."""
    if rule.kind in ("condition", "instants"):
        assert rule.condition is not None
        counted = counted_rows(contract, rule.table, rule.column, scope, values) if rule.column else []
        return " AND ".join([f"NOT ({rule.condition.sql(scope.alias)})", *counted])
    column, own = contract.tables[rule.table].columns[rule.column], scope.column((), rule.column)
    if rule.kind == "bounds":
        kind = duckdb_type(column.type) if isinstance(column.min, str) or isinstance(column.max, str) else "DOUBLE"
        ends = {"<": column.min, ">": column.max}
        outside = [
            f"{own} {sign} CAST({quote_text(str(end))} AS {kind})" for sign, end in ends.items() if end is not None
        ]
        finite = f" AND isfinite(CAST({own} AS DOUBLE))" if column.type.startswith("float") else ""
        return f"({' OR '.join(outside)}){finite}"
    if rule.id.endswith(".together") and column.among is not None:
        return _apart(contract, rule, column.among, scope, values)
    if rule.kind == "form":
        return broken_form(column.type, own)
    if rule.kind == "values":
        if column.type.startswith(("int", "float", "decimal")):
            known = ", ".join(f"CAST({quote_text(value)} AS DOUBLE)" for value in column.values)
            return f"CAST({own} AS DOUBLE) NOT IN ({known})"
        return f"CAST({own} AS VARCHAR) NOT IN ({', '.join(map(quote_text, column.values))})"
    if rule.kind == "digits":
        return f"{between_digits(own, column.decimals or 0)} AND isfinite(CAST({own} AS DOUBLE))"
    assert rule.condition is not None
    named = parse_condition(contract.tables, contract.axes, rule.table, quote_ident(rule.column))
    wrong = [f"({named.sql(scope.alias)}) IS DISTINCT FROM ({rule.condition.sql(scope.alias)})"]
    return " AND ".join([*wrong, *counted_rows(contract, rule.table, rule.column, scope, values)])


def _apart(contract: Contract, rule: RowRule, among: Among, scope: Scope, values: list[object]) -> str:
    """Return the SQL of a row whose values are not together in the list."""
    found = [resolve_name(contract.tables, contract.axes, rule.table, name) for name in among.names]
    columns = [scope.column(at.path, at.column) for at in found]
    types = [contract.tables[at.table].columns[at.column].type for at in found]
    kinds = ["DOUBLE" if kind.startswith(("int", "float", "decimal")) else "VARCHAR" for kind in types]
    own = ", ".join(f"CAST({column} AS {kind})" for column, kind in zip(columns, kinds, strict=True))
    rows = ", ".join(
        f"({', '.join(f'CAST({quote_text(value)} AS {kind})' for value, kind in zip(row, kinds, strict=True))})"
        for row in among.rows
    )
    known = [f"{column} IS NOT NULL" for column in columns]
    counted = counted_rows(contract, rule.table, rule.column, scope, values)
    return " AND ".join([f"({own}) NOT IN ({rows})", *known, *counted])


def between_digits(column: str, decimals: int) -> str:
    """Return the SQL of a number that has more digits after the point; a double is off by its last bits only.

    A double from 2^52 on is a whole number.
    """
    number = f"CAST({column} AS DOUBLE)"
    steps = f"({number} * 1e{decimals})"
    return f"(abs({number}) < 4503599627370496 AND abs({steps} - round({steps})) > 1e-9 + 1e-15 * abs({steps}))"


def _has_digits(column: Column) -> bool:
    """Whether values are rounded to digits that their type does not give, and nothing else says what they are."""
    if column.decimals is None or column.equals is not None or column.rollup is not None:
        return False
    if column.type.startswith("decimal"):
        return int(column.type[:-1].rpartition(",")[2]) > column.decimals
    return column.type == "float64"


def _digits_text(name: str, decimals: int) -> str:
    if not decimals:
        return f"{name} is a whole number"
    return f"{name} has at most {decimals} digit{'s' if decimals > 1 else ''} after the point"


def counted_rows(contract: Contract, table: str, name: str, scope: Scope, values: list[object]) -> list[str]:
    """Return conditions that are true in the rows that a formula or a roll-up of column `name` speaks about."""
    column = contract.tables[table].columns[name]
    found = {rows.name: resolve_name(contract.tables, contract.axes, table, rows.name) for rows in column.without}
    present = [f"{scope.column((), name)} IS NOT NULL"] if column.nulls else []
    names = {name: (at.path, at.column) for name, at in found.items()}
    return [*present, *excluding(scope, names, column.without, values)]


def needs_of_excepted(contract: Contract, table: str, column: Column) -> Iterator[Need]:
    """Yield the tables and columns that tell which rows do not count."""
    for rows in column.without:
        at = resolve_name(contract.tables, contract.axes, table, rows.name)
        yield from needs_along(contract.tables, table, at.path)
        yield at.table, at.column


def _range_text(name: str, column: Column) -> str:
    low, high = (f"{end:g}" if isinstance(end, float) else end for end in (column.min, column.max))
    if column.min is None or column.max is None:
        return f"{name} is at most {high}" if column.min is None else f"{name} is at least {low}"
    return f"{name} is between {low} and {high}"
