"""Columns of lookup tables: what the rows give stays as it is given."""

from __future__ import annotations

from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.problems import Complaints, Fault, Skip

__all__ = ["check_given"]

_CHANGES = ("clamp", "when", "round", "null")


def check_given(outline: Outline, complaints: Complaints, table: str, name: str) -> None:
    """Report a given column that is changed; raise Fault for one of another kind, or without given rows."""
    owner, found = outline.tables[table], outline.tables[table].columns[name]
    place = ("tables", table, "columns", name)
    if owner.given is None or name not in owner.given.columns:
        if found.traits.get("yields") != "given":
            return
        if {"values", "file"} & {*owner.raw} and owner.given is None:
            raise Skip
        why = f"the rows of {table} do not give '{name}'"
        raise Fault("FW-SCHEMA-VALUES", (*place, "given"), why, "write it in values:, or delete the column")
    if found.given is None:
        why, hint = f"the rows give '{name}' already", "delete the column here, or its values"
        raise Fault("FW-SCHEMA-VALUES", place, why, hint)
    for word in _CHANGES:
        if word in found.raw:
            why, hint = f"'{word}' would change given values", "change the values where they are listed"
            complaints.add("FW-SCHEMA-OPTION", (*place, word), why, hint, on_key=True)
