"""A document as GitHub-flavoured Markdown, for a comment on a pull request or the summary of a job.

Sections of depth 0 are open, the rest is folded. Drawings are left to their tables; bars are drawn in text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fanwise.text.blocks import (
    Block,
    Cell,
    Code,
    Document,
    Entries,
    Entry,
    Fold,
    Items,
    Paragraph,
    Section,
    Table,
    text_of,
)
from fanwise.text.sanitize import printable

__all__ = ["LIMIT", "escaped", "render_markdown"]

LIMIT = 60_000
"""Bytes of a document; GitHub takes 65,536 characters in a comment."""

_SIGNIFICANT = re.compile(r"[\\`*_\[\]|~$]")
_OPENS = re.compile(r"^(?:[-+=#]|\d+[.)])")
_CALLS = re.compile(r"@(?=\w)|#(?=\d)|(?<=\w)://|(?i:\bwww\.)|(?i:\bgh-)(?=\d)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_APART = "\u200b"  # a space of no width keeps a sign from being read with what follows it
_BAR = 12  # characters of a whole bar
_POINTER = "\n\n_Cut here: the other formats, such as `--report report.html`, hold the whole._\n"


def render_markdown(document: Document) -> str:
    """Return `document`, ending in a newline, at most `LIMIT` bytes of UTF-8."""
    kept: list[str] = []
    room = LIMIT - len(_POINTER.encode()) - 100  # for what closes an open fence and open folds
    for line in _lines(document):
        room -= len(line.encode()) + 1
        if room < 0:
            return "\n".join([*kept, *_closing(kept)]) + _POINTER
        kept.append(line)
    return "\n".join(kept) + "\n"


def _closing(lines: Sequence[str]) -> Iterator[str]:
    """Yield what closes the fence and the folds that `lines` leave open."""
    fence, depth = "", 0
    for line in lines:
        if line.startswith("```"):
            fence = "" if line == fence else fence or line[: len(line) - len(line.lstrip("`"))]
        elif not fence:
            depth += line.startswith("<details>") - (line == "</details>")
    if fence:
        yield fence
    yield from ("", "</details>") * depth


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is: no markup, no mention, no link, one line."""
    shown = printable(text).translate(_ENTITIES)
    shown = _SIGNIFICANT.sub(lambda sign: f"\\{sign[0]}", shown)
    shown = _CALLS.sub(lambda call: f"{call[0][:-2]}{_APART}//" if call[0] == "://" else f"{call[0]}{_APART}", shown)
    return _OPENS.sub(lambda sign: f"{sign[0][:-1]}\\{sign[0][-1]}", shown)


def _lines(document: Document) -> Iterator[str]:
    title = escaped(document.title)
    yield f"## {document.status}: {title}" if document.status else f"## {title}"
    if document.line:
        yield from ("", f"**{escaped(document.line)}**")
    for paragraph in document.about:
        yield from ("", *_block(paragraph))
    for section in document.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    about = f" ({section.about})" if section.about else ""
    if section.depth:
        yield from _fold(f"{section.title}{about}", section.blocks)
    else:
        yield from ("", f"### {escaped(section.title + about)}", *_blocks(section.blocks))


def _fold(title: str, blocks: Sequence[Block]) -> Iterator[str]:
    yield from ("", f"<details><summary>{escaped(title)}</summary>", *_blocks(blocks), "", "</details>")


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        lines = list(_block(block))
        if lines:
            yield from ("", *lines)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"**{block.status}** {escaped(block.text)}" if block.status else escaped(block.text)
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Items):
        marks = (f"{number}." if block.ordered else "-" for number in range(1, len(block.items) + 1))
        yield from (f"{mark} {escaped(item)}" for mark, item in zip(marks, block.items, strict=True))
    elif isinstance(block, Entries):
        for entry in block.items:
            yield from _entry(entry)
    elif isinstance(block, Code):
        yield from _fenced([printable(line) for line in block.text.splitlines()], block.language)
    elif isinstance(block, Fold):
        yield from _fold(f"{block.status} {block.title}".lstrip(), block.blocks)


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield from (f"**{escaped(table.caption)}**", "")
    yield _row([escaped(column.name) for column in table.columns])
    yield _row(["---:" if column.kind == "number" else ":---" for column in table.columns])
    for row in table.rows:
        pairs = zip(row, table.columns, strict=True)
        yield _row([_code(text_of(cell)) if column.kind == "code" and cell else _cell(cell) for cell, column in pairs])
    if table.note:
        yield from ("", escaped(table.note))


def _cell(cell: str | Cell) -> str:
    bar = "" if isinstance(cell, str) or not cell.bar else f" {'█' * max(round(_BAR * cell.bar), 1)}"
    return escaped(text_of(cell)) + bar


def _row(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"- **{entry.status}** {escaped(entry.text)}"
    if entry.hint:
        yield f"  → {escaped(entry.hint)}"
    if entry.place:
        yield f"  at {_code(entry.place)}"


def _fenced(lines: Sequence[str], language: str) -> Iterator[str]:
    fence = _ticks("\n".join(lines), 3)
    yield f"{fence}{language}"
    yield from lines
    yield fence


def _code(text: str) -> str:
    """Return `text` as a code span; a bar is escaped because tables are cut into cells first."""
    shown = printable(text).replace("|", "\\|")
    ticks = _ticks(shown, 1)
    space = " " if len(ticks) > 1 else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def _ticks(text: str, fewest: int) -> str:
    """Return a fence of backticks longer than any in `text`."""
    return "`" * max(fewest, 1 + max((len(found) for found in re.findall("`+", text)), default=0))
