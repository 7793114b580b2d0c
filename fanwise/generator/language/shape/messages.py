"""Plain messages for errors of JSON Schema: the reason and a fix."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import ValidationError

from fanwise.generator.errors import nearest
from fanwise.io.type_names import json_types, type_hint

__all__ = ["explain", "missing"]

_SHOWN = 6  # values of a list that a hint repeats
_DURATION = re.compile(r"[0-9]+(?:\.[0-9]+)?[smhdw]\Z")
_WORDS_ONLY = re.compile(r"(?!(?i:true|false|null|yes|no|on|off)\Z)[A-Za-z][\w -]*\Z")
_NUMERIC = re.compile(r"[-+]?[0-9][0-9_,]*(?:\.[0-9]+)?\Z")


def explain(error: ValidationError) -> tuple[str, str, str]:
    """Return (code, reason, fix) of a validation error."""
    code, words = _WORDS[str(error.validator)]
    return "FW-SCHEMA-BAD-NAME" if _is_name(error) and words is _pattern else code, *words(error)


def missing(name: str, node: Mapping[str, Any]) -> str:
    """Return the fix if the required key `name` is missing."""
    about = node.get("properties", {}).get(name, {}).get("description", "")
    return f"add {name}: {about}" if about else f"add {name}"


def _node(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}


def _wanted(error: ValidationError) -> str:
    node = _node(error)
    if "x-wanted" in node:
        return str(node["x-wanted"])
    return json_types(node.get("type", []))


def _type(error: ValidationError) -> tuple[str, str]:
    value = error.instance
    types = _node(error).get("type", [])
    hint = f"write {_wanted(error)}"
    if isinstance(value, str) and _NUMERIC.match(value) and ("number" in types or "integer" in types):
        hint = f"write {re.sub('[_,]', '', value)} without quotes or separators"
    elif isinstance(value, str) and value.lower() in {"yes", "no", "on", "off", "true", "false"} and "boolean" in types:
        hint = "only true and false are booleans"
    elif isinstance(value, int | float) and "string" in types and "object" not in types:
        hint = f"quote it to make it text; expected {_wanted(error)}"
    elif isinstance(value, str) and value in _kinds(error):
        hint = f"write {{{value}: …}}: a kind has its parameters below it"
    elif plain := _plain(value, error):
        hint = f"write {plain}, or {_wanted(error)}"
    return f"expected {json_types(types)}, got {_name(value)}", hint


def _kinds(error: ValidationError) -> Mapping[str, Any]:
    """Return the keys of a place that holds exactly one kind; none of another place."""
    kinds: Mapping[str, Any] = _node(error)["properties"] if "x-kinds" in _node(error) else {}
    return kinds


def _plain(value: Any, error: ValidationError) -> str:
    """Return how a value in place of a mapping is written, if it is clear what is meant."""
    kinds = _kinds(error)
    if isinstance(value, list) and _wanted(error).startswith("values with weights"):
        return f"{{{', '.join(f'{_written(each)}: 1' for each in value)}}}" if _all_plain(value) else ""
    if isinstance(value, str | int | float) and "constant" in kinds:
        return f"{{constant: {_written(value)}}} for the same value in every row"
    count = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value % 1 == 0
    duration = isinstance(value, str) and _node(error).get("x-kinds") == "lag" and _DURATION.match(value)
    if "fixed" in kinds and (count or duration):
        return f"{{fixed: {value}}} for always the same"
    return ""


def _all_plain(values: list[Any]) -> bool:
    return 0 < len(values) <= _SHOWN and all(isinstance(value, str | int) for value in values)


def _written(value: str | float) -> str:
    """Return a value as YAML text."""
    return value if isinstance(value, str) and _WORDS_ONLY.match(value) else json.dumps(value, ensure_ascii=False)


def _name(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "a mapping"


def _enum(error: ValidationError) -> tuple[str, str]:
    known = [str(value) for value in _node(error)["enum"]]
    return "unknown value", nearest(str(error.instance), known)


def _const(error: ValidationError) -> tuple[str, str]:
    return "this version of the language is not supported", f"write {_node(error)['const']}"


def _pattern(error: ValidationError) -> tuple[str, str]:
    if _is_name(error):
        return f"is not {_wanted(error)}", _close_name(str(error.instance))
    wanted = _wanted(error)
    if wanted.startswith("one of") and error.path and error.path[-1] == "type":
        return "unknown type", type_hint(str(error.instance), wanted.removeprefix("one of ").split())
    if wanted.startswith("one of") and error.path:
        return f"unknown {error.path[-1]}", f"write {wanted}"
    return "is not valid here", f"write {wanted}"


def _is_name(error: ValidationError) -> bool:
    return str(_node(error).get("x-wanted", "")).startswith("a name")


def _close_name(text: str) -> str:
    if text in {"window", "else"}:
        return f"'{text}' is a reserved word: choose another name"
    cleaned = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")[:63]
    if not cleaned:
        return "use letters, digits and _"
    return f"write {cleaned if not cleaned[0].isdigit() else f'_{cleaned}'}"


def _bound(sign: str) -> Callable[[ValidationError], tuple[str, str]]:
    def words(error: ValidationError) -> tuple[str, str]:
        return f"must be {sign} {error.validator_value}", f"write a number {sign} {error.validator_value}"

    return words


def _multiple(error: ValidationError) -> tuple[str, str]:
    if error.validator_value == 1:
        return "must be a whole number", "remove the fraction"
    return f"must be a multiple of {error.validator_value}", ""


def _size(what: str, sign: str) -> Callable[[ValidationError], tuple[str, str]]:
    def words(error: ValidationError) -> tuple[str, str]:
        size = len(error.instance) if isinstance(error.instance, str | list | dict) else 0
        return f"must have {sign} {error.validator_value} {what}, but has {size}", f"write {_wanted(error)}"

    return words


_WORDS: Mapping[str, tuple[str, Callable[[ValidationError], tuple[str, str]]]] = {
    "type": ("FW-SCHEMA-WRONG-TYPE", _type),
    "enum": ("FW-SCHEMA-WRONG-VALUE", _enum),
    "const": ("FW-SCHEMA-WRONG-VALUE", _const),
    "pattern": ("FW-SCHEMA-WRONG-VALUE", _pattern),
    "minimum": ("FW-SCHEMA-OUT-OF-RANGE", _bound("at least")),
    "maximum": ("FW-SCHEMA-OUT-OF-RANGE", _bound("at most")),
    "exclusiveMinimum": ("FW-SCHEMA-OUT-OF-RANGE", _bound("above")),
    "exclusiveMaximum": ("FW-SCHEMA-OUT-OF-RANGE", _bound("below")),
    "multipleOf": ("FW-SCHEMA-OUT-OF-RANGE", _multiple),
    "minItems": ("FW-SCHEMA-WRONG-SIZE", _size("entries", "at least")),
    "maxItems": ("FW-SCHEMA-WRONG-SIZE", _size("entries", "at most")),
    "minProperties": ("FW-SCHEMA-WRONG-SIZE", _size("entries", "at least")),
    "maxProperties": ("FW-SCHEMA-WRONG-SIZE", _size("entries", "at most")),
    "minLength": ("FW-SCHEMA-WRONG-SIZE", _size("characters", "at least")),
    "maxLength": ("FW-SCHEMA-WRONG-SIZE", _size("characters", "at most")),
}
