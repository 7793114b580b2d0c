"""The document of a report: every section in the order of reading, from which the rich formats are rendered."""

from __future__ import annotations

from collections.abc import Callable

from fanwise.validator.report.blocks import (
    Bar,
    Bars,
    Block,
    Box,
    Boxes,
    Code,
    Column,
    Document,
    Findings,
    IntervalMark,
    Intervals,
    Items,
    Paragraph,
    Section,
    Table,
)
from fanwise.validator.report.model import Report
from fanwise.validator.report.sections import (
    closing,
    effects,
    integrity,
    lifetime,
    population,
    segments,
    statistics,
    summary,
)

__all__ = [
    "Bar",
    "Bars",
    "Block",
    "Box",
    "Boxes",
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
    "document_of",
]

SECTIONS: tuple[Callable[[Report], Section | None], ...] = (
    summary.summary,
    summary.actions,
    summary.baseline,
    closing.causes,
    effects.effects,
    population.population,
    integrity.completeness,
    integrity.integrity,
    segments.fanouts,
    segments.values,
    lifetime.lifetimes,
    statistics.statistics,
    closing.quality,
    closing.forecast,
    closing.verification,
    closing.recommendations,
    lifetime.appendix,
    closing.method,
    closing.glossary,
)
"""What a document holds, in order; a section that has nothing to say is None."""


def document_of(report: Report) -> Document:
    """Return the document of `report`: the same data as its JSON, in words, tables and drawings."""
    found = (section(report) for section in SECTIONS)
    return Document(
        title=f"Audit of {report.contract}",
        verdict=report.verdict,
        sections=tuple(section for section in found if section is not None),
    )
