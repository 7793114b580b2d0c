"""A document as lines for a terminal or a log.

The short text leaves out what explains: drawings, notes, folds, blocks that are details, sections of depth 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from fanwise.text.blocks import Block, Code, Document, Entries, Fold, Items, Paragraph, Table, text_of
from fanwise.text.terminal import PLAIN, Style, table, wrapped

__all__ = ["render_terminal"]

_MOST = 12  # entries of a list in the short text
_MOST_ROWS = 30  # of a table there


def render_terminal(document: Document, style: Style = PLAIN, *, full: bool = False) -> str:
    """Return `document` as text that ends in a newline; `full` leaves nothing out but the drawings."""
    parts = [list(_head(document, style, full))]
    for section in document.sections:
        if full or section.depth < 2:
            about = f": {section.about}" if section.about else ""
            lines = [line for block in section.blocks for line in _block(block, style, full)]
            parts += [[style.heading(f"{section.title}{about}"), *_trimmed(lines)]] if lines else []
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(document: Document, style: Style, full: bool) -> Iterator[str]:
    if document.status:
        yield from _marked("", document.status, document.line, style)
    else:
        yield style.heading(document.title)
    for paragraph in document.about:
        yield from _block(paragraph, style, full)


def _marked(indent: str, status: str, text: str, style: Style) -> Iterator[str]:
    """Yield a status and what it is about, wrapped beside it."""
    first, *rest = wrapped(text, " " * (len(indent) + len(status) + 2), style=style)
    yield f"{indent}{style.status(status)}  {first.lstrip(' ')}"
    yield from rest


def _trimmed(lines: list[str]) -> list[str]:
    """Return the lines of a section without empty ones at its ends."""
    start = next(index for index, line in enumerate(lines) if line)
    return lines[start : len(lines) - (not lines[-1])]


def _block(block: Block, style: Style, full: bool) -> Iterator[str]:
    if isinstance(block, Paragraph):
        if full or not block.detail:
            yield from (
                _marked("  ", block.status, block.text, style) if block.status else wrapped(block.text, style=style)
            )
    elif isinstance(block, Table):
        if full or not block.detail:
            yield from _table(block, style, full)
    elif isinstance(block, Items):
        for number, item in enumerate(block.items, start=1):
            mark = f"  {number}. " if block.ordered else "  - "
            yield from wrapped(item, mark, " " * len(mark), style)
    elif isinstance(block, Entries):
        yield from _entries(block, style, full)
    elif full and isinstance(block, Code):
        yield from (f"    {style.text(line)}" for line in block.text.splitlines())
    elif full and isinstance(block, Fold):
        yield ""
        yield from (
            _marked("  ", block.status, block.title, style) if block.status else wrapped(block.title, style=style)
        )
        for inner in block.blocks:
            yield from _block(inner, style, full)


def _table(block: Table, style: Style, full: bool) -> Iterator[str]:
    yield ""
    if block.caption:
        yield from wrapped(block.caption, style=style)
    first = int(block.grouped)
    shown = [place for place, column in enumerate(block.columns) if place >= first and (full or not column.detail)]
    rows: list[list[str] | str] = []
    listed = block.rows if full else block.rows[:_MOST_ROWS]
    for before, row in zip((None, *listed), listed, strict=False):
        if block.grouped and (before is None or row[0] != before[0]):
            rows.append(text_of(row[0]))
        rows.append(["  " * (place == first == 1) + text_of(row[place]) for place in shown])
    left = [at for at, place in enumerate(shown) if block.columns[place].kind != "number"]
    yield from table([block.columns[place].name for place in shown], rows, style, left=left)
    yield from _rest(len(block.rows) - len(listed))
    if full and block.note:
        yield from wrapped(block.note, style=style)


def _entries(block: Entries, style: Style, full: bool) -> Iterator[str]:
    listed = block.items if full else block.items[:_MOST]
    for entry, after in zip_longest(listed, listed[1:]):
        indent = " " * (len(entry.status) + 4)
        yield from _marked("  ", entry.status, entry.text, style)
        if entry.hint and (full or after is None or after.hint != entry.hint):
            yield from wrapped(f"→ {entry.hint}", indent, indent + "  ", style)
        if entry.place and full:
            yield from wrapped(f"at {entry.place}", indent, style=style)
    yield from _rest(len(block.items) - len(listed))


def _rest(more: int) -> Iterator[str]:
    if more > 0:
        yield f"  and {more} more; see the whole report"
