"""The JSON Schema of the language, with the kinds of plug-ins, and where each kind may be used."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from fanwise.generator.errors import UsageError
from fanwise.generator.language.document.resources import schema_text

__all__ = ["PLACES", "Schema", "definitions", "kinds_in", "language_schema", "with_kinds"]

PLACES = {
    **{"column": "column", "value": "replacement", "fanout": "fanout", "lag": "lag", "component": "component"},
    **{"inner": "inner", "length": "length"},
}

Schema = dict[str, Any]


@cache
def language_schema() -> Schema:
    """Return the JSON Schema of the language as it ships (shared: do not change it)."""
    schema: Schema = json.loads(schema_text())
    for name, definition in schema["$defs"].items():
        _place(schema, name, definition.get("x-kind", {"in": []}))
    return schema


def _place(schema: Schema, entry: str, kind: Mapping[str, Any]) -> None:
    """Let a kind stand wherever its `x-kind` says that it may."""
    for place in kind["in"]:
        schema["$defs"][PLACES[place]]["properties"][kind.get("name", entry)] = {"$ref": f"#/$defs/{entry}"}


def with_kinds(extra: Mapping[str, Schema]) -> Schema:
    """Return the JSON Schema with further kinds, each a `$defs` entry (raises UsageError for a taken name)."""
    if not extra:
        return language_schema()
    schema = copy.deepcopy(language_schema())
    for name, definition in extra.items():
        if name in schema["$defs"] or any(name in schema["$defs"][place]["properties"] for place in PLACES.values()):
            raise UsageError("FW-USAGE-PLUGIN", f"the kind '{name}' of a plug-in is already a word of the language")
        kind = {"in": ["column", "value"], "yields": "any", **definition.get("x-kind", {})}
        schema["$defs"][name] = {**definition, "x-kind": kind}
        _place(schema, name, kind)
    return schema


def definitions(schema: Schema) -> Mapping[str, Schema]:
    """Return the `$defs` of a schema."""
    found: Mapping[str, Schema] = schema["$defs"]
    return found


def kinds_in(schema: Schema, place: str) -> Mapping[str, str]:
    """Return the kinds that are allowed in `place` (column, value, fanout, lag), each with its `$defs` entry's name."""
    return _kinds_as_shipped(place) if schema is language_schema() else _kinds(schema, place)


@cache
def _kinds_as_shipped(place: str) -> Mapping[str, str]:
    """Return the kinds of the language itself: they are asked for at every column."""
    return MappingProxyType(_kinds(language_schema(), place))


def _kinds(schema: Schema, place: str) -> dict[str, str]:
    properties = schema["$defs"][PLACES[place]]["properties"]
    named = {name: str(node.get("$ref", "")).rpartition("/")[2] for name, node in properties.items()}
    return {name: entry for name, entry in named.items() if "x-kind" in schema["$defs"].get(entry, {})}
