"""What is known of a source: its tables, columns, keys and references, each with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal

from fanwise.io.quoting import quote_ident

__all__ = ["SEGMENT", "UNIT", "Axis", "Column", "Reference", "Sort", "Source", "Table", "data_sql", "work_sql"]

Sort = Literal["int", "float", "decimal", "bool", "text", "date", "instant"]
"""What sort of values a column has. Times of day, bytes and nested values are text."""

SEGMENT, UNIT = "~segment", "~unit"
"""Columns that the working view of each table has beside its own: the segment of a row, and the unit it belongs to."""


def data_sql(table: str) -> str:
    """Return the SQL name of a table as it was loaded."""
    return f"data.{quote_ident(table)}"


def work_sql(table: str) -> str:
    """Return the SQL name of the view that also has the segment and the unit of each row."""
    return f"work.{quote_ident(table)}"


@dataclass(slots=True)
class Column:
    """One column. type: the DuckDB type. count: rows with a value. low, high: its extremes, which are never written.

    note: what a reader must know of it. unclear: it may refer to a table, which values alone do not show. bounds,
    values: what a CHECK or an ENUM declares. source_type: the type that the source has where it is read as another,
    such as BLOB. form: of a date or instant that the source has as text, as strftime has it; instant: the name of the
    hidden column that holds it.
    """

    name: str
    sort: Sort
    type: str
    count: int = 0
    distinct: int = 0
    low: Any = None
    high: Any = None
    note: str = ""
    required: bool = False
    unique: bool = False
    unclear: bool = False
    bounds: tuple[float | None, float | None] = (None, None)
    values: tuple[str, ...] = ()
    source_type: str = ""
    form: str = ""
    instant: str = ""

    @property
    def said(self) -> str:
        """The name of the column that holds its values as what they are."""
        return self.instant or self.name

    @property
    def is_whole(self) -> bool:
        """Whether the values are integers, whatever type they have."""
        return self.sort == "int"


@dataclass(slots=True)
class Reference:
    """A foreign key. parent: it drives the table. looked_up: it never does. note: the evidence, or what declares it.

    orphans: rows whose value has no row in the target.
    """

    columns: tuple[str, ...]
    target: str
    keys: tuple[str, ...]
    note: str = ""
    declared: bool = False
    parent: bool = False
    looked_up: bool = False
    orphans: int = 0


@dataclass(slots=True)
class Table:
    """One table. rows: None where the source has none (DDL, dbt). hidden: made up for a column that repeats.
    made_of: the tables and columns whose values it has. moved: columns that are those of such a table.
    lifted: its columns that are those of a table below it.
    """

    name: str
    rows: int | None
    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    key_note: str = ""
    references: list[Reference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    hidden: bool = False
    made_of: tuple[tuple[str, str], ...] = ()
    moved: dict[str, str] = field(default_factory=dict)
    lifted: dict[str, str] = field(default_factory=dict)

    @property
    def parent(self) -> Reference | None:
        """The reference that drives the table."""
        return next((each for each in self.references if each.parent), None)

    def before(self, column: Column) -> list[Column]:
        """Return the columns that stand before one of the table's."""
        return list(takewhile(lambda each: each.name != column.name, self.columns.values()))

    def reference_of(self, column: str) -> Reference | None:
        """Return the reference that a column belongs to; the parent's first."""
        own = [each for each in self.references if column in each.columns]
        return min(own, key=lambda each: not each.parent, default=None)


@dataclass(frozen=True, slots=True)
class Axis:
    """The segments of a table: their names as text, from the largest to the smallest, and the units of each."""

    name: str
    table: str
    column: str
    units: Mapping[str, int]


@dataclass(slots=True)
class Source:
    """A source: its tables, and what is said of it as a whole.

    lost: tables that could not be read, among the notes. merged: which segments are not kept.
    """

    shown: str
    tables: dict[str, Table]
    notes: list[str] = field(default_factory=list)
    axis: Axis | None = None
    merged: str = ""
    lost: list[str] = field(default_factory=list)

    def edges(self, table: str) -> Iterator[Reference]:
        """Yield the references of a table to other tables."""
        yield from (each for each in self.tables[table].references if each.target != table)

    def children(self, table: str) -> Iterator[tuple[Table, Reference]]:
        """Yield the tables that refer to a table, with the reference."""
        for other in self.tables.values():
            yield from ((other, each) for each in self.edges(other.name) if each.target == table)
