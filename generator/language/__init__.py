"""The language: YAML text to a frozen, fully resolved `Dataset`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from generator.language.names_pass import run_names_pass
from generator.language.plugins import plugin_definitions
from generator.language.problems import Complaints
from generator.language.resources import ready_names, ready_text, schema_text
from generator.language.schema_pass import run_schema_pass, with_kinds
from generator.language.sources import read
from generator.language.spec import Dataset
from generator.language.specialised import language_text, specialised_schema

__all__ = ["Dataset", "language_text", "load", "ready_names", "ready_text", "schema_text", "specialised_schema"]


def load(
    source: str | Path | Mapping[str, Any],
    *,
    file: str | None = None,
    extra_kinds: Mapping[str, dict[str, Any]] = MappingProxyType({}),
) -> Dataset:
    """Return the dataset that a path, a YAML text, a mapping or the name of a ready dataset declares.

    `file` is the name shown in errors. `extra_kinds` are kinds beside those of installed plugins: name to JSON Schema,
    with an `x-kind` entry as in the `$defs` of the language.
    Raises SchemaError with every problem of the file in the order of their places, UsageError for a missing file.
    """
    schema = with_kinds({**plugin_definitions(), **extra_kinds})
    found = read(source, file)
    complaints = Complaints(found.document)
    with complaints.all():
        content = run_schema_pass(found.document.content, schema, complaints)
        return run_names_pass(content, schema, complaints, found)
