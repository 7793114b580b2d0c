"""The names pass: everything that a contract names is there, and what it declares fits together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from fanwise.io.problems import Problem, nearest
from fanwise.validator.contract.conditions import ConditionError, parse_condition, resolve_name
from fanwise.validator.contract.model import Axis, Contract, Effect, Expectation, Path, Table
from fanwise.validator.contract.paths import tables_along

__all__ = ["name_problems"]


def name_problems(contract: Contract) -> list[Problem]:
    """Return every problem of the names and numbers in `contract`; empty when it can be audited."""
    found: list[Problem] = []
    for name, table in contract.tables.items():
        found += _table(contract.tables, name, table)
    for name, axis in contract.axes.items():
        found += _axis(contract, name, axis)
    for name, effect in contract.effects.items():
        found += _effect(contract, f"effects.{name}", effect)
    for name, entry in contract.expectations.items():
        found += _expectation(contract, f"expect.{name}", entry)
    for index, check in enumerate(contract.checks):
        place = f"checks.{index}"
        if check.table not in contract.tables:
            found.append(_unknown(place, "table", check.table, contract.tables))
            continue
        try:
            parse_condition(contract.tables, contract.axes, check.table, check.text)
        except ConditionError as error:
            found.append(Problem(str(error), path=place, hint=error.hint))
    return found


def _unknown(place: str, what: str, name: str, known: Iterable[str]) -> Problem:
    return Problem(f"unknown {what} '{name}'", nearest(name, known) or "there is none", place)


def _table(tables: Mapping[str, Table], name: str, table: Table) -> Iterator[Problem]:
    place = f"tables.{name}"
    for column in table.key:
        if column not in table.columns:
            yield _unknown(f"{place}.key", "column", column, table.columns)
    seen: set[tuple[str, ...]] = set()
    for edge in table.edges:
        where = f"{place}.{'parent' if edge.kind == 'parent' else 'refs'}"
        for column in edge.columns:
            if column not in table.columns:
                yield _unknown(where, "column", column, table.columns)
        if edge.columns in seen:
            yield Problem(f"two edges start at {', '.join(edge.columns)}", path=where, hint="keep one of them.")
        seen.add(edge.columns)
        if edge.table not in tables:
            yield _unknown(where, "table", edge.table, tables)
            continue
        for column in edge.keys:
            if column not in tables[edge.table].columns:
                yield _unknown(where, f"column of {edge.table}", column, tables[edge.table].columns)
        if len(edge.columns) != len(edge.keys):
            why = f"{len(edge.columns)} columns refer to {len(edge.keys)} keys of {edge.table}"
            yield Problem(why, path=where, hint="give 'keys', one for each column.")
    if sum(edge.kind == "parent" for edge in table.edges) > 1:
        yield Problem("has two parents", path=place, hint="keep one parent; make the other one a ref.")


def _axis(contract: Contract, name: str, axis: Axis) -> Iterator[Problem]:
    place = f"axes.{name}"
    if axis.table not in contract.tables:
        yield _unknown(f"{place}.table", "table", axis.table, contract.tables)
    elif axis.column not in contract.tables[axis.table].columns:
        yield _unknown(f"{place}.column", "column", axis.column, contract.tables[axis.table].columns)
    total = math.fsum(axis.share.values())
    if abs(total - 1) > 1e-9:
        yield Problem(
            f"the sum of the shares is {total:.12g}, not 1", path=f"{place}.share", hint="make them sum to 1."
        )
    yield from _ranked(f"{place}.rank", axis.rank, axis)


def _ranked(place: str, rank: tuple[str, ...], axis: Axis) -> Iterator[Problem]:
    for segment in rank:
        if segment not in axis.share:
            yield _unknown(place, "segment", segment, axis.share)
    if len(set(rank)) < len(rank):
        yield Problem("duplicate segment", path=place, hint="list each segment once.")
    if len(rank) == 1:
        yield Problem("ranks a single segment", path=place, hint="list at least two.")


def _located(
    contract: Contract, place: str, table: str, column: str | None, axis: str, path: Path
) -> Iterator[Problem]:
    """Problems of what an effect and an expectation have in common: table, column, axis and the path between them."""
    if table not in contract.tables:
        yield _unknown(place, "table", table, contract.tables)
        return
    if column is not None and column not in contract.tables[table].columns:
        yield _unknown(place, f"column of {table}", column, contract.tables[table].columns)
    if axis not in contract.axes:
        yield _unknown(place, "axis", axis, contract.axes)
        return
    try:
        passed = tables_along(contract.tables, table, path)
    except KeyError as error:
        yield Problem(str(error.args[0]), path=f"{place}.path", hint="name the columns of each edge.")
        return
    target = contract.axes[axis].table
    if passed[-1] != target:
        yield Problem(f"the path ends at {passed[-1]}, but {axis} is on {target}", path=f"{place}.path")


_NUMERIC = ("int", "float", "decimal", "bool")


def _averaged(contract: Contract, place: str, table: str, column: str | None) -> Iterator[Problem]:
    """A mean or a sum needs a column of numbers."""
    spec = contract.tables[table].columns.get(column or "") if table in contract.tables else None
    if spec is not None and not spec.type.startswith(_NUMERIC):
        why = f"{table}.{column} is {spec.type}, which has no mean"
        yield Problem(why, path=place, hint="use a numeric column, or a share.")


def _passed(contract: Contract, table: str, path: Path) -> tuple[str, ...]:
    try:
        return tables_along(contract.tables, table, path)
    except KeyError:
        return ()


def _effect(contract: Contract, place: str, effect: Effect) -> Iterator[Problem]:
    yield from _located(contract, place, effect.table, effect.column, effect.axis, effect.path)
    yield from _measured(contract, place, effect)
    yield from _declared(contract, f"{place}.declared", effect)
    for rows in effect.without if effect.table in contract.tables else ():
        try:
            resolve_name(contract.tables, contract.axes, effect.table, rows.name)
        except ConditionError as error:
            yield Problem(str(error), path=f"{place}.without", hint=error.hint)


def _measured(contract: Contract, place: str, effect: Effect) -> Iterator[Problem]:
    """What each kind of effect needs to be measured."""
    if effect.kind == "fanout":
        if not effect.path:
            yield Problem("a fanout needs a path to its parent table", path=place, hint="give 'path'.")
        passed = _passed(contract, effect.table, effect.path)
        if effect.per is not None and passed and effect.per not in passed[1:]:
            yield _unknown(f"{place}.per", "table on the path", effect.per, passed[1:])
        return
    if effect.column is None:
        yield Problem(f"a {effect.kind} needs a column", path=place, hint="give 'column'.")
    if effect.kind == "value":
        yield from _averaged(contract, place, effect.table, effect.column)
    elif effect.value is None:
        yield Problem("a share needs a value", path=place, hint="give 'value'.")


def _declared(contract: Contract, place: str, effect: Effect) -> Iterator[Problem]:
    """Every segment of the axis has a finite mean, and no other."""
    if effect.axis in contract.axes:
        segments = contract.axes[effect.axis].share
        for segment in effect.declared:
            if segment not in segments:
                yield _unknown(place, "segment", segment, segments)
        missing = [segment for segment in segments if segment not in effect.declared]
        if missing:
            yield Problem(f"no mean for {', '.join(missing)}", path=place, hint="declare every segment.")
    if not all(math.isfinite(mean) for mean in effect.declared.values()):
        yield Problem("a declared mean is not a finite number", path=place, hint="give numbers.")


def _expectation(contract: Contract, place: str, entry: Expectation) -> Iterator[Problem]:
    yield from _located(contract, place, entry.table, entry.column, entry.axis, entry.path)
    if entry.aggregate != "count" and entry.column is None:
        yield Problem(f"'{entry.aggregate}' needs table.column", path=place)
    if entry.aggregate in ("sum", "mean"):
        yield from _averaged(contract, place, entry.table, entry.column)
    if entry.aggregate == "share" and not entry.value:
        yield Problem("'share' needs table.column = value", path=place)
    if entry.aggregate in ("mean", "share") and entry.per is not None:
        yield Problem(f"'per' is not for '{entry.aggregate}'", path=f"{place}.per", hint="delete it.")
    passed = _passed(contract, entry.table, entry.path)
    if entry.per is not None and passed and entry.per not in passed[1:]:
        yield _unknown(f"{place}.per", "table on the path", entry.per, passed[1:])
    if entry.axis in contract.axes:
        axis = contract.axes[entry.axis]
        yield from _ranked(f"{place}.rank", entry.rank, axis)
        for of, to, low, high in entry.ratios:
            for segment in (of, to):
                if segment not in axis.share:
                    yield _unknown(f"{place}.ratio", "segment", segment, axis.share)
            if not 0 <= low <= high:
                yield Problem(f"the range {low:g} to {high:g} is empty", path=f"{place}.ratio", hint="low, then high.")
    if not entry.rank and not entry.ratios:
        yield Problem("has neither rank nor ratio", path=place, hint="give 'rank', 'ratio' or 'ratios'.")
