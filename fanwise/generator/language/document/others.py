"""Files that are not a schema but are often given as one: said at once, instead of an error for each of their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanwise.generator.errors import SchemaError
from fanwise.io.yaml import Document

__all__ = ["refuse_others"]


def refuse_others(document: Document) -> None:
    """Raise SchemaError for a contract, a data contract of others and a JSON Schema; what is not one of them passes."""
    found = _other(document.content)
    if found is not None:
        raise SchemaError([document.problem("FW-SCHEMA-MISSING-KEY", (), *found)])


def _other(content: Any) -> tuple[str, str] | None:
    if not isinstance(content, Mapping) or "fanwise" in content:
        return None
    if "contract" in content:
        return "this is a contract, not a schema", "audit data by it: gen audit DATA --contract FILE"
    if content.get("kind") == "DataContract":
        why = "this is a data contract of the Open Data Contract Standard, not a schema"
        return why, "make a schema of it: gen init --from FILE"
    if "$schema" in content and "$defs" in content:
        return "this is a JSON Schema, not a schema of Fanwise", "gen init writes a schema to start from"
    return None
