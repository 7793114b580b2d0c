"""The names pass: everything that a contract names is there, and what it declares fits together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from fanwise.io.problems import Place
from fanwise.io.tables.number_format import is_number_format
from fanwise.io.tables.strict import is_format
from fanwise.validator.contract.conditions import ConditionError, parse_condition, parse_truth, resolve_name
from fanwise.validator.contract.correlations import correlation_problems
from fanwise.validator.contract.distributions import law_problems, spread_problems
from fanwise.validator.contract.model import Axis, Contract, Effect, Expectation, Path, Table
from fanwise.validator.contract.paths import tables_along
from fanwise.validator.contract.rules import Wrong, rule_problems
from fanwise.validator.contract.rules import unknown as _unknown

__all__ = ["Wrong", "name_problems"]

_AXIS, _EDGES, _EFFECT = "FW-CONTRACT-AXIS", "FW-CONTRACT-EDGES", "FW-CONTRACT-EFFECT"
_EXPECTATION = "FW-CONTRACT-EXPECTATION"


def name_problems(contract: Contract) -> Iterator[Wrong]:
    """Yield every problem of the names and numbers in `contract`; none when it can be audited."""
    for name, table in contract.tables.items():
        yield from _table(contract.tables, name, table)
        yield from rule_problems(contract.tables, contract.axes, name) if not _broken_edges(contract.tables) else ()
        yield from _formats(table, ("tables", name, "columns"))
    for name, axis in contract.axes.items():
        yield from _axis(contract, ("axes", name), axis)
    for name, effect in contract.effects.items():
        yield from _effect(contract, ("effects", name), effect)
    for name, entry in contract.expectations.items():
        yield from _expectation(contract, ("expect", name), entry)
    for index, law in enumerate(contract.distributions if not _broken_edges(contract.tables) else ()):
        yield from law_problems(contract.tables, contract.axes, index, law)
    for index, spread in enumerate(contract.spreads if not _broken_edges(contract.tables) else ()):
        yield from spread_problems(contract.tables, contract.axes, index, spread)
    for index, found in enumerate(contract.correlations if not _broken_edges(contract.tables) else ()):
        yield from correlation_problems(contract.tables, contract.axes, index, found)
    yield from _defects(contract)
    for index, check in enumerate(contract.checks):
        if check.table not in contract.tables:
            yield _unknown(("checks", index, "table"), "table", check.table, contract.tables)
            continue
        try:
            parse_truth(contract.tables, contract.axes, check.table, check.text)
        except ConditionError as error:
            yield error.code, ("checks", index, "text"), error.why, error.hint


def _defects(contract: Contract) -> Iterator[Wrong]:
    for index, defect in enumerate(contract.defects):
        if defect.table not in contract.tables:
            yield _unknown(("defects", index, "table"), "table", defect.table, contract.tables)
        elif defect.column is not None and defect.column not in contract.tables[defect.table].columns:
            columns = contract.tables[defect.table].columns
            yield _unknown(("defects", index, "column"), "column", defect.column, columns)


def _broken_edges(tables: Mapping[str, Table]) -> bool:
    """Whether an edge leads to a table that is not there, so that names cannot be looked up along it."""
    return any(edge.table not in tables for table in tables.values() for edge in table.edges)


def _formats(table: Table, place: Place) -> Iterator[Wrong]:
    for column, spec in table.columns.items():
        where: Place = (*place, column, "format")
        if spec.format is None:
            continue
        if spec.type.startswith(("int", "float", "decimal")):
            if not is_number_format(spec.format):
                why, hint = "does not say how 1234.56 is written", "write for example '1,234.56' or '1.234,56'"
                yield "FW-CONTRACT-COLUMN-TYPE", where, why, hint
        elif spec.type not in ("date", "timestamp", "timestamptz"):
            why = f"a format is for a number, a date or a timestamp, not for {spec.type}"
            yield "FW-CONTRACT-COLUMN-TYPE", where, why, "delete it, or change the type"
        elif not is_format(spec.format):
            why = f"{spec.format!r} is not a format of strptime"
            yield "FW-CONTRACT-COLUMN-TYPE", where, why, "write for example '%d/%m/%Y %H:%M'"


def _table(tables: Mapping[str, Table], name: str, table: Table) -> Iterator[Wrong]:
    place: Place = ("tables", name)
    for at, column in enumerate(table.key):
        if column not in table.columns:
            yield _unknown((*place, "key", at), "column", column, table.columns)
    for at, columns in enumerate(table.unique):
        for place_in, column in enumerate(columns):
            if column not in table.columns:
                yield _unknown((*place, "unique", at, place_in), "column", column, table.columns)
    for column in table.values[0] if table.values else ():
        if column not in table.columns:
            yield _unknown((*place, "values", 0, column), "column", column, table.columns)
    yield from _edges(tables, place, table)


def _edges(tables: Mapping[str, Table], place: Place, table: Table) -> Iterator[Wrong]:
    seen: set[tuple[str, ...]] = set()
    refs = [edge for edge in table.edges if edge.kind == "ref"]
    for edge in table.edges:
        where: Place = (*place, "parent") if edge.kind == "parent" else (*place, "refs", refs.index(edge))
        for at, column in enumerate(edge.columns):
            if column not in table.columns:
                yield _unknown((*where, "columns", at), "column", column, table.columns)
        if edge.columns in seen:
            yield _EDGES, (*where, "columns"), f"two edges start at {', '.join(edge.columns)}", "keep one of them"
        seen.add(edge.columns)
        if edge.table not in tables:
            yield _unknown((*where, "table"), "table", edge.table, tables)
            continue
        for at, column in enumerate(edge.keys):
            if column not in tables[edge.table].columns:
                yield _unknown((*where, "keys", at), f"column of {edge.table}", column, tables[edge.table].columns)
        if len(edge.columns) != len(edge.keys):
            why = f"{len(edge.columns)} columns refer to {len(edge.keys)} keys of {edge.table}"
            yield _EDGES, (*where, "keys"), why, "give 'keys', one for each column"
    if sum(edge.kind == "parent" for edge in table.edges) > 1:
        yield _EDGES, place, "has two parents", "keep one parent; make the other one a ref"


def _axis(contract: Contract, place: Place, axis: Axis) -> Iterator[Wrong]:
    if axis.table not in contract.tables:
        yield _unknown((*place, "table"), "table", axis.table, contract.tables)
    elif axis.column not in contract.tables[axis.table].columns:
        yield _unknown((*place, "column"), "column", axis.column, contract.tables[axis.table].columns)
    total = math.fsum(axis.share.values())
    if axis.counted:
        if axis.assign != "unknown":
            why = f"'{axis.assign}' promises shares, and none are declared"
            yield _AXIS, (*place, "assign"), why, "give 'share', or write assign: unknown"
    elif abs(total - 1) > 1e-9:
        yield _AXIS, (*place, "share"), f"the sum of the shares is {total:.12g}, not 1", "make them sum to 1"
    yield from _ranked((*place, "rank"), axis.rank, axis)
    for at, name in enumerate(axis.unwatched):
        table, _, columns = name.partition(".")
        if table not in contract.tables:
            yield _unknown((*place, "unwatched", at), "table", table, contract.tables)
            continue
        known = contract.tables[table].columns
        for column in [columns] if columns in known else columns.split("+"):
            if column not in known:
                yield _unknown((*place, "unwatched", at), f"column of {table}", column, known)


def _ranked(place: Place, rank: tuple[str, ...], axis: Axis) -> Iterator[Wrong]:
    for at, segment in enumerate(rank):
        if segment not in axis.share:
            yield _unknown((*place, at), "segment", segment, axis.share)
        if segment in rank[:at]:
            yield _AXIS, (*place, at), f"duplicate segment '{segment}'", "list each segment once"
    if len(rank) == 1:
        yield _AXIS, place, "ranks a single segment", "list at least two"


def _located(contract: Contract, place: Place, entry: Effect | Expectation, keys: tuple[str, ...]) -> Iterator[Wrong]:
    """Problems of what an effect and an expectation have in common: table, column, axis and the path between them.

    keys: under which the table, the column and the axis stand.
    """
    tables, column = contract.tables, entry.column
    if entry.table not in tables:
        yield _unknown((*place, keys[0]), "table", entry.table, tables)
        return
    if column is not None and column not in tables[entry.table].columns:
        yield _unknown((*place, keys[1]), f"column of {entry.table}", column, tables[entry.table].columns)
    if entry.axis not in contract.axes:
        yield _unknown((*place, keys[2]), "axis", entry.axis, contract.axes)
        return
    try:
        passed = tables_along(tables, entry.table, entry.path)
    except KeyError as error:
        yield _EDGES, (*place, "path"), str(error.args[0]), "name the columns of each edge"
        return
    target = contract.axes[entry.axis].table
    if passed[-1] != target:
        yield _EDGES, (*place, "path"), f"the path ends at {passed[-1]}, but {entry.axis} is on {target}", ""
    elif entry.cluster is not None and entry.cluster not in tables[target].columns:
        yield _unknown((*place, "cluster"), f"column of {target}", entry.cluster, tables[target].columns)


_NUMERIC = ("int", "float", "decimal", "bool")


def _averaged(contract: Contract, place: Place, table: str, column: str | None) -> Iterator[Wrong]:
    """A mean or a sum needs a column of numbers."""
    spec = contract.tables[table].columns.get(column or "") if table in contract.tables else None
    if spec is not None and not spec.type.startswith(_NUMERIC):
        why = f"{table}.{column} is {spec.type}, which has no mean"
        yield "FW-CONTRACT-COLUMN-TYPE", place, why, "use a numeric column, or a share"


def _passed(contract: Contract, table: str, path: Path) -> tuple[str, ...]:
    try:
        return tables_along(contract.tables, table, path)
    except KeyError:
        return ()


def _effect(contract: Contract, place: Place, effect: Effect) -> Iterator[Wrong]:
    yield from _located(contract, place, effect, ("table", "column", "axis"))
    yield from _measured(contract, place, effect)
    yield from _declared(contract, (*place, "declared"), effect)
    yield from _exposed(contract, (*place, "exposure"), effect)
    for at, rows in enumerate(effect.without if effect.table in contract.tables else ()):
        try:
            resolve_name(contract.tables, contract.axes, effect.table, rows.name)
        except ConditionError as error:
            yield error.code, (*place, "without", at, "name"), error.why, error.hint


def _exposed(contract: Contract, place: Place, effect: Effect) -> Iterator[Wrong]:
    """The exposure is an expression of the row that it is of."""
    if effect.exposure is None:
        return
    if effect.kind == "share":
        yield _EFFECT, place, "a share has no exposure", "delete it"
        return
    passed = _passed(contract, effect.table, effect.path[:1])
    home = effect.table if effect.kind == "value" else effect.per or (passed[-1] if passed else effect.table)
    if home in contract.tables:
        try:
            parse_condition(contract.tables, contract.axes, home, effect.exposure)
        except ConditionError as error:
            yield error.code, place, error.why, error.hint


def _measured(contract: Contract, place: Place, effect: Effect) -> Iterator[Wrong]:
    """What each kind of effect needs to be measured."""
    if effect.kind == "fanout":
        if not effect.path:
            yield _EFFECT, place, "a fanout needs a path to its parent table", "give 'path'"
        passed = _passed(contract, effect.table, effect.path)
        if effect.per is not None and passed and effect.per not in passed[1:]:
            yield _unknown((*place, "per"), "table on the path", effect.per, passed[1:])
        return
    if effect.column is None:
        yield _EFFECT, place, f"a {effect.kind} needs a column", "give 'column'"
    if effect.kind == "value":
        yield from _averaged(contract, (*place, "column"), effect.table, effect.column)
    elif effect.value is None:
        yield _EFFECT, place, "a share needs a value", "give 'value'"


def _declared(contract: Contract, place: Place, effect: Effect) -> Iterator[Wrong]:
    """Every segment of the axis has a finite mean, and no other."""
    if effect.axis in contract.axes:
        segments = contract.axes[effect.axis].share
        for segment in effect.declared:
            if segment not in segments:
                yield _unknown((*place, segment), "segment", segment, segments)
        missing = [segment for segment in segments if segment not in effect.declared]
        if missing:
            yield _EFFECT, place, f"no mean for {', '.join(missing)}", "declare every segment"
    for segment, mean in effect.declared.items():
        if not math.isfinite(mean):
            yield _EFFECT, (*place, segment), "a declared mean is not a finite number", "give numbers"
        elif effect.negative and mean < 0:
            why = f"{mean:g} is not a factor on a negative mean"
            yield _EFFECT, (*place, segment), why, "give factors of 0 or more, or leave out 'negative'"


def _expectation(contract: Contract, place: Place, entry: Expectation) -> Iterator[Wrong]:
    target = (*place, entry.aggregate)
    yield from _located(contract, place, entry, (entry.aggregate, entry.aggregate, "by"))
    if entry.aggregate != "count" and entry.column is None:
        yield _EXPECTATION, target, f"'{entry.aggregate}' needs table.column", "write table.column"
    if entry.aggregate in ("sum", "mean"):
        yield from _averaged(contract, target, entry.table, entry.column)
    if entry.aggregate == "share" and not entry.value:
        yield _EXPECTATION, target, "'share' needs table.column = value", "write table.column = value"
    if entry.aggregate in ("mean", "share") and entry.per is not None:
        yield _EXPECTATION, (*place, "per"), f"'per' is not for '{entry.aggregate}'", "delete it"
    passed = _passed(contract, entry.table, entry.path)
    if entry.per is not None and passed and entry.per not in passed[1:]:
        yield _unknown((*place, "per"), "table on the path", entry.per, passed[1:])
    if entry.axis in contract.axes:
        axis = contract.axes[entry.axis]
        yield from _ranked((*place, "rank"), entry.rank, axis)
        for of, to, low, high in entry.ratios:
            pair = (*place, "ratio", f"{of}/{to}")
            for segment in (of, to):
                if segment not in axis.share:
                    yield _unknown(pair, "segment", segment, axis.share)
            if not 0 <= low <= high:
                yield _EXPECTATION, pair, f"the range {low:g} to {high:g} is empty", "low, then high"
    if not entry.rank and not entry.ratios:
        yield _EXPECTATION, place, "has neither rank nor ratio", ""
