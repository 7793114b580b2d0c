"""The JSON Schema of the language over a document, with plain messages.

jsonschema walks the file; the keywords whose own messages nobody can act on (unknown keys, missing keys, the number of
kinds) are replaced by ones that name the nearest word. `x-kinds` marks the objects that hold exactly one kind.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from fanwise.generator.errors import nearest
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.shape.definitions import PLACES, Schema, kinds_in
from fanwise.generator.language.shape.messages import explain, missing
from fanwise.io.problems import Place

__all__ = ["validate"]

MAX_TABLES = 1000
_EXAMPLE, _PLAIN = "{tier: {VIP: ", re.compile(r"[A-Za-z]\w*\Z")
WHAT = {place: f"a {place}" for place in PLACES} | {"value": "a replacement", "inner": "a part of a nested value"}


class Told(ValidationError):
    """A validation error that already has its words."""

    def __init__(self, code: str, why: str, hint: str = "", *, key: str | None = None) -> None:
        super().__init__(why, path=() if key is None else (key,))
        self.code = code
        self.hint = hint
        self.on_key = key is not None


def validate(content: Any, schema: Schema, complaints: Complaints) -> Any:
    """Report what breaks the schema, and return the content without it, so that the names pass can judge the rest."""
    doomed: list[Place] = []
    for error in _validator(schema).iter_errors(content):
        place: Place = tuple(error.absolute_path)
        if isinstance(error, Told):
            code, why, hint, on_key = error.code, error.message, error.hint, error.on_key
        else:
            (code, why, hint), on_key = explain(error), "propertyNames" in error.relative_schema_path
            hint = _with_own_names(hint, content)
            place = (*place, str(error.instance)) if on_key else place
        complaints.add(code, place, why, hint, on_key=on_key)
        if on_key:
            doomed.append(() if _is_named(place) and not isinstance(error, Told) else place)
            continue
        is_entry = list(error.relative_schema_path)[-2:-1] == ["additionalProperties"]
        doomed.append(_doomed(place, str(error.validator), is_entry=is_entry))
    pruned = copy.deepcopy(content) if doomed else content
    for place in doomed:
        _prune(pruned, place)
    if not isinstance(pruned, dict) or len(pruned.get("tables", ())) > MAX_TABLES:
        return {}
    return pruned


def _with_own_names(hint: str, content: Any) -> str:
    """Return a hint whose example of an axis and a segment is one of this file, if the file has any."""
    segments = content.get("segments") if isinstance(content, dict) else None
    for axis, node in segments.items() if isinstance(segments, dict) else ():
        share = node.get("share") if isinstance(node, dict) else None
        labels = [label for label in share if _PLAIN.match(label)] if isinstance(share, dict) else []
        if labels and _PLAIN.match(axis):
            return hint.replace(_EXAMPLE, f"{{{axis}: {{{labels[0]}: ")
    return hint


def _validator(schema: Schema) -> Any:
    keywords = {
        "additionalProperties": _additional,
        "pattern": _pattern,
        "required": _required,
        "dependentRequired": _dependent,
        "x-kinds": lambda validator, place, instance, node: _kinds(schema, place, instance, node),
    }
    return extend(Draft202012Validator, keywords)(schema)  # type: ignore[no-untyped-call]


def _pattern(validator: Any, pattern: str, instance: Any, node: Schema) -> Iterator[ValidationError]:
    # `$` of Python also matches before a final line break, that of JSON Schema (ECMA 262) does not.
    strict = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(strict, instance):
        yield ValidationError("pattern")


def _additional(validator: Any, allowed: Any, instance: Any, node: Schema) -> Iterator[ValidationError]:
    if not isinstance(instance, dict) or "x-kinds" in node:
        return
    known = node.get("properties", {})
    for key in instance.keys() - known.keys() if allowed is False else ():
        yield Told("FW-SCHEMA-UNKNOWN-KEY", "unknown key", nearest(key, known), key=key)
    if isinstance(allowed, dict):
        for key in instance:
            if key not in known:
                yield from validator.descend(instance[key], allowed, path=key)


def _required(validator: Any, names: list[str], instance: Any, node: Schema) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    properties = node.get("properties", {})
    unknown = instance.keys() - properties.keys()
    for name in names:
        misspelt = any(nearest(key, [name]).startswith("did you mean") for key in unknown)
        if name not in instance and not misspelt:
            yield Told("FW-SCHEMA-MISSING-KEY", f"'{name}' is missing", missing(name, node))


def _dependent(
    validator: Any, dependents: Mapping[str, list[str]], instance: Any, node: Schema
) -> Iterator[ValidationError]:
    if isinstance(instance, dict) and len(instance) > 1:
        for name, needed in dependents.items():
            absent = [other for other in needed if other not in instance]
            if name in instance and absent:
                yield Told(
                    "FW-SCHEMA-MISSING-KEY", f"'{name}' needs '{absent[0]}'", f"write {node.get('x-wanted', absent[0])}"
                )
                return


def _kinds(schema: Schema, place: str, instance: Any, node: Schema) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    kinds = kinds_in(schema, place)
    found = [key for key in instance if key in kinds]
    unknown = [key for key in instance if key not in node["properties"]]
    for key in unknown:
        yield _no_such_key(schema, place, key, node["properties"] if found else kinds, bool(found))
    if len(found) > 1:
        named = " and ".join(f"'{key}'" for key in found)
        yield Told(
            "FW-SCHEMA-WRONG-KIND", f"{WHAT[place]} has exactly one kind, but this one has {named}", "keep one of them"
        )
    if not found and not unknown:
        yield Told("FW-SCHEMA-WRONG-KIND", f"{WHAT[place]} needs a kind", f"one of {', '.join(sorted(kinds))}")


def _no_such_key(schema: Schema, place: str, key: str, known: Mapping[str, Any], has_kind: bool) -> Told:
    if key in kinds_in(schema, "column"):
        able = ", ".join(sorted(kinds_in(schema, place)))
        return Told("FW-SCHEMA-WRONG-KIND", f"'{key}' cannot be {WHAT[place]}", f"one of {able}", key=key)
    words = {*known, *schema["$defs"][PLACES[place]]["properties"]} if place == "column" else set(known)
    close = nearest(key, words)
    hint = close if close.startswith("did") else nearest(key, known)
    return Told("FW-SCHEMA-UNKNOWN-KEY", "unknown key" if has_kind else "unknown kind", hint, key=key)


# Pruning keeps one slip from being reported again wherever something depends on it: objects that others refer to by
# name stay, though empty; a broken key whose absence would be an error of its own becomes None; and where one entry of
# an open mapping is broken ({VIP: -2, Casual: 1}), the mapping goes as a whole, for it can no longer be judged.
_CONTAINER = frozenset(
    {"required", "dependentRequired", "minProperties", "maxProperties", "minItems", "maxItems", "x-kinds"}
)
_COLLECTIONS = ("tables", "segments", "curves")


def _is_named(place: Place) -> bool:
    if len(place) == 4:
        return place[0] == "tables" and place[2] == "columns"
    return len(place) == 2 and place[0] in _COLLECTIONS


def _doomed(place: Place, keyword: str, *, is_entry: bool) -> Place:
    """Return what has to go where `place` breaks `keyword`; () for nothing."""
    first_list = next((at for at, part in enumerate(place) if isinstance(part, int)), len(place))
    if place[:1] == ("checks",):
        return place
    place = place[:first_list]
    if place[:2] == ("audit", "expect"):
        return place[:3]
    if keyword in _CONTAINER and (_is_named(place) or len(place) <= 1):
        return ()
    return place[:-1] if is_entry and not _is_named(place) else place


def _prune(content: Any, place: Place) -> None:
    if not place:
        return
    parent: Any = content
    for part in place[:-1]:
        parent = parent[part] if isinstance(parent, dict) and part in parent else None
    if isinstance(parent, list):
        parent[int(place[-1])] = None
    if not isinstance(parent, dict) or place[-1] not in parent:
        return
    if _is_named(place):
        parent[place[-1]] = {}
    elif place == ("window",) or (len(place) == 3 and place[0] == "tables"):
        parent[place[-1]] = None
    else:
        del parent[place[-1]]
