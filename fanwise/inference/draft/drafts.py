"""A schema while it is made: tables with columns as text, each with a comment that holds its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ColumnDraft", "Draft", "Expected", "TableDraft"]


@dataclass(slots=True)
class ColumnDraft:
    """One column, or a fanout. body: what is written between the braces. weak: its effects promise nothing.

    helpers: names and bodies of hidden columns that it reads. lost: rows without a value before its own nulls are
    drawn.
    """

    body: str
    comment: str = ""
    multiplier: Mapping[str, Any] = field(default_factory=dict)
    after: str = ""
    segmented: bool = False
    weak: bool = False
    correlate: Mapping[str, float] = field(default_factory=dict)
    alike: Mapping[str, float] = field(default_factory=dict)
    helpers: list[tuple[str, str]] = field(default_factory=list)
    lost: int = 0

    @property
    def promises(self) -> bool:
        """Whether an audit would judge more than its law."""
        return self.segmented or any((self.multiplier, self.correlate, self.alike))

    @property
    def dependence(self) -> tuple[tuple[str, Mapping[str, float]], ...]:
        """What its draws go along with, by the word of the language."""
        return ("correlate", self.correlate), ("alike", self.alike)


@dataclass(slots=True)
class TableDraft:
    """One table. head: its lines before the columns, as (key, text, comment)."""

    name: str
    head: list[tuple[str, str, str]]
    fanout: ColumnDraft | None
    columns: dict[str, ColumnDraft]
    notes: list[str]


@dataclass(slots=True)
class Expected:
    """One entry of `audit.expect`."""

    name: str
    body: str
    comment: str = ""


@dataclass(slots=True)
class Draft:
    """A whole schema. window: its two days. segments: name, table, shares. gates: `integrity` or empty.

    merged: which segments are not kept. lost: tables that could not be read.
    """

    name: str
    header: list[str]
    window: tuple[str, str] | None
    segments: Sequence[tuple[str, str, Mapping[str, float], str]]
    curves: dict[str, Mapping[str, Any]]
    tables: list[TableDraft]
    checks: list[str] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    gates: str = ""
    merged: str = ""
    lost: Sequence[str] = ()
