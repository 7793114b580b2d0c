"""Tables: roots and children, keys, fanouts, and the graph of edges and of needs between columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.literals import NESTED
from fanwise.generator.language.names.columns import bind_column
from fanwise.generator.language.names.graphs import find_cycle
from fanwise.generator.language.names.intervals import cut_overlaps
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.parameters import Binder
from fanwise.generator.language.names.promises import bind_claims
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.names.shared import share_settings
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.spec import ByKey, Column, Fanout, Path, Table
from fanwise.io.problems import Place, dotted

__all__ = ["bind_table", "check_edges", "paths_in"]


def bind_table(binder: Binder, name: str) -> Table | None:
    """Return a table, or None where it cannot be judged; every problem of it is reported."""
    outline, complaints = binder.outline, binder.complaints
    found, place = outline.tables[name], ("tables", name)
    _check_role(outline, complaints, name)
    fanout: Fanout | None = None
    if found.parent is not None and isinstance(found.raw.get("fanout"), dict):
        with complaints.catch():
            fanout = _fanout(
                replace(binder, scope=Scope(outline, found.parent)), found.raw["fanout"], (*place, "fanout")
            )
    own = replace(binder, scope=Scope(outline, name))
    bound = {column: bind_column(own, name, column) for column in found.columns}
    _check_key(outline, complaints, name)
    columns = cut_overlaps(outline, complaints, name, {c: made for c, made in bound.items() if made is not None})
    columns = share_settings(outline.schema, complaints, columns)
    _check_needs(outline, complaints, name, columns)
    if len(columns) < len(bound):
        return None
    if columns and all(column.hidden for column in columns.values()) and found.raw.get("hidden") is not True:
        why = "all of its columns are hidden, and a file needs one"
        complaints.add("FW-SCHEMA-HIDDEN", place, why, "hide the table instead: hidden: true")
    rows = found.raw.get("rows") if found.given is None else len(found.given)
    return Table(
        name,
        None if rows is None else int(rows),
        found.raw.get("scale", True) is True and found.given is None,
        found.parent,
        fanout,
        found.key,
        MappingProxyType(columns),
        found.given,
        found.raw.get("hidden") is True,
        found.raw.get("description", ""),
        _together(outline, complaints, name),
    )


def check_edges(outline: Outline, complaints: Complaints) -> None:
    """Report parents that are no table, and the first cycle of parent and ref edges."""
    for name, table in outline.tables.items():
        if table.parent is not None and table.parent not in outline.tables:
            with complaints.catch():
                raise outline.unknown_table(("tables", name, "parent"), table.parent)
        if table.parent == name:
            hint = "use a ref to refer to the same table"
            complaints.add("FW-SCHEMA-CYCLE", ("tables", name, "parent"), "a table cannot be its own parent", hint)
    if not outline.cycle:
        return
    start, following = outline.cycle[:2]
    edge = next(edge for edge in outline.tables[start].edges if edge.target == following)
    word = "references" if edge.stated else "ref"
    way = ("parent",) if edge.step.column is None else ("columns", edge.step.column, word)
    why = f"parent and ref edges form a cycle: {' > '.join(outline.cycle)}"
    hint = "remove one of these edges; only a ref of a table to itself may form a cycle"
    complaints.add("FW-SCHEMA-CYCLE", ("tables", start, *way), why, hint)


def _given(complaints: Complaints, place: Place, raw: Mapping[str, Any], word: str) -> bool:
    """Whether a table has this key, or one that is reported already as a misspelling of it."""
    below, hint = f"{dotted(place)}.", f"did you mean '{word}'?"
    unknown = (each for each in complaints.problems if each.code == "FW-SCHEMA-UNKNOWN-KEY" and each.hint == hint)
    return word in raw or any(each.path.startswith(below) for each in unknown)


def _check_role(outline: Outline, complaints: Complaints, name: str) -> None:
    raw, place = outline.tables[name].raw, ("tables", name)
    if raw.get("hidden") is True and any(column.axis for column in outline.tables[name].columns.values()):
        why = "the audit reads segments from the files"
        complaints.add("FW-SCHEMA-HIDDEN", (*place, "hidden"), why, "move the axis to a written table", on_key=True)
    listed = next((word for word in ("values", "file") if word in raw), None)
    left_out = "use" in raw and any(problem.code == "FW-SCHEMA-MIXIN" for problem in complaints.problems)
    if listed is None and not _given(complaints, place, raw, "columns") and raw and not left_out:
        hint = "add columns: {id: {sequence: {}}}"
        complaints.add("FW-SCHEMA-MISSING-KEY", place, "'columns' is missing", hint, on_key=True)
    if listed is not None:
        for word in sorted({"rows", "scale", "parent", "fanout", "values", "file"} & {*raw} - {listed}):
            why = f"a table whose rows are given by '{listed}' has no '{word}'"
            complaints.add("FW-SCHEMA-TABLE-ROLE", (*place, word), why, f"delete {word}: or {listed}:", on_key=True)
        return
    if "parent" in raw:
        if not _given(complaints, place, raw, "fanout"):
            why = "a table with a parent needs a fanout"
            complaints.add("FW-SCHEMA-TABLE-ROLE", place, why, "add fanout: {poisson: {mean: 3}}", on_key=True)
        if "rows" in raw:
            complaints.add(
                "FW-SCHEMA-TABLE-ROLE",
                (*place, "rows"),
                "the number of child rows comes from the fanout",
                "delete rows:",
                on_key=True,
            )
        if "scale" in raw:
            complaints.add(
                "FW-SCHEMA-TABLE-ROLE", (*place, "scale"), "only root tables are scaled", "delete scale:", on_key=True
            )
        return
    if "fanout" in raw:
        complaints.add(
            "FW-SCHEMA-TABLE-ROLE", (*place, "fanout"), "a fanout needs a parent", "add parent: TABLE", on_key=True
        )
    elif not _given(complaints, place, raw, "rows") and raw:
        complaints.add(
            "FW-SCHEMA-TABLE-ROLE", place, "a table needs rows, or a parent and a fanout", "add rows: 1000", on_key=True
        )


def _check_key(outline: Outline, complaints: Complaints, name: str) -> None:
    table, place = outline.tables[name], ("tables", name, "key")
    for at, column in enumerate(table.key):
        here: Place = place if isinstance(table.raw["key"], str) else (*place, at)
        if column not in table.columns and table.columns:
            complaints.add(
                "FW-SCHEMA-UNKNOWN-COLUMN", here, f"{name} has no column '{column}'", nearest(column, table.columns)
            )
        if column in table.key[:at]:
            complaints.add("FW-SCHEMA-DUPLICATE", here, f"'{column}' is listed twice in the key")


def _together(outline: Outline, complaints: Complaints, name: str) -> tuple[tuple[str, ...], ...]:
    """Return the sets of columns that are unique together; what cannot be is reported."""
    raw, place = outline.tables[name].raw.get("unique") or [], ("tables", name, "unique")
    found: dict[Place, tuple[str, ...]] = {}
    if all(isinstance(part, str) for part in raw):
        found = {place: tuple(raw)} if raw else {}
    else:
        found = {(*place, at): tuple(part) for at, part in enumerate(raw) if isinstance(part, list)}
        for at, part in enumerate(raw):
            if isinstance(part, str):
                hint = "write one list, [a, b], or a list of lists, [[a, b], [a, c]]"
                complaints.add("FW-SCHEMA-WRONG-TYPE", (*place, at), "a column among lists of columns", hint)
    for where, columns in found.items():
        if len(columns) == 1:
            hint = f"write unique: true in the column: {columns[0]}: {{…, unique: true}}"
            complaints.add("FW-SCHEMA-WRONG-VALUE", where, "one column alone", hint)
        for at, column in enumerate(columns):
            _check_together(outline, complaints, name, column, (*where, at))
            if column in columns[:at]:
                complaints.add("FW-SCHEMA-DUPLICATE", (*where, at), f"'{column}' is listed twice")
    return tuple(dict.fromkeys(columns for columns in found.values() if columns != outline.tables[name].key))


def _check_together(outline: Outline, complaints: Complaints, name: str, column: str, place: Place) -> None:
    columns = outline.tables[name].columns
    if column not in columns:
        why = f"{name} has no column '{column}'"
        complaints.add("FW-SCHEMA-UNKNOWN-COLUMN", place, why, nearest(column, columns))
        return
    kind = columns[column].traits.get("yields")
    if kind in NESTED:
        complaints.add("FW-SCHEMA-COLUMN-TYPE", place, f"'{column}' is a {kind}, which cannot be compared")
    elif columns[column].raw.get("hidden") is True:
        why = f"'{column}' is hidden, so nobody can see whether it is unique"
        complaints.add("FW-SCHEMA-HIDDEN", place, why, "delete hidden, or leave it out here")


def _fanout(binder: Binder, raw: Mapping[str, Any], place: Place) -> Fanout:
    made = binder.single(raw, "fanout", place)
    if "curve" in raw:
        made = binder.curved(made, raw["curve"], (*place, "curve"))
    for name, value in made.params.items():
        numbers = [*value.values.values(), value.default] if isinstance(value, ByKey) else [value]
        if any(isinstance(number, float) and number < 0 for number in numbers):
            hint = "write a number of at least 0"
            binder.complaints.add(
                "FW-SCHEMA-OUT-OF-RANGE", (*place, made.kind, name), "a number of children cannot be negative", hint
            )
    low, high = raw.get("min"), raw.get("max")
    if low is not None and high is not None and low > high:
        binder.complaints.add("FW-SCHEMA-ORDER", (*place, "max"), f"max is below min ({low})")
    low, high = (None if bound is None else int(bound) for bound in (low, high))
    return Fanout(made, low, high, bind_claims(binder.outline, binder.complaints, raw, place))


def paths_in(part: Any) -> Iterator[Path]:
    """Yield every path inside a bound part of a schema: parameters, multipliers, ends, expressions, replacements."""
    if isinstance(part, Path):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from paths_in(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from paths_in(value)
    elif is_dataclass(part):
        for each in fields(part):
            yield from paths_in(getattr(part, each.name))


def _needs(table: str, column: Column) -> Iterator[str]:
    for path in paths_in((column.generator, column.when)):
        if path.table != table:  # the weight or multiplier of a ref, seen from the table referred to
            continue
        if path.steps and path.steps[0].column is not None:
            yield path.steps[0].column
        if path.target == table and all(step.table == table for step in path.steps):
            yield path.column


def _check_needs(outline: Outline, complaints: Complaints, table: str, columns: Mapping[str, Column]) -> None:
    needs = {name: tuple(n for n in _needs(table, column) if n in columns) for name, column in columns.items()}
    loop = find_cycle(columns, needs.__getitem__)
    if loop:
        why = f"the column depends on itself: {' > '.join(loop)}"
        place = ("tables", table, "columns", loop[0])
        hint = next((fix for column in loop if (fix := outline.tables[table].columns[column].traits.get("cycle"))), "")
        complaints.add("FW-SCHEMA-CYCLE", place, why, hint)
