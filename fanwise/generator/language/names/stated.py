"""Stated references: a column with values of its own whose `references` names the key that they are of."""

from __future__ import annotations

from fanwise.generator.errors import nearest
from fanwise.generator.language.literals import label_of
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.problems import Complaints, Fault, Skip
from fanwise.generator.language.spec import Path
from fanwise.io.problems import Place

__all__ = ["bind_refers", "check_unique"]


def bind_refers(outline: Outline, complaints: Complaints, table: str, name: str) -> Path | None:
    """Return the path from a column to the key that its `references` names; None without one. Faults are reported."""
    found = outline.tables[table].columns[name]
    refers, place = found.refers, ("tables", table, "columns", name, "references")
    if refers is None:
        return None
    with complaints.catch():
        target, column = refers
        if target not in outline.tables:
            raise outline.unknown_table(place, target)
        if found.edge == "ref":
            raise Fault("FW-SCHEMA-OPTION", place, "a ref refers to its table already", "delete it", on_key=True)
        check_unique(outline, target, column, place)
        _check_values(outline, table, name, place)
        steps = [edge.step for edge in outline.tables[table].edges if edge.step.column == name]
        return Path(f"{target}.{column}", table, (steps[0],), target, column) if steps else None
    return None


def check_unique(outline: Outline, target: str, name: str, place: Place) -> None:
    """Raise Fault where a column cannot be referred to: it is unknown, hidden, or neither a key nor unique."""
    found = outline.tables[target]
    if not found.columns:
        raise Skip
    if name not in found.columns:
        why = f"{target} has no column '{name}'"
        raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", place, why, nearest(name, found.columns))
    column = found.columns[name]
    if found.key != (name,) and column.raw.get("unique") is not True and column.traits.get("distinct") is not True:
        why = f"{target}.{name} is neither the key of {target} nor unique"
        hint = f"refer to {found.key[0]}" if len(found.key) == 1 else f"make {target}.{name} unique: true"
        raise Fault("FW-SCHEMA-REF-TARGET", place, why, hint)
    if column.raw.get("hidden") is True:
        why = f"{target}.{name} is hidden, so it cannot be a target"
        raise Fault("FW-SCHEMA-HIDDEN", place, why, "delete hidden: of that column")


def _check_values(outline: Outline, table: str, name: str, place: Place) -> None:
    """Raise Fault where the values cannot be those of the key: of another type, or none of the given ones."""
    target, column = outline.tables[table].columns[name].refers or ("", "")
    own, wanted = outline.yields(table, name), outline.yields(target, column)
    if own != wanted and "any" not in {own, wanted}:
        why = f"{table}.{name} holds {own}, but {target}.{column} holds {wanted}"
        raise Fault("FW-SCHEMA-COLUMN-TYPE", place, why, "give both the same type")
    given, labels = outline.tables[target].columns[column].given, outline.labels(table, name)
    if given is None or labels is None:
        return
    known = {label_of(value) for value in given}
    if lost := [label for label in labels if label not in known]:
        why = f"'{lost[0]}' is a value of {table}.{name}, but not of {target}.{column}"
        raise Fault("FW-SCHEMA-UNKNOWN-LABEL", place, why, nearest(lost[0], known))
