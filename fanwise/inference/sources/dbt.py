"""dbt: the models, seeds and sources of a manifest.json, with what its tests say of their columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fanwise.inference.model import Column, Reference, Sort, Source, Table
from fanwise.inference.naming import is_id, snake
from fanwise.inference.yaml_text import name_of
from fanwise.io.errors import SourceError

__all__ = ["read_manifest"]

_OLDEST, _NEWEST = 4, 12
_VERSION = re.compile(r"/manifest/v(\d+)\.json$")
_HINT = "give the target/manifest.json that `dbt parse` writes."
_NAMES: tuple[tuple[str, Sort, str], ...] = (
    (r"(^is_|^has_|_flag$|^was_)", "bool", "BOOLEAN"), (r"(_at|_time|timestamp|_ts)$", "instant", "TIMESTAMP"),
    (r"(^date|_date|_day|_on)$", "date", "DATE"), (r"(amount|price|total|revenue|cost|value|spend)", "float", "DOUBLE"),
    (r"(_id|^id|_key)$", "int", "BIGINT"), (r"(count|number_of|quantity|qty|_num|^n_|age)", "int", "BIGINT"),
)  # fmt: skip


def read_manifest(path: Path) -> Source:
    """Return the tables of a manifest; raises SourceError for another file, and for a version that is too old."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = f"cannot be read: {getattr(error, 'strerror', None) or 'it is not JSON'}"
        raise SourceError("FW-SOURCE-FORMAT", why, _HINT, str(path)) from None
    notes = _checked(found, path)
    nodes = [
        each for part in ("nodes", "sources") for each in _mapping(found.get(part)).values() if isinstance(each, dict)
    ]
    tables: dict[str, Table] = {}
    homes: dict[str, str] = {}
    taken: set[str] = set()
    skipped = 0
    for node in nodes:
        if node.get("resource_type") not in ("model", "seed", "snapshot", "source"):
            continue
        if not _mapping(node.get("columns")):
            skipped += 1
            continue
        name = name_of(str(node.get("name") or "unnamed"), taken)
        tables[name] = _table(name, node)
        homes[str(node.get("unique_id"))] = name
    if not tables:
        hint = "describe columns in the YAML of the models, and parse again."
        raise SourceError("FW-SOURCE-EMPTY", "no model of the manifest describes its columns", hint, str(path))
    for node in nodes:
        if node.get("resource_type") == "test":
            _test(tables, homes, node)
    for table in tables.values():
        _give_key(table)
    if skipped:
        notes.append(f"{skipped} models without described columns were left out.")
    return Source(str(path), tables, notes)


def _checked(found: Any, path: Path) -> list[str]:
    """Return notes on the version of a manifest, or raise SourceError."""
    said = _mapping(_mapping(found).get("metadata")).get("dbt_schema_version")
    version = _VERSION.search(str(said))
    if version is None:
        raise SourceError(
            "FW-SOURCE-FORMAT", "is not a dbt manifest: it states no dbt_schema_version", _HINT, str(path)
        )
    number = int(version[1])
    if number < _OLDEST:
        why = f"is a dbt manifest of version {number}; versions from {_OLDEST} on can be read"
        raise SourceError("FW-SOURCE-FORMAT", why, "parse the project with a newer dbt.", str(path))
    return (
        [] if number <= _NEWEST else [f"The manifest has version {number}, and {_NEWEST} is the newest that was tried."]
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _table(name: str, node: Mapping[str, Any]) -> Table:
    taken: set[str] = set()
    columns = {}
    for key, said in _mapping(node["columns"]).items():
        own = name_of(str(_mapping(said).get("name") or key), taken)
        sort, kind = _type(own, _mapping(said).get("data_type"))
        columns[own] = Column(own, sort, kind)
        for constraint in _mapping(said).get("constraints") or ():
            columns[own].required |= _mapping(constraint).get("type") in ("not_null", "primary_key")
            columns[own].unique |= _mapping(constraint).get("type") in ("unique", "primary_key")
    return Table(name, None, columns)


def _type(name: str, declared: Any) -> tuple[Sort, str]:
    """Return the sort and the type that a data type means, or without it a name."""
    words: tuple[tuple[str, Sort, str], ...] = (
        (r"bool", "bool", "BOOLEAN"), (r"timestamp|datetime", "instant", "TIMESTAMP"), (r"^date$", "date", "DATE"),
        (r"int|serial", "int", "BIGINT"), (r"numeric|decimal|number|float|double|real", "float", "DOUBLE"),
        (r".", "text", "VARCHAR"),
    )  # fmt: skip
    asked, table = (declared.lower(), words) if isinstance(declared, str) and declared else (snake(name), _NAMES)
    return next(((sort, kind) for pattern, sort, kind in table if re.search(pattern, asked)), ("text", "VARCHAR"))


def _test(tables: Mapping[str, Table], homes: Mapping[str, str], node: Mapping[str, Any]) -> None:
    """Take over what one test says."""
    said = _mapping(node.get("test_metadata"))
    given = _mapping(said.get("kwargs"))
    table = tables.get(homes.get(str(node.get("attached_node")), ""))
    if table is None:
        needs = [homes[each] for each in _mapping(node.get("depends_on")).get("nodes") or () if each in homes]
        table = tables.get(needs[-1]) if needs else None
    name = str(given.get("column_name") or node.get("column_name") or "").strip('"`')
    column = (
        next((each for each in table.columns.values() if each.name.lower() == name.lower()), None) if table else None
    )
    if table is None or column is None:
        return
    if said.get("name") == "unique":
        column.unique = True
    elif said.get("name") == "not_null":
        column.required = True
    elif said.get("name") == "accepted_values":
        column.values, column.sort = tuple(map(str, given.get("values") or ())), "text"
    elif said.get("name") == "relationships":
        for target in _targets(given, tables):
            key = next((each for each in target.columns if each.lower() == str(given.get("field")).lower()), None)
            if key is not None:
                column.sort, column.type = target.columns[key].sort, target.columns[key].type
                table.references.append(Reference((column.name,), target.name, (key,), "relationships", declared=True))


def _targets(given: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[Table]:
    """Yield the table that `to: ref('name')` or `source('schema', 'name')` means."""
    names = re.findall(r"'([^']+)'|\"([^\"]+)\"", str(given.get("to")))
    wanted = "".join(names[-1]).lower() if names else ""
    yield from (table for name, table in tables.items() if name.lower() == wanted)


def _give_key(table: Table) -> None:
    keys = [column for column in table.columns.values() if column.unique and column.required]
    keys = keys or [column for column in table.columns.values() if column.unique]
    referring = {name for each in table.references for name in each.columns}
    keys.sort(key=lambda column: (column.name in referring, not is_id(column.name)))
    if keys:
        table.key, table.key_note = (keys[0].name,), "unique"
