"""The document of a report: every section in the order of reading, from which text, Markdown and HTML are rendered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fanwise.text.blocks import Document, Paragraph, Section
from fanwise.text.renderers.html import render_html as page_of
from fanwise.text.renderers.markdown import render_markdown as markdown_of
from fanwise.text.renderers.terminal import render_terminal
from fanwise.text.terminal import PLAIN, Style
from fanwise.validator.report.model import Report
from fanwise.validator.report.sections import (
    checks,
    closing,
    effects,
    integrity,
    lifetime,
    population,
    rows,
    segments,
    statistics,
    summary,
)

__all__ = ["document_of", "render_html", "render_markdown", "render_text", "render_whole"]

SECTIONS: tuple[Callable[[Report], Section | None], ...] = (
    summary.actions,
    summary.baseline,
    closing.causes,
    summary.key_findings,
    effects.effects,
    population.population,
    segments.fanouts,
    segments.values,
    lifetime.lifetimes,
    closing.grades,
    checks.checks,
    integrity.completeness,
    integrity.structure,
    statistics.statistics,
    closing.forecast,
    closing.verification,
    lifetime.appendix,
    closing.method,
    closing.glossary,
)
"""What a document holds, in order; a section that has nothing to say is None."""

_AFTER_ROWS = ("grades", "checks", "structure")


def document_of(report: Report) -> Document:
    """Return the document of `report`: the same data as its JSON, in words, tables and drawings."""
    counts = [f"{row.rows:,} {row.name}" if row.rows is not None else f"no {row.name}" for row in report.tables]
    apart = ("segments", "reference")
    origin = ", ".join(f"{name} {value}" for name, value in report.origin.items() if name not in apart)
    segments = report.origin.get("segments")
    found = (section(report) for section in SECTIONS)
    return Document(
        title=report.title,
        status=report.status,
        line=f"{report.subject}: {report.verdict.line}",
        about=(
            *((Paragraph(f"Rows: {', '.join(counts)}."),) if counts else ()),
            *((Paragraph(f"Segments: {segments}."),) if segments else ()),
            *((Paragraph(f"Made from: {origin}.", detail=True),) if origin else ()),
        ),
        sections=tuple(section for section in found if section is not None),
    )


def render_text(report: Report, style: Style = PLAIN, *, verbose: bool = False) -> str:
    """Return the report for a terminal; `verbose` leaves nothing out but the drawings."""
    return render_terminal(document_of(report), style, "whole" if verbose else "short")


def render_whole(report: Report) -> str:
    """Return the whole report as text of 80 columns."""
    return render_text(report, verbose=True)


def render_markdown(report: Report) -> str:
    """Return the report as Markdown, at most 60 kB."""
    return markdown_of(document_of(report))


def render_html(report: Report) -> str:
    """Return the report as one page, which alone shows rows."""
    document, shown = document_of(report), rows.first_rows(report)
    if shown is not None:
        at = next((at for at, each in enumerate(document.sections) if each.id in _AFTER_ROWS), len(document.sections))
        document = replace(document, sections=(*document.sections[:at], shown, *document.sections[at:]))
    return page_of(document)
