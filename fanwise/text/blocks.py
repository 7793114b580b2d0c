"""Blocks: what a document is made of. Plain data in plain text; each format lays it out and escapes it.

Text is never markup: a renderer escapes every string it finds here. Numbers that are read are text already, worded
once for all formats; numbers that are drawn (bars, boxes, intervals) are floats, and are in a table as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Block",
    "Box",
    "Boxes",
    "Cell",
    "Chart",
    "Code",
    "Column",
    "Diagram",
    "Document",
    "Entity",
    "Entries",
    "Entry",
    "Fold",
    "Interval",
    "Intervals",
    "Items",
    "Link",
    "Paragraph",
    "Points",
    "Quantiles",
    "Section",
    "Table",
    "bars",
    "text_of",
]


@dataclass(frozen=True, slots=True)
class Box:
    """The spread of one group: smallest, quartiles, largest, and the mean."""

    label: str
    low: float
    p25: float
    median: float
    p75: float
    high: float
    mean: float


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes on one shared axis; `log` asks for a logarithmic one (then every number is above 0)."""

    unit: str
    items: tuple[Box, ...]
    log: bool = False


@dataclass(frozen=True, slots=True)
class Interval:
    """One measured ratio with its interval, what was expected of it, and the tolerance band around that.

    group: the heading above it. low, high, expected, band: None where there is none. All numbers are above 0.
    """

    group: str
    label: str
    estimate: float
    low: float | None
    high: float | None
    expected: float | None
    band: tuple[float, float] | None
    status: str


@dataclass(frozen=True, slots=True)
class Intervals:
    """Ratios on one logarithmic axis, on which 1 means `no difference`. level: of the intervals, such as 0.95."""

    unit: str
    level: float
    items: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """Points (x, y) with a line through them. reference: a dashed line at this y. marked: the x that stands out."""

    x_label: str
    y_label: str
    items: tuple[tuple[float, float], ...]
    reference: float | None = None
    marked: float | None = None


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quantiles of two groups, a panel for each name: points (x, y), on a dashed line where both are equal."""

    x_label: str
    y_label: str
    panels: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Entity:
    """A box of a diagram: its name, and lines below it."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow from a line of one box to another box, or to the same one."""

    source: str
    line: int
    target: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes with arrows between them. All names of links are those of entities."""

    entities: tuple[Entity, ...]
    links: tuple[Link, ...]


Chart = Boxes | Diagram | Intervals | Points | Quantiles


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. status: how something came out, or empty. detail: short formats leave it out."""

    text: str
    status: str = ""
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. kind: `status` cells hold a status word (or nothing), `code` cells something to type.

    detail: short formats leave the column out.
    """

    name: str
    kind: Literal["text", "number", "status", "code"] = "number"
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with more than its text: a remark below it, a bar from 0 to 1, or a shade from -1 to 1."""

    text: str
    about: str = ""
    bar: float | None = None
    shade: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one cell per column in every row, the first column being the row's head. note: a line below it.

    grouped: the first column names groups of rows that follow one another. chart: a drawing of the same numbers.
    detail: short formats leave the table out.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    note: str = ""
    chart: Chart | None = None
    grouped: bool = False
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences; `ordered` where the order matters."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that came out: its status, what happened, what to do about it and where (both may be empty)."""

    status: str
    text: str
    hint: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of entries."""

    items: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Something to type or to look at, kept as it stands."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks behind their title: short formats leave them out, a page shows them when they are asked for."""

    title: str
    blocks: tuple[Block, ...]
    status: str = ""


Block = Paragraph | Table | Items | Entries | Code | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """One section. id: a slug, unique in its document. about: a remark beside the title.

    depth: 0 is open in every format, 1 is folded in a comment, 2 is left out of the short text, too. folded: a page
    shows the section when it is asked for.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    depth: int = 2
    about: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be laid out: a title, a verdict where there is one, remarks, and sections in their order."""

    title: str
    sections: tuple[Section, ...]
    about: tuple[Paragraph, ...] = ()
    status: str = ""
    line: str = ""

    def section(self, identity: str) -> Section | None:
        """Return the section with this id, or None where the document has none."""
        return next((section for section in self.sections if section.id == identity), None)


def text_of(cell: str | Cell) -> str:
    """Return the text of a cell."""
    return cell if isinstance(cell, str) else cell.text


def bars(values: Sequence[float | None], texts: Sequence[str], full: float | None = None) -> list[Cell]:
    """Return cells with bars to one scale. full: the value of a whole bar (default: the largest value)."""
    most = max((value for value in values if value is not None), default=0.0) if full is None else full
    pairs = zip(values, texts, strict=True)
    return [Cell(text, bar=min(max(value / most, 0.0), 1.0) if value and most > 0 else 0.0) for value, text in pairs]
