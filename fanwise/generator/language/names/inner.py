"""Parts of nested values: columns of their own, without a place in a table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from fanwise.generator.language.names.instants import parse_share
from fanwise.generator.language.names.outline import ColumnOutline, Outline
from fanwise.generator.language.names.types import bind_type
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.shape.definitions import definitions, kinds_in
from fanwise.generator.language.spec import Column, Fanout, Generator
from fanwise.io.problems import Place

__all__ = ["bind_inner", "bind_inners", "bind_length"]


class Binder(Protocol):
    """Binds what a part is drawn from; `fanwise.generator.language.names.parameters.Binder` is one."""

    @property
    def outline(self) -> Outline: ...
    @property
    def complaints(self) -> Complaints: ...
    def single(self, raw: Mapping[str, Any], where: str, place: Place, /) -> Generator: ...


def bind_inners(binder: Binder, raw: Mapping[str, Any], place: Place) -> Mapping[str, Column]:
    """Return the parts of a value by their names; each that is at fault is reported and left out."""
    found = {}
    for name, part in raw.items():
        with binder.complaints.catch():
            found[name] = bind_inner(binder, part, (*place, name), name)
    return MappingProxyType(found)


def bind_inner(binder: Binder, raw: Mapping[str, Any], place: Place, name: str = "") -> Column:
    """Return a part of a value as a column (raises Fault, or Skip where the schema pass refused it)."""
    made, complaints = binder.single(raw, "inner", place), binder.complaints
    entry = kinds_in(binder.outline.schema, "inner")[made.kind]
    outline = ColumnOutline(raw, made.kind, definitions(binder.outline.schema)[entry]["x-kind"])
    drawn = binder.outline.kind_yields(made.kind, raw[made.kind], "inner")
    if "round" in raw and drawn not in ("integer", "number", "any"):
        why = f"only numbers can be rounded; this part holds {drawn}"
        complaints.add("FW-SCHEMA-COLUMN-TYPE", (*place, "round"), why, on_key=True)
    null = 0.0
    try:
        null = parse_share(raw.get("null", 0.0))
    except ValueError as error:
        complaints.add("FW-SCHEMA-OUT-OF-RANGE", (*place, "null"), str(error), "write 0.02 or 2%")
    digits = raw.get("round")
    return Column(
        name,
        made,
        round=None if digits is None else int(digits),
        null=null,
        type=bind_type(complaints, outline, place, drawn),
    )


def bind_length(binder: Binder, raw: Mapping[str, Any], place: Place) -> Fanout:
    """Return the law of the number of elements (raises Skip where the schema pass refused it)."""
    most = raw.get("max")
    return Fanout(binder.single(raw, "length", place), None, None if most is None else int(most))
