"""Settings that the columns of one table share: those of a kind with `shared` in its `x-kind`, about the same thing.

What one of them states holds for all, so that `locale: de_DE` is written once for the eight columns of a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.shape.definitions import Schema, definitions, kinds_in
from fanwise.generator.language.spec import ByKey, Column, Generator

__all__ = ["share_settings"]

About = tuple[str, Any]  # the kind, and what its columns are about


def share_settings(schema: Schema, complaints: Complaints, columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return the columns of one table with the settings that they share; report those that contradict another."""
    known = kinds_in(schema, "column")
    traits = {kind: definitions(schema)[entry]["x-kind"].get("shared") for kind, entry in known.items()}
    sharing = {kind: trait for kind, trait in traits.items() if trait is not None}
    if not any(generator.kind in sharing for column in columns.values() for generator in _generators(column)):
        return dict(columns)
    stated: dict[About, dict[str, tuple[str, Any]]] = {}
    for name, column in columns.items():
        trait = sharing.get(column.kind)
        if trait is None:
            continue
        params = column.generator.params
        group = stated.setdefault((column.kind, params.get(trait["by"])), {})
        for setting in trait["settings"]:
            if setting not in params:
                continue
            first, value = group.setdefault(setting, (name, params[setting]))
            if _bare(value) != _bare(params[setting]):
                place = (*column.generator.place, column.kind, setting)
                why, hint = f"another {setting} than that of '{first}'", "state it once, or tell them apart with `of`"
                complaints.add("FW-SCHEMA-CONTRADICTION", place, why, hint)

    def shared(generator: Generator) -> Generator:
        trait = sharing.get(generator.kind)
        if trait is None:
            return generator
        group = stated.get((generator.kind, generator.params.get(trait["by"])), {})
        more = {setting: value for setting, (_, value) in group.items()}
        return replace(generator, params=MappingProxyType({**more, **generator.params}))

    return {name: _with(column, shared) for name, column in columns.items()}


def _generators(column: Column) -> Iterator[Generator]:
    yield column.generator
    if column.when is not None:
        yield from (case for case in column.when.cases.values() if isinstance(case, Generator))


def _with(column: Column, change: Any) -> Column:
    when = column.when
    if when is not None:
        cases = {key: change(case) if isinstance(case, Generator) else case for key, case in when.cases.items()}
        when = replace(when, cases=MappingProxyType(cases))
    return replace(column, generator=change(column.generator), when=when)


def _bare(value: Any) -> Any:
    """Return a setting without the places where its numbers stand."""
    if isinstance(value, ByKey):
        return (value.path.covariate, dict(value.values), value.default)
    return tuple(map(_bare, value)) if isinstance(value, tuple) else value
