"""The JSON Schema specialised to the names of one dataset, for editors."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

from fanwise.generator.language.document.resources import schema_text
from fanwise.generator.language.shape.definitions import Schema, with_kinds
from fanwise.generator.language.shape.plugins import plugin_definitions
from fanwise.generator.language.spec import Dataset, Table

__all__ = ["language_text", "specialised_schema"]


def language_text() -> str:
    """Return the JSON Schema of the language with the kinds of the plugins that are installed."""
    plugins = plugin_definitions()
    return json.dumps(with_kinds(plugins), indent=2, ensure_ascii=False) if plugins else schema_text()


def specialised_schema(dataset: Dataset) -> Schema:
    """Return the JSON Schema in which names of tables, axes, curves, columns and segments are those of `dataset`."""
    schema = copy.deepcopy(with_kinds(plugin_definitions()))
    schema["title"] = f"Fanwise dataset '{dataset.name}'"
    defs = schema["$defs"]
    _enumerate(defs["table_name"], dataset.tables)
    _enumerate(defs["axis_name"], dataset.axes)
    if dataset.curves:
        defs["curve_name"]["enum"] = [*dataset.curves, None]
    _enumerate(defs["column_name"], (column for table in dataset.tables.values() for column in table.columns))
    defs["path"]["anyOf"] = [{"enum": _paths(dataset)}, {"pattern": r"^\w+\.\w+\.\w"}]
    labels = {axis.name: {"propertyNames": {"enum": [*axis.segments, "else"]}} for axis in dataset.axes.values()}
    for name, values in (("number", "numbers"), ("quantity", "quantities"), ("multiplier", "factors")):
        defs[name]["properties"] = {axis: {"$ref": f"#/$defs/{values}", **known} for axis, known in labels.items()}
    schema["properties"]["tables"]["properties"] = {
        name: _table(table, dataset) for name, table in dataset.tables.items()
    }
    return schema


def _enumerate(node: dict[str, Any], names: Iterable[str]) -> None:
    known = list(dict.fromkeys(names))
    if known:
        node["enum"] = known


def _paths(dataset: Dataset) -> list[str]:
    columns = [column for table in dataset.tables.values() for column in table.columns.values()]
    refs = {column.name: column.reference.table for column in columns if column.reference is not None}
    firsts = {**{name: name for name in dataset.tables}, **refs}
    dotted = [
        f"{first}.{last}" for first, table in firsts.items() for last in [*dataset.tables[table].columns, *dataset.axes]
    ]
    return list(dict.fromkeys([*dataset.axes, *(column.name for column in columns), *dotted]))


def _table(table: Table, dataset: Dataset) -> Schema:
    own = list(table.columns)
    column: dict[str, Any] = {"$ref": "#/$defs/column"}
    if table.parent is not None:
        carried = {"enum": list(dataset.tables[table.parent].columns)}
        kinds = (
            name for name, found in with_kinds({})["$defs"].items() if found.get("x-kind", {}).get("edge") == "parent"
        )
        column["properties"] = dict.fromkeys(kinds, carried)
    key = {"anyOf": [{"enum": own}, {"type": "array", "items": {"enum": own}}]}
    return {
        "$ref": "#/$defs/table",
        "properties": {"key": key, "columns": {"properties": dict.fromkeys(own, column)}},
    }
