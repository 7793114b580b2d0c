"""Conditions of references: columns of the row referred to that equal values of the own row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fanwise.generator.errors import nearest
from fanwise.generator.language.literals import NESTED
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.problems import Complaints, Fault
from fanwise.generator.language.spec import Path
from fanwise.io.problems import Place

__all__ = ["bind_match"]

ELSE = "else"


class Binder(Protocol):
    """Resolves names in the scope of one table."""

    @property
    def outline(self) -> Outline: ...
    @property
    def complaints(self) -> Complaints: ...
    def path(self, name: str, place: Place, *, on_key: bool = False) -> Path: ...


def bind_match(
    own: Binder, there: Binder, raw: Mapping[str, str], place: Place, *, own_table: bool
) -> tuple[tuple[Path, Path], ...]:
    """Return the pairs of paths, from the row referred to and from the own row; each at fault is reported."""
    pairs = []
    for name, value in raw.items():
        with own.complaints.catch():
            if name == ELSE:
                if own_table:
                    why = "a ref to its own table draws earlier rows only, so not any row will do"
                    raise Fault("FW-SCHEMA-MATCH", (*place, name), why, "delete else:", on_key=True)
                continue
            pair = there.path(name, (*place, name), on_key=True), own.path(value, (*place, name))
            _check_values(own.outline, *pair, (*place, name), otherwise=ELSE in raw)
            pairs.append(pair)
    return tuple(pairs)


def _check_values(outline: Outline, there: Path, own: Path, place: Place, *, otherwise: bool) -> None:
    """Raise Fault where no value of the one can equal one of the other."""
    sorts = outline.yields(there.target, there.column), outline.yields(own.target, own.column)
    numeric = {"integer", "number"}
    if nested := next((sort for sort in sorts if sort in NESTED), None):
        raise Fault("FW-SCHEMA-COLUMN-TYPE", place, f"a {nested} cannot be matched", "match columns of single values")
    if sorts[0] != sorts[1] and not numeric.issuperset(sorts) and "any" not in sorts:
        why = f"{there.target}.{there.column} holds {sorts[0]}, but {own.target}.{own.column} holds {sorts[1]}"
        raise Fault("FW-SCHEMA-COLUMN-TYPE", place, why, "match columns of one type")
    theirs, ours = outline.labels(there.target, there.column), outline.labels(own.target, own.column)
    if theirs is None or ours is None or otherwise or set(theirs) & set(ours):
        return
    why = f"no row can match: no value of {own.target}.{own.column} is one of {there.target}.{there.column}"
    raise Fault("FW-SCHEMA-MATCH", place, why, nearest(ours[0], theirs) if ours else "")
