"""The mapping: which tables and columns of a source are customers, orders, lines, returns, …, read from YAML.

Reading is strict and says everything that is wrong at once. What a mapping does not say is inferred from names
(`inference`); `~` says that a source has no such table or column.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fanwise.io.problems import Place, nearest
from fanwise.io.tables.number_format import is_number_format
from fanwise.io.tables.strict import is_format
from fanwise.io.yaml import Document, Rules, read_file, read_text
from fanwise.segmenter.errors import MappingError, Problem
from fanwise.segmenter.ingest.fields import ROLES, Kind

__all__ = [
    "Declared", "DeclaredTable", "Layout", "Marked", "PlacedTable", "carried_mapping", "instant", "read_mapping",
]  # fmt: skip

GRAINS = ("order", "customer_day")
RULES = Rules("mapping", MappingError)
KEYS = ("tables", "as_of", "order_grain", "cancelled", "returns", "discounts", "date_format", "number_format")
DISCOUNTS = ("amount", "rate", "percent")


@dataclass(frozen=True, slots=True)
class Marked:
    """Orders whose `column` holds one of `values` (as text): those that were cancelled, or that came back."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeclaredTable:
    """What a mapping says of a role. table: its name, or None where only columns are said; columns: None for none."""

    table: str | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a mapping says. tables: None for a role that the source does not have. document: where it was said.

    returned: orders that came back. discounts: what a column of discounts holds, one of DISCOUNTS. number_format: how
    1234.56 is written, as in `strict.is_number_format`.
    carried: it is that of a model, whose source may have called its tables otherwise.
    """

    tables: Mapping[str, DeclaredTable | None] = field(default_factory=dict)
    as_of: dt.datetime | None = None
    order_grain: str | None = None
    cancelled: Marked | None = None
    negative_returns: bool = False
    date_format: str | None = None
    returned: Marked | None = None
    discounts: str | None = None
    number_format: str | None = None
    document: Document = field(default=Document(None, ""), repr=False, compare=False)
    carried: bool = False

    def text(self) -> str:
        """Return what a model keeps of it, as JSON; empty where nothing was said. A date is that of its own source."""
        content = self.document.content or {}
        said = {key: value for key, value in content.items() if key != "as_of" and value is not None}
        return json.dumps(said, sort_keys=True, ensure_ascii=False) if said else ""

    def for_tables(self, names: Iterable[str]) -> Declared:
        """Return what it says of a source with these tables.

        Where the mapping of a model names a table that is not there, the one that is called like the role is meant, or
        the only one.
        """
        there = list(names)
        named = {said.table for said in self.tables.values() if said and said.table}
        if not self.carried or named <= set(there):
            return self
        only = there[0] if len(there) == 1 and len(named) == 1 else None

        def placed(role: str, said: DeclaredTable | None) -> DeclaredTable | None:
            if said is None or said.table is None or said.table in there:
                return said
            return replace(said, table=role if role in there else only or said.table)

        return replace(self, tables={role: placed(role, said) for role, said in self.tables.items()})


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table of the source in its role. columns: column of each field that it has."""

    table: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """A mapping that fits a source: every table and column is there."""

    tables: Mapping[str, PlacedTable]
    order_grain: str = "order"
    cancelled: Marked | None = None
    negative_returns: bool = False
    date_format: str | None = None
    returned: Marked | None = None
    discounts: str = "amount"
    number_format: str | None = None

    @property
    def rates(self) -> bool:
        """Whether discounts are shares of a price rather than money."""
        return self.discounts != "amount"

    def form(self, kind: Kind) -> str | None:
        """Return how texts of a kind are written, where it is said."""
        return {Kind.INSTANT: self.date_format, Kind.NUMBER: self.number_format}.get(kind)

    @property
    def flat(self) -> bool:
        """Whether one table holds orders line by line."""
        return "order_item" in self.tables and self.tables["order_item"].table == self.tables["order"].table

    def has(self, role: str, *fields: str) -> bool:
        """Return whether a role is there, with all of these fields."""
        return role in self.tables and all(name in self.tables[role].columns for name in fields)

    def differences(self, known: Declared) -> list[str]:
        """Return what this counts otherwise than an earlier mapping did, one entry for each."""
        pairs = {
            "cancelled": (_marked(self.cancelled), _marked(known.cancelled)),
            "returns": (_marked(self.returned), _marked(known.returned)),
            "returns.negative": (self.negative_returns, known.negative_returns),
            "discounts": (self.discounts, known.discounts or "amount"),
        }
        if known.order_grain is not None:
            pairs["order_grain"] = (self.order_grain, known.order_grain)
        return [f"{name} is {_said(now)}, not {_said(then)}" for name, (now, then) in pairs.items() if now != then]

    def digest(self) -> str:
        """Return 16 hexadecimal digits that are the same for the same layout."""
        said = {
            "tables": {role: [placed.table, dict(placed.columns)] for role, placed in self.tables.items()},
            "order_grain": self.order_grain,
            "cancelled": [self.cancelled.column, list(self.cancelled.values)] if self.cancelled else None,
            "negative_returns": self.negative_returns,
            "date_format": self.date_format,
        }
        later = {"discounts": self.discounts if self.rates else None, "number_format": self.number_format}
        later["returned"] = [self.returned.column, *self.returned.values] if self.returned else None  # type: ignore[assignment]
        said |= {name: value for name, value in later.items() if value}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _marked(rows: Marked | None) -> str | None:
    return f"{rows.column} = {' or '.join(rows.values)}" if rows else None


def _said(value: object) -> str:
    return "not said" if value is None else str(value).lower() if isinstance(value, bool) else f"'{value}'"


def instant(value: dt.date | dt.datetime | str) -> dt.datetime:
    """Return a naive UTC instant; a date is the midnight that begins it. Raises ValueError for other text."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value.strip())
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value


def read_mapping(path: Path) -> Declared:
    """Return what a mapping file says; raises MappingError with everything that is wrong."""
    return _read(read_file(path, RULES))


def carried_mapping(text: str) -> Declared:
    """Return the mapping that a model keeps (see `Declared.text`); raises MappingError where it is not one."""
    return replace(_read(read_text(text, "the mapping in the model", RULES)), carried=True) if text else Declared()


def _read(document: Document) -> Declared:
    reader = _Reader(document)
    declared = reader.declared()
    if reader.problems:
        raise MappingError(reader.problems)
    return declared


@dataclass(slots=True)
class _Reader:
    """Turns plain values into a Declared, and gathers what is wrong."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def declared(self) -> Declared:
        top = self._keys((), self.document.content, KEYS)
        tables = self._keys(("tables",), top.get("tables"), ROLES)
        returns = self._keys(("returns",), top.get("returns"), ("negative", "column", "values"))
        return Declared(
            {role: self._table(role, said) for role, said in tables.items()},
            self._as_of(top.get("as_of")),
            self._one_of("order_grain", top.get("order_grain"), GRAINS),
            self._marked(("cancelled",), self._keys(("cancelled",), top.get("cancelled"), ("column", "values"))),
            self._negative(returns),
            self._date_format(top.get("date_format")),
            self._marked(("returns",), {key: value for key, value in returns.items() if key != "negative"}),
            self._one_of("discounts", top.get("discounts"), DISCOUNTS),
            self._number_format(top.get("number_format")),
            self.document,
        )

    def _wrong(self, path: Place, why: str, hint: str = "") -> None:
        self.problems.append(self.document.problem("FW-MAPPING-SHAPE", path, why, hint))

    def _keys(self, path: Place, value: Any, known: Iterable[str]) -> dict[str, Any]:
        """Return a mapping's items with a known key."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._wrong(path, "must be a mapping", f"its keys are {', '.join(known)}.")
            return {}
        names = list(known)
        for key in value:
            if key not in names:
                self._wrong((*path, key), "unknown key", nearest(key, names))
        return {key: item for key, item in value.items() if key in names}

    def _table(self, role: str, value: Any) -> DeclaredTable | None:
        path = ("tables", role)
        if value is None:
            return None
        if not isinstance(value, dict):
            return DeclaredTable(self._text(path, value))
        said = self._keys(path, value, ("table", *ROLES[role].fields))
        table = self._text((*path, "table"), said.pop("table", None))
        for name in said:
            if said[name] is None and ROLES[role].fields[name].required:
                self._wrong((*path, name), f"{role} needs it")
        return DeclaredTable(table, {name: self._text((*path, name), column) for name, column in said.items()})

    def _text(self, path: Place, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, dict | list | bool) or value == "":
            self._wrong(path, "must be a name", "write text.")
            return None
        return str(value)

    def _date_format(self, value: Any) -> str | None:
        text = self._text(("date_format",), value)
        if text is not None and not is_format(text):
            self._wrong(("date_format",), "is not a format of strptime", "write for example '%d/%m/%Y %H:%M'.")
        return text

    def _as_of(self, value: Any) -> dt.datetime | None:
        if value is None:
            return None
        try:
            return instant(str(value))
        except ValueError:
            self._wrong(("as_of",), f"'{value}' is not a date", "write 2025-01-31 or 2025-01-31T18:00:00.")
            return None

    def _one_of(self, key: str, value: Any, known: tuple[str, ...]) -> str | None:
        if value is not None and value not in known:
            self._wrong((key,), f"'{value}' is not one of {', '.join(known)}", nearest(str(value), known))
            return None
        return value  # type: ignore[no-any-return]

    def _marked(self, place: Place, said: Mapping[str, Any]) -> Marked | None:
        """Return the orders that a column marks."""
        if not said:
            return None
        column, values = self._text((*place, "column"), said.get("column")), said.get("values")
        if column is None:
            self._wrong((*place, "column"), "is missing", "name a column of the order table.")
        if not isinstance(values, list) or not values or any(isinstance(item, dict | list) for item in values):
            self._wrong((*place, "values"), "must be a list", "write for example values: [cancelled].")
            return None
        shown = tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in values)
        return Marked(column, shown) if column else None

    def _negative(self, returns: Mapping[str, Any]) -> bool:
        said = returns.get("negative", False)
        if not isinstance(said, bool):
            self._wrong(("returns", "negative"), "must be true or false")
        return said is True

    def _number_format(self, value: Any) -> str | None:
        text = self._text(("number_format",), value)
        if text is not None and not is_number_format(text):
            why = "does not say how 1234.56 is written"
            self._wrong(("number_format",), why, "write '1,234.56', '1.234,56', '1 234,56' or '1234,56'.")
            return None
        return text
