"""What a contract breaks of its JSON Schema, in plain words: the reason, a fix, and the key that is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fanwise.io.problems import nearest
from fanwise.io.type_names import json_types, type_hint

__all__ = ["COLUMN_TYPES", "Worded", "another_document", "worded"]

Worded = tuple[tuple[str | int, ...], str, str]
"""Place, reason and fix."""

COLUMN_TYPES = (
    *("int8", "int16", "int32", "int64", "float32", "float64"),
    *("decimal(p,s)", "text", "varchar(n)", "char(n)", "uuid", "json"),
    *("bool", "date", "time", "timestamp", "timestamptz"),
)
_LONGEST = 60  # characters of a value that a message repeats


def another_document(raw: Any) -> tuple[str, str] | None:
    """Return (reason, fix) where a file is not a contract at all, but something else that is known here."""
    if not isinstance(raw, Mapping) or "contract" in raw:
        return None
    if "fanwise" in raw:
        return "this is a schema, not a contract", "give it with --schema; gen contract SCHEMA writes its contract"
    if raw.get("kind") == "DataContract" or "apiVersion" in raw:
        how = "gen contract FILE --from odcs --to contract --out NEW"
        return "this is a data contract of the Open Data Contract Standard", f"make one of Fanwise of it: {how}"
    return None


def worded(error: Any) -> Iterator[Worded]:
    """Yield the problems behind an error of jsonschema."""
    best = _deepest(error)
    place = tuple(best.absolute_path)
    if _is_type(place) and isinstance(best.instance, str):
        yield place, f"'{best.instance}' is not a column type", type_hint(best.instance, COLUMN_TYPES)
    elif best.validator == "additionalProperties" and isinstance(best.schema, Mapping):
        known = list(best.schema.get("properties", ()))
        for name in best.instance:
            if name not in known:
                yield (*place, name), f"unknown key '{name}'", nearest(name, known)
    elif best.validator == "required":
        for name in best.validator_value:
            if name not in best.instance:
                yield place, f"'{name}' is missing", f"add {name}: {_about(best.schema, name)}".rstrip(": ")
    elif best.validator == "enum":
        yield (
            place,
            f"unknown value {_shown(best.instance)}",
            nearest(str(best.instance), map(str, best.validator_value)),
        )
    elif best.validator == "type":
        wanted = json_types(best.validator_value)
        yield place, f"expected {wanted}, got {_kind(best.instance)}", f"write {wanted}"
    else:
        yield place, _cut(best.message, 300), ""


def _deepest(error: Any) -> Any:
    """Return the error that says most: of alternatives, one that the value was meant for, and the deepest of it."""
    meant = [sub for sub in error.context or () if sub.validator != "type" or sub.path]
    return max(map(_deepest, meant), key=lambda sub: len(sub.absolute_path)) if meant else error


def _is_type(place: tuple[str | int, ...]) -> bool:
    return place[:1] == ("tables",) and place[2:3] == ("columns",) and place[4:] in {(), ("type",)} and len(place) > 3


def _about(node: Any, name: str) -> str:
    return str(node.get("properties", {}).get(name, {}).get("description", ""))


def _kind(value: Any) -> str:
    if isinstance(value, str | dict | list):
        return "text" if isinstance(value, str) else "a mapping" if isinstance(value, dict) else "a list"
    return _shown(value) if isinstance(value, bool) or value is None else "a number"


def _shown(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, default=str), _LONGEST)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
