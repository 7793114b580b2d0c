"""The columns of one table that are about the same person or place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fanwise.generator.columns.support.binding import Binding
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.errors import nearest
from fanwise.generator.language.spec import Column, Dataset, Generator, Path
from fanwise.io.problems import Place
from fanwise.io.yaml import ABSENT

__all__ = ["Together", "field_of"]


def field_of(binding: Binding, kind: str, fields: Collection[str]) -> str:
    """Return the field that a person or place is asked for. Raises PlanError for one that is not among `fields`."""
    wanted = str(binding.generator.params["field"])
    if wanted not in fields:
        hint = nearest(wanted, fields) or f"it is one of {', '.join(fields)}"
        raise binding.error("FW-PLAN-PEOPLE", binding.place("field"), f"a {kind} has no field '{wanted}'", hint)
    return wanted


@dataclass(frozen=True, slots=True)
class Together:
    """What else a table has about the one that a generator is about.

    columns: the columns whose own kind it is, by field; of two with the same field the first. own: the column that the
    generator draws, if it draws all of it. places: where these columns declare what they draw.
    """

    table: str
    own: str | None
    places: tuple[Place, ...]
    columns: Mapping[str, Column] = field(default_factory=dict)

    @classmethod
    def of(cls, table: str, columns: Mapping[str, Column], generator: Generator) -> Together:
        """Return what the columns of a table have in common with a generator: its kind and `of`."""
        found: dict[str, Column] = {}
        own = None
        places: list[Place] = [(*generator.place, generator.kind)]
        for column in columns.values():
            other = column.generator
            if other.kind == generator.kind and other.params.get("of") == generator.params.get("of"):
                found.setdefault(str(other.params["field"]), column)
                places.append((*other.place, other.kind))
            if other.place == generator.place and column.when is None and column.type is None:
                own = column.name
        return cls(table, own, tuple(places), found)

    def stated(self, setting: str, dataset: Dataset) -> Place:
        """Return where a setting is stated: at the generator itself, or at another column that shares it."""
        where = [(*place, setting) for place in self.places]
        return next((place for place in where if dataset.document.at(place) is not ABSENT), self.places[0])

    def shows(self, wanted: str) -> bool:
        """Return whether a column that is written has this field."""
        column = self.columns.get(wanted)
        return column is not None and not column.hidden

    def formula(self, text: str, *fields: str) -> Formula | None:
        """Return a condition in which `{own}` is the column itself, and `{FIELD}` that of another field.

        None where one of them is not written as it is drawn.
        """
        used = {one: column for one in fields if (column := self._plain(one)) is not None}
        if self.own is None or len(used) < len(fields):
            return None
        names = {"own": self.own, **{one: column.name for one, column in used.items()}}
        quoted = {one: f'"{name}"' for one, name in names.items()}
        return Formula(text.format_map(quoted), {name: self._path(name) for name in names.values()})

    def paths(self, *fields: str) -> dict[str, Path]:
        """Return the paths to the columns of these fields that are written as they are drawn."""
        found = {one: self._plain(one) for one in fields}
        return {one: self._path(column.name) for one, column in found.items() if column is not None}

    def _path(self, name: str) -> Path:
        return Path(name, self.table, (), self.table, name)

    def _plain(self, wanted: str) -> Column | None:
        column = self.columns.get(wanted)
        if column is None or column.when is not None or column.type is not None or column.null or column.hidden:
            return None
        return column
