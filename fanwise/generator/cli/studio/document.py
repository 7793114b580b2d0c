"""The document of a look: problems at their lines, the forecast, and the page of the dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fanwise.generator.cli.page.document import document_of
from fanwise.generator.cli.studio.looks import Look
from fanwise.generator.errors import Problem
from fanwise.text.blocks import Block, Code, Document, Entries, Entry, Paragraph, Section
from fanwise.text.numbers import count
from fanwise.validator.report.refusal import forecast_blocks

__all__ = ["studio_document"]

_AROUND = 2  # lines shown before and after that of a problem


def studio_document(look: Look, last: Look | None) -> Document:
    """Return the document of a look. last: the last look without problems, which is shown below them."""
    shown = look if look.plan is not None and look.sample is not None else last
    if shown is None or shown.plan is None or shown.sample is None or shown.rows is None:
        base = Document(title=look.schema, sections=())
    else:
        base = document_of(shown.plan, shown.sample, shown.rows, shown.tables)
    status, line = _verdict(look)
    about = base.about if shown is look else (Paragraph("Below is the last version without errors."),) * bool(shown)
    return replace(base, sections=(*_sections(look), *base.sections), about=about, status=status, line=line)


def _verdict(look: Look) -> tuple[str, str]:
    if look.problems:
        return "ERROR", f"{count(len(look.problems), 'problem')} in {look.schema}."
    if look.forecast is None or look.forecast.exit_code == 0:  # nothing has passed yet, so no sign says so
        return "", ""
    status = "FAIL" if look.forecast.exit_code == 1 else "INCONCLUSIVE"
    return status, f"Forecast: {look.forecast.verdict}"


def _sections(look: Look) -> Iterator[Section]:
    if look.problems:
        yield Section("problems", "Problems", tuple(_problems(look, look.problems, "ERROR")))
        return
    if look.warnings:
        yield Section("warnings", "Warnings", tuple(_problems(look, look.warnings, "WARN")))
    blocks: tuple[Block, ...] = (Paragraph("The forecast is being computed."),)
    if look.forecast is not None:
        blocks = tuple(forecast_blocks(look.forecast))
        if not look.done:
            blocks = tuple(_going_on(blocks))
    yield Section("forecast", "Forecast", blocks)


def _going_on(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks of a forecast that further draws make more exact, and say so where it does not move the page."""
    first, *others = blocks
    assert isinstance(first, Paragraph)
    yield replace(first, text=f"{first.text} More rows are being drawn, so that the ratios become more exact.")
    yield from others


def _problems(look: Look, problems: Sequence[Problem], status: str) -> Iterator[Block]:
    """Yield each problem with the lines of the schema around it."""
    lines = look.text.splitlines()
    for problem in problems:
        place = f"{problem.file}:{problem.mark.line}:{problem.mark.column}" if problem.mark else problem.file
        words = f"{problem.path}: {problem.why}" if problem.path else problem.why
        yield Entries((Entry(status, f"{words} [{problem.code}]", problem.hint, place),))
        if problem.mark is not None and problem.file == look.schema and problem.mark.line <= len(lines):
            yield Code(_around(lines, problem.mark.line, problem.mark.column), "yaml")


def _around(lines: Sequence[str], line: int, column: int) -> str:
    out = []
    for number in range(max(1, line - _AROUND), min(len(lines), line + _AROUND) + 1):
        out.append(f"{number:>5} {lines[number - 1]}".rstrip())
        if number == line:
            out.append(" " * (5 + column) + "^")
    return "\n".join(out)
