"""A document as lines for a terminal or a log, in one of three lengths.

`short` leaves out what explains: drawings, notes, folds, blocks that are details, sections of depth 2. `brief` holds
only the sections of depth 0, and the first rows of their tables. `whole` leaves out nothing but the drawings.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Literal

from fanwise.text.blocks import Block, Code, Document, Entries, Fold, Items, Paragraph, Table, text_of
from fanwise.text.terminal import PLAIN, Style, table, wrapped

__all__ = ["Length", "left_out", "render_terminal"]

Length = Literal["brief", "short", "whole"]

_DEPTHS: dict[Length, int] = {"brief": 0, "short": 1, "whole": 2}
_MOST = {"brief": 6, "short": 12}  # entries of a list
_MOST_ROWS = {"brief": 12, "short": 30}  # of a table


def render_terminal(document: Document, style: Style = PLAIN, length: Length = "short") -> str:
    """Return `document` as text that ends in a newline."""
    parts = [list(_head(document, style, length))]
    for section in document.sections:
        if section.depth <= _DEPTHS[length]:
            about = f": {section.about}" if section.about else ""
            lines = [line for block in section.blocks for line in _block(block, style, length)]
            parts += [[style.heading(f"{section.title}{about}"), *_trimmed(lines)]] if lines else []
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def left_out(document: Document, length: Length) -> tuple[str, ...]:
    """Return the titles of the sections that a text of this length leaves out."""
    return tuple(section.title for section in document.sections if section.depth > _DEPTHS[length])


def _head(document: Document, style: Style, length: Length) -> Iterator[str]:
    if document.status:
        yield from _marked("", document.status, document.line, style)
    else:
        yield style.heading(document.title)
    for paragraph in document.about:
        yield from _block(paragraph, style, length)


def _marked(indent: str, status: str, text: str, style: Style) -> Iterator[str]:
    """Yield a status and what it is about, wrapped beside it."""
    first, *rest = wrapped(text, " " * (len(indent) + len(status) + 2), style=style)
    yield f"{indent}{style.status(status)}  {first.lstrip(' ')}"
    yield from rest


def _trimmed(lines: list[str]) -> list[str]:
    """Return the lines of a section without empty ones at its ends."""
    start = next(index for index, line in enumerate(lines) if line)
    return lines[start : len(lines) - (not lines[-1])]


def _block(block: Block, style: Style, length: Length) -> Iterator[str]:
    if isinstance(block, Paragraph):
        if length == "whole" or not block.detail:
            yield from (
                _marked("  ", block.status, block.text, style) if block.status else wrapped(block.text, style=style)
            )
    elif isinstance(block, Table):
        if length == "whole" or not block.detail:
            yield from _table(block, style, length)
    elif isinstance(block, Items):
        for number, item in enumerate(block.items, start=1):
            mark = f"  {number}. " if block.ordered else "  - "
            yield from wrapped(item, mark, " " * len(mark), style)
    elif isinstance(block, Entries):
        yield from _entries(block, style, length)
    elif length == "whole" and isinstance(block, Code):
        yield from (f"    {style.text(line)}" for line in block.text.splitlines())
    elif length == "whole" and isinstance(block, Fold):
        yield ""
        yield from (
            _marked("  ", block.status, block.title, style) if block.status else wrapped(block.title, style=style)
        )
        for inner in block.blocks:
            yield from _block(inner, style, length)


def _table(block: Table, style: Style, length: Length) -> Iterator[str]:
    yield ""
    if block.caption:
        yield from wrapped(block.caption, style=style)
    first = int(block.grouped)
    told = [place for place, column in enumerate(block.columns) if length == "whole" or not column.detail]
    shown = [place for place in told if place >= first]
    rows: list[list[str] | str] = []
    listed = block.rows if length == "whole" else block.rows[: _MOST_ROWS[length]]
    for before, row in zip((None, *listed), listed, strict=False):
        if block.grouped and (before is None or row[0] != before[0]):
            rows.append(text_of(row[0]))
        rows.append(["  " * (place == first == 1) + text_of(row[place]) for place in shown])
    left = [at for at, place in enumerate(shown) if block.columns[place].kind != "number"]
    yield from table([block.columns[place].name for place in shown], rows, style, left=left)
    yield from _rest(len(block.rows) - len(listed))
    if length == "whole" and block.note:
        yield from wrapped(block.note, style=style)


def _entries(block: Entries, style: Style, length: Length) -> Iterator[str]:
    listed = block.items if length == "whole" else block.items[: _MOST[length]]
    for entry, after in zip_longest(listed, listed[1:]):
        indent = " " * (len(entry.status) + 4)
        yield from _marked("  ", entry.status, entry.text, style)
        if entry.hint and (length == "whole" or after is None or after.hint != entry.hint):
            yield from wrapped(f"→ {entry.hint}", indent, indent + "  ", style)
        if entry.place and length == "whole":
            yield from wrapped(f"at {entry.place}", indent, style=style)
    yield from _rest(len(block.items) - len(listed))


def _rest(more: int) -> Iterator[str]:
    if more > 0:
        yield f"  and {more} more; see the whole report"
