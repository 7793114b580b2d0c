"""YAML text to a frozen, fully resolved `Dataset`: all passes in their order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fanwise.generator.language.document.others import refuse_others
from fanwise.generator.language.document.sources import read
from fanwise.generator.language.expansion import expand
from fanwise.generator.language.names.resolve import run_names_pass
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.shape.definitions import with_kinds
from fanwise.generator.language.shape.plugins import plugin_definitions
from fanwise.generator.language.shape.schema_pass import run_schema_pass
from fanwise.generator.language.spec import Dataset

__all__ = ["load"]


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
    refuse_others(found.document)
    complaints = Complaints(found.document)
    with complaints.all():
        found = expand(found, complaints)
        content = run_schema_pass(found.document.content, schema, complaints)
        return run_names_pass(content, schema, complaints, found)
