"""References: what a `ref` column points at, by which weight, and which rows it may draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.matches import bind_match
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.parameters import Binder
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.problems import Fault, Skip
from fanwise.generator.language.spec import Generator, Path, Step
from fanwise.io.problems import Place

__all__ = ["REF_WORDS", "bind_reference"]

REF_WORDS = ("column", "weight", "distinct_in", "within", "match", "not")


def bind_reference(binder: Binder, made: Generator, raw: Mapping[str, Any], place: Place) -> Generator:
    """Return the generator of a `ref` column with all its options (raises Fault).

    Names in `weight` and `multiplier` belong to the table referred to; the referring row is not in scope.
    """
    outline, complaints, table = binder.outline, binder.complaints, binder.scope.table
    target = str(made.params.get("table", ""))
    if target not in outline.tables:
        raise outline.unknown_table((*place, "ref"), target)
    there = replace(binder, scope=Scope(outline, target))
    params: dict[str, Any] = {"table": target, "column": None, "weight": None, "distinct_in": None, "within": None}
    with complaints.catch():
        params["column"] = _column(outline, target, raw, place)
    with complaints.catch():
        params["weight"] = _weight(there, raw, place)
    for word in ("distinct_in", "within"):
        with complaints.catch():
            params[word] = _ancestor(outline, table, target, word, raw.get(word), (*place, word))
    if match := raw.get("match"):
        params["match"] = bind_match(binder, there, match, (*place, "match"), own_table=target == table)
        params["otherwise"] = "else" in match
    if "not" in raw:
        with complaints.catch():
            params["not"], params["other"] = _other(outline, table, target, raw["not"], (*place, "not"))
    multipliers = there.multipliers(raw.get("multiplier", {}), (*place, "multiplier"))
    return replace(made, params=MappingProxyType(params), multipliers=multipliers)


def _column(outline: Outline, target: str, raw: Mapping[str, Any], place: Place) -> str:
    found = outline.tables[target]
    if not found.columns:
        raise Skip
    name = raw.get("column")
    if name is None:
        if len(found.key) == 1:
            return found.key[0]
        if "key" in found.raw and not found.key:
            raise Skip
        if found.key:
            why = f"the key of {target} is composite: {', '.join(found.key)}"
            raise Fault(
                "FW-SCHEMA-REF-TARGET",
                (*place, "ref"),
                why,
                f"choose one of them, column: {found.key[0]}; read the others with expr",
            )
        raise Fault(
            "FW-SCHEMA-REF-TARGET", (*place, "ref"), f"{target} has no key", f"give {target} a key, or add column:"
        )
    if name not in found.columns:
        raise Fault(
            "FW-SCHEMA-UNKNOWN-COLUMN",
            (*place, "column"),
            f"{target} has no column '{name}'",
            nearest(name, found.columns),
        )
    column = found.columns[name]
    unique = name in found.key or column.raw.get("unique") is True or column.traits.get("distinct") is True
    if not unique:
        why = f"{target}.{name} is neither in the key of {target} nor unique"
        raise Fault(
            "FW-SCHEMA-REF-TARGET",
            (*place, "column"),
            why,
            f"refer to {' or '.join(found.key) or 'a key'}, or add unique: true there",
        )
    if column.raw.get("hidden") is True:
        raise Fault(
            "FW-SCHEMA-HIDDEN",
            (*place, "column"),
            f"{target}.{name} is hidden, so it cannot be a target",
            "delete hidden: of that column",
        )
    return str(name)


def _weight(there: Binder, raw: Mapping[str, Any], place: Place) -> float | Path | None:
    weight = raw.get("weight")
    if weight is None:
        return None
    if isinstance(weight, dict):
        if "zipf" not in weight:
            raise Skip
        return float(weight["zipf"])
    path = there.path(weight, (*place, "weight"))
    sort = there.outline.yields(path.target, path.column)
    if sort not in {"integer", "number", "any"}:
        why = f"{path.target}.{path.column} holds {sort}, but a weight is a number"
        raise Fault("FW-SCHEMA-COLUMN-TYPE", (*place, "weight"), why, "name a numeric column, or write {zipf: 1.1}")
    return path


def _other(outline: Outline, table: str, target: str, name: str, place: Place) -> tuple[Step, Path]:
    """Return the edge to the row that is not drawn again, and the column that it is at (raises Fault)."""
    found = outline.tables[table].columns.get(name)
    if found is None:
        why = f"{table} has no column '{name}'"
        raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", place, why, nearest(name, outline.tables[table].columns))
    edges = [edge for edge in outline.tables[table].edges if edge.target == target]
    step = next((edge.step for edge in edges if edge.step.column == name), None)
    if step is None and found.edge == "parent":
        step = next((edge.step for edge in edges if edge.step.column is None), None)
    if step is None:
        hint = f"name a ref to {target}, or a column with references: {target}.KEY"
        raise Fault("FW-SCHEMA-MATCH", place, f"'{name}' does not refer to a row of {target}", hint)
    return step, Path(name, table, (), table, name)


def _ancestor(outline: Outline, table: str, target: str, word: str, name: str | None, place: Place) -> str | None:
    if name is None:
        return None
    if name not in outline.tables:
        raise outline.unknown_table(place, name)
    if outline.is_torn(table, target):
        raise Skip
    above = outline.ancestors(table)
    if name not in above:
        known = (
            f"the ancestors of {table} are {', '.join(above)}"
            if above
            else f"{table} is a root table and has no ancestors"
        )
        raise Fault("FW-SCHEMA-ANCESTOR", place, f"{name} is not an ancestor of {table}", known)
    if word == "within" and name not in outline.ancestors(target):
        why = f"{target} is not below {name}"
        raise Fault(
            "FW-SCHEMA-ANCESTOR",
            place,
            why,
            f"the ancestors of {target}: {', '.join(outline.ancestors(target)) or 'none'}",
        )
    return name
