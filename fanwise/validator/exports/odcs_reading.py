"""ODCS -> contract: what a data contract of the Open Data Contract Standard 3 promises, for an audit.

Standard fields win over the custom properties that `odcs` wrote, so a contract that a person changed is read as it is
now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fanwise.io.problems import Problem, first_of
from fanwise.io.yaml import Document, read_file
from fanwise.validator.contract.load import RULES, load_contract
from fanwise.validator.contract.model import Contract
from fanwise.validator.data.types import contract_type, duckdb_type
from fanwise.validator.errors import ContractError
from fanwise.validator.exports.odcs import LOGICAL

__all__ = ["read_odcs"]

CODE = "FW-CONTRACT-SHAPE"
_TYPES = {
    **{"string": "text", "date": "date", "timestamp": "timestamp", "time": "time", "number": "float64"},
    **{"integer": "int64", "boolean": "bool", "object": "json", "array": "json", "map": "json", "vector": "json"},
}
_NAMES = {"INT": "INTEGER", "REAL": "FLOAT", "TEXT": "VARCHAR", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
"""The names of types that sqlglot writes and DuckDB's own, where they differ."""

Json = dict[str, Any]


def read_odcs(path: Path) -> Contract:
    """Return the contract in a file; ContractError, with all problems and their lines, for a file that is none."""
    document = read_file(path, RULES)
    raw = document.content
    problems: list[Problem] = []
    if (
        not isinstance(raw, dict)
        or raw.get("kind") != "DataContract"
        or not str(raw.get("apiVersion")).startswith("v3.")
    ):
        why = "is not a data contract of ODCS 3"
        raise ContractError(document.problem(CODE, (), why, "it needs kind: DataContract and apiVersion: v3.2.0"))
    tables = {}
    for at, entry in enumerate(_list(raw.get("schema"))):
        if not isinstance(entry, dict) or not _name(entry):
            problems.append(document.problem(CODE, ("schema", at), "a table needs a name"))
        else:
            tables[_name(entry)] = _table(document, ("schema", at), entry, problems)
    if not tables and not problems:
        problems.append(document.problem(CODE, ("schema",), "the contract has no tables", "list them under schema"))
    if problems:
        raise ContractError(first_of(problems))
    mapping = {"contract": 1, "name": str(raw.get("name") or raw["id"]), **_own(raw), "tables": tables}
    try:
        return load_contract(mapping)
    except ContractError as error:
        raise ContractError([_in_file(problem, path) for problem in error.problems]) from error


def _in_file(problem: Problem, path: Path) -> Problem:
    return Problem(problem.code, problem.why, problem.hint, problem.path, problem.value, None, str(path))


def _table(document: Document, place: tuple[str | int, ...], raw: Json, problems: list[Problem]) -> Json:
    columns: Json = {}
    keys: list[tuple[int, str]] = []
    edges: list[Json] = []
    for at, entry in enumerate(_list(raw.get("properties"))):
        here = (*place, "properties", at)
        if not isinstance(entry, dict) or not _name(entry):
            problems.append(document.problem(CODE, here, "a property needs a name"))
            continue
        name = _name(entry)
        columns[name] = _column(entry)
        if entry.get("primaryKey"):
            keys.append((int(entry.get("primaryKeyPosition") or at + 1), name))
        edges += [
            found
            for number, each in enumerate(_list(entry.get("relationships")))
            for found in _edge(document, (*here, "relationships", number), [name], each, problems)
        ]
    for number, each in enumerate(_list(raw.get("relationships"))):
        near = [_end(text)[1] for text in _list(each.get("from"))] if isinstance(each, dict) else []
        edges += _edge(document, (*place, "relationships", number), near, each, problems)
    edges.sort(key=lambda edge: edge.pop("position", len(edges)))
    parent = next((edge for edge in edges if edge.pop("kind", "ref") == "parent"), None)
    refs = [edge for edge in edges if edge is not parent]
    for edge in refs:
        edge.pop("kind", None)
    key = [name for _, name in sorted(keys)]
    for column in columns:
        columns[column].setdefault("nullable", column not in key)
    return {"columns": columns, "key": key, **({"parent": parent} if parent else {}), "refs": refs, **_own(raw)}


def _column(raw: Json) -> Json:
    own, options = _own(raw), raw.get("logicalTypeOptions")
    known = own.pop("type", None)
    physical = str(raw.get("physicalType") or "")
    out: Json = {**own, "type": known if known and duckdb_type(known) == physical else _type(raw, physical)}
    if "required" in raw or known:
        out["nullable"] = not raw.get("required")
    out["unique"] = bool(raw.get("unique"))
    options = options if isinstance(options, dict) else {}
    for end, part in (("minimum", "min"), ("maximum", "max")):
        if end in options:
            out[part] = options[end]
    segments = out.pop("segments", False)
    values = [str(each["value"]) for each in _list(raw.get("enum")) if isinstance(each, dict) and "value" in each]
    if values and not segments:
        out["values"] = values
    return out


def _type(raw: Json, physical: str) -> str:
    """Return the type that the physical type means if DuckDB has it, else the logical one."""
    logical = str(raw.get("logicalType") or "")
    found = contract_type(_as_duckdb(physical)) if physical else None
    if found is not None and (not logical or LOGICAL.get(found.partition("(")[0]) == logical):
        return found
    return _TYPES.get(logical, found or "text")


def _as_duckdb(physical: str) -> str:
    """Return the DuckDB type of a type of any warehouse; the text itself where it cannot be read."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        found = str(exp.DataType.build(physical).sql("duckdb")).replace(", ", ",")
    except (SqlglotError, ValueError):
        return physical.upper()
    name = found.partition("(")[0]
    return found.replace(name, _NAMES.get(name, name))


def _edge(
    document: Document, place: tuple[str | int, ...], columns: list[str], raw: Any, problems: list[Problem]
) -> Iterator[Json]:
    """Yield the reference from `columns`; one to a property of another contract is left out."""
    ends = [_end(text) for text in _list(raw.get("to"))] if isinstance(raw, dict) else []
    targets = {table for table, _ in ends}
    if len(targets) != 1 or len(ends) != len(columns) or "" in targets:
        why = "a relationship needs as many ends as columns, all of one table"
        problems.append(document.problem(CODE, place, why, "write to: table.column"))
        return
    yield {"columns": columns, "table": targets.pop(), "keys": [key for _, key in ends], **_own(raw)}


def _end(text: Any) -> tuple[str, str]:
    """Return the table and the column of `table.column` or `schema/table/properties/column`."""
    parts = str(text).replace("/properties/", ".").removeprefix("schema/").split(".")
    return (parts[-2], parts[-1]) if len(parts) > 1 else ("", parts[0])


def _own(raw: Mapping[str, Any]) -> Json:
    """Return what Fanwise keeps in a part of the document."""
    for each in _list(raw.get("customProperties")):
        if isinstance(each, dict) and each.get("property") == "fanwise" and isinstance(each.get("value"), dict):
            return dict(each["value"])
    return {}


def _name(raw: Json) -> str:
    return str(raw.get("name") or "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
