"""Mixins: named groups of columns, which tables and other mixins use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.expansion.draft import Draft
from fanwise.generator.language.names.graphs import find_cycle
from fanwise.generator.language.problems import Fault
from fanwise.io.problems import Place

__all__ = ["expand_mixins"]

CODE = "FW-SCHEMA-MIXIN"


def expand_mixins(draft: Draft) -> None:
    """Give each table the columns of the mixins that it uses, after its own; its own columns come before theirs."""
    mixins = {name: mixin for name, mixin in draft.section("mixins").items() if isinstance(mixin, dict)}
    cycle = find_cycle(mixins, lambda name: (used for used, _ in _used(mixins[name], ()) if used in mixins))
    if cycle:
        why = f"the mixins use each other in a circle: {' > '.join(cycle)}"
        draft.complaints.add(CODE, ("mixins", cycle[0], "use"), why, "remove one of them from use:")
        return
    for name, mixin in mixins.items():
        for used, place in _used(mixin, ("mixins", name)):
            with draft.complaints.catch():
                _known(mixins, used, place)
    for name, table in draft.tables():
        found: dict[str, Place] = {}
        for used, place in _used(table, ("tables", name)):
            with draft.complaints.catch():
                _collect(draft, mixins, used, place, found)
        own = draft.columns(name)
        for column, origin in found.items():
            if column not in own:
                own[column] = draft.at(origin)
                draft.write(("tables", name, "columns", column), origin)
        if found:
            draft.set_columns(name, own)


def _used(part: Mapping[str, Any], place: Place) -> Iterator[tuple[str, Place]]:
    """Yield the mixins that a table or a mixin uses, each with its place."""
    use = part.get("use")
    if isinstance(use, str):
        yield use, (*place, "use")
    for at, name in enumerate(use if isinstance(use, list) else ()):
        if isinstance(name, str):
            yield name, (*place, "use", at)


def _known(mixins: Mapping[str, Any], name: str, place: Place) -> None:
    if name not in mixins:
        raise Fault(CODE, place, f"unknown mixin '{name}'", nearest(name, mixins) or "declare it under mixins:")


def _collect(draft: Draft, mixins: Mapping[str, Any], name: str, place: Place, found: dict[str, Place]) -> None:
    """Add the columns of a mixin, and of those that it uses, with their places (raises Fault)."""
    _known(mixins, name, place)
    for used, _ in _used(mixins[name], ("mixins", name)):
        if used in mixins:  # else it is reported at the mixin
            _collect(draft, mixins, used, place, found)
    columns = mixins[name].get("columns")
    for column in columns if isinstance(columns, dict) else ():
        origin: Place = ("mixins", name, "columns", column)
        if found.get(column, origin) != origin:
            why = f"'{column}' comes from the mixin {found[column][1]} and from {name}"
            raise Fault(CODE, place, why, "rename one of the two columns")
        found[column] = origin
