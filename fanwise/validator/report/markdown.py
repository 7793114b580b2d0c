"""The report as GitHub-flavoured Markdown, for a comment on a pull request or the summary of a job.

What is wrong and the table of ratios stand open, the rest is folded. Drawings are left to the tables beside them, but
for bars, which are drawn in text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fanwise.text.sanitize import printable
from fanwise.text.terminal import cells
from fanwise.validator.findings import Finding
from fanwise.validator.report.blocks import Bars, Block, Code, Document, Findings, Items, Paragraph, Section, Table
from fanwise.validator.report.document import document_of
from fanwise.validator.report.model import Report

__all__ = ["LIMIT", "escaped", "render_markdown"]

LIMIT = 60_000
"""Bytes of a report; GitHub takes 65,536 characters in a comment."""

_SIGNIFICANT = re.compile(r"[\\`*_\[\]|~$]")
_OPENS = re.compile(r"^(?:[-+=#]|\d+[.)])")
_CALLS = re.compile(r"@(?=\w)|#(?=\d)|(?<=\w)://|(?i:\bwww\.)|(?i:\bgh-)(?=\d)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_APART = "\u200b"  # a space of no width keeps a sign from being read with what follows it
_BAR = 30
_POINTER = "\n\n_Cut here: the whole report is in the other formats, such as `--report report.html`._\n"


def render_markdown(report: Report) -> str:
    """Return the report, ending in a newline, at most `LIMIT` bytes of UTF-8."""
    kept: list[str] = []
    room = LIMIT - len(_POINTER.encode()) - 100  # for what closes an open fence and an open fold
    for line in _lines(document_of(report)):
        room -= len(line.encode()) + 1
        if room < 0:
            return "\n".join([*kept, *_closing(kept)]) + _POINTER
        kept.append(line)
    return "\n".join(kept) + "\n"


def _closing(lines: Sequence[str]) -> Iterator[str]:
    """Yield what closes the fence and the fold that `lines` leave open."""
    fence, folded = "", False
    for line in lines:
        if line.startswith("```"):
            fence = "" if line == fence else fence or line[: len(line) - len(line.lstrip("`"))]
        elif not fence and line.startswith(("<details>", "</details>")):
            folded = line.startswith("<details>")
    if fence:
        yield fence
    if folded:
        yield from ("", "</details>")


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is: no markup, no mention, no link, one line."""
    shown = printable(text).translate(_ENTITIES)
    shown = _SIGNIFICANT.sub(lambda sign: f"\\{sign[0]}", shown)
    shown = _CALLS.sub(lambda call: f"{call[0][:-2]}{_APART}//" if call[0] == "://" else f"{call[0]}{_APART}", shown)
    return _OPENS.sub(lambda sign: f"{sign[0][:-1]}\\{sign[0][-1]}", shown)


def _lines(document: Document) -> Iterator[str]:
    status = document.verdict.status
    yield f"## {status}: {escaped(document.title)}"
    yield ""
    yield f"**{escaped(document.verdict.line)}**"
    for section in document.sections:
        yield from _section(section, folded=not section.essential or section.id == "summary")


def _section(section: Section, folded: bool) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{escaped(section.title)}</summary>" if folded else f"### {escaped(section.title)}"
    for block in section.blocks:
        lines = list(_block(block))
        if lines:
            yield ""
            yield from lines
    if folded:
        yield ""
        yield "</details>"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"**{block.status}** {escaped(block.text)}" if block.status is not None else escaped(block.text)
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Bars):
        yield from _fenced(_bars(block), "text")
    elif isinstance(block, Items):
        marks = (f"{number}." if block.ordered else "-" for number in range(1, len(block.items) + 1))
        yield from (f"{mark} {escaped(item)}" for mark, item in zip(marks, block.items, strict=True))
    elif isinstance(block, Findings):
        for finding in block.items:
            yield from _finding(finding)
    elif isinstance(block, Code):
        yield from _fenced([printable(line) for line in block.text.splitlines()], block.language)


def _table(table: Table) -> Iterator[str]:
    yield f"**{escaped(table.caption)}**"
    yield ""
    yield _row([escaped(column.name) for column in table.columns])
    yield _row(["---:" if column.align == "right" else ":---" for column in table.columns])
    for row in table.rows:
        pairs = zip(row, table.columns, strict=True)
        yield _row([_code(cell) if column.kind == "code" and cell else escaped(cell) for cell, column in pairs])
    if table.note:
        yield ""
        yield escaped(table.note)


def _row(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"


def _bars(block: Bars) -> list[str]:
    labels = [printable(bar.label) for bar in block.items]
    wide = max((cells(label) for label in labels), default=0)
    return [printable(block.caption)] + [
        f"{label}{' ' * (wide - cells(label))}  {'█' * round(_BAR * block.length(bar))} {printable(bar.text)}"
        for label, bar in zip(labels, block.items, strict=True)
    ]


def _finding(finding: Finding) -> Iterator[str]:
    yield f"- **{finding.status}** {escaped(finding.message)}"
    if finding.hint:
        yield f"  → {escaped(finding.hint)}"
    if str(finding.source):
        yield f"  at {_code(str(finding.source))}"


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
