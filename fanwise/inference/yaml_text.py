"""Values as YAML has them, inside `{…}` on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["comment", "flow", "key_text", "name_of", "text"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./ -]*")
_WORDS = {"true", "false", "null", "~", "window", "else"}


def text(value: str) -> str:
    """Return a text as a YAML scalar: plain where that is safe, else in double quotes."""
    safe = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not value.endswith(" ") and " #" not in value
    return value if safe else json.dumps(value, ensure_ascii=False)


def key_text(value: str) -> str:
    """Return a text as a key of a mapping; keys are always text, so numbers need no quotes."""
    return value if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?|true|false", value) else text(value)


def flow(value: Any) -> str:
    """Return mappings, lists, numbers and texts on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key_text(str(key))}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return text(value) if isinstance(value, str) else repr(value)


def comment(words: str) -> str:
    """Return a text as it is written in a comment: on one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def name_of(name: str, taken: set[str]) -> str:
    """Return a name that the language accepts and that is not taken, close to a given one."""
    found = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:56] or "unnamed"
    if not re.match(r"[A-Za-z_]", found):
        found = f"_{found}"
    if found.lower() in ("window", "else"):
        found = f"{found}_"
    base, at = found, 2
    while found.lower() in taken:
        found, at = f"{base}_{at}", at + 1
    taken.add(found.lower())
    return found
