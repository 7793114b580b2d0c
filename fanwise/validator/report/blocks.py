"""Blocks: what a document is made of. Plain data in plain text; each format lays it out and escapes it.

Text is never markup: a renderer escapes every string it finds here. Numbers that are read are text already, worded
once for all formats; numbers that are drawn (bars, boxes, intervals) are floats, with the text that says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fanwise.validator.findings import Finding, Status
from fanwise.validator.verdict.verdict import Verdict

__all__ = [
    "Align",
    "Bar",
    "Bars",
    "Block",
    "Box",
    "Boxes",
    "CellKind",
    "Code",
    "Column",
    "Document",
    "Findings",
    "IntervalMark",
    "Intervals",
    "Items",
    "Paragraph",
    "Section",
    "Table",
]

Align = Literal["left", "right"]
CellKind = Literal["text", "number", "status", "code"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. status: where it says how something came out, else None."""

    text: str
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. kind: `status` cells hold a status word (or nothing), `code` cells something to type."""

    name: str
    align: Align = "right"
    kind: CellKind = "number"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one cell per column in every row, the first column being the row's head. note: a line below it."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `value` is drawn, `text` is read."""

    label: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars that start at 0; `scale` is the value of a bar of full length, at least the largest one."""

    caption: str
    unit: str
    items: tuple[Bar, ...]
    scale: float

    def length(self, item: Bar) -> float:
        """Return the length of a bar as a share of the full length, 0 to 1: value / scale."""
        return min(max(item.value / self.scale, 0.0), 1.0) if self.scale > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """The spread of one segment: smallest, quartiles, largest, and the mean; `text` says the same."""

    label: str
    low: float
    p25: float
    median: float
    p75: float
    high: float
    mean: float
    text: str


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes on one shared axis; `log` asks for a logarithmic one (then every number is above 0)."""

    caption: str
    unit: str
    items: tuple[Box, ...]
    log: bool = False


@dataclass(frozen=True, slots=True)
class IntervalMark:
    """One pair: its measured ratio with an interval, the declared ratio and the tolerance band around it.

    low, high: None where there is no interval. declared, band: None where nothing is declared. All above 0.
    """

    label: str
    estimate: float
    low: float | None
    high: float | None
    declared: float | None
    band: tuple[float, float] | None
    status: Status
    text: str


@dataclass(frozen=True, slots=True)
class Intervals:
    """Ratios of pairs on one shared logarithmic axis, on which 1 means `no difference`."""

    caption: str
    level: float
    items: tuple[IntervalMark, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences; `ordered` where the order matters."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings with their hints and places; a renderer shows status, message, hint and source, and no more."""

    items: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Something to type or to look at, kept as it stands."""

    text: str
    language: str = ""


Block = Paragraph | Table | Bars | Boxes | Intervals | Items | Findings | Code


@dataclass(frozen=True, slots=True)
class Section:
    """One section. id: a slug, unique in its document. essential: whether a short format shows it unfolded."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    essential: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A report to be laid out: its title, its verdict, and its sections in the order in which they are read."""

    title: str
    verdict: Verdict
    sections: tuple[Section, ...]

    def section(self, identity: str) -> Section | None:
        """Return the section with this id, or None where the document has none."""
        return next((section for section in self.sections if section.id == identity), None)
