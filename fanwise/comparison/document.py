"""The document of a comparison, from which text, Markdown and HTML are rendered, and its JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fanwise.comparison.gates import GATES
from fanwise.comparison.result import Comparison, Drawing, Row
from fanwise.text.blocks import Column, Document, Entries, Entry, Items, Paragraph, Quantiles, Section, Table
from fanwise.text.numbers import number
from fanwise.text.renderers.html import render_html as page_of
from fanwise.text.renderers.markdown import render_markdown as markdown_of
from fanwise.text.renderers.terminal import render_terminal
from fanwise.text.terminal import PLAIN, Style
from fanwise.validator.findings import WORST, Status
from fanwise.validator.report.json import json_text, plain_values, tool
from fanwise.validator.verdict.verdict import tally

__all__ = ["as_dict", "document_of", "render_html", "render_json", "render_markdown", "render_text", "render_whole"]

TITLES = {
    "structure": "Tables and columns",
    "shares": "Shares of the segments",
    "mean": "Means",
    "distribution": "Distributions",
    "dispersion": "Spread of counts",
    "mix": "Categories",
    "correlation": "Correlations",
    "total": "Totals",
    "top": "Share of the top 5 %",
    "classifier": "Classifier",
    "nearest": "Nearest records",
    "copies": "Exact copies",
}
_DIFFERENCES = {
    "shares": "PSI", "mean": "ratio", "distribution": "excess distance", "dispersion": "excess ratio",
    "mix": "excess distance", "correlation": "excess", "total": "excess", "top": "excess", "classifier": "AUC",
    "nearest": "probability", "copies": "beyond chance",
}  # fmt: skip
_METHOD = (
    "Keys, references and types are found in REAL, and SYNTH is read by them.",
    "Halves of REAL are halves of its units, in several ways. What they differ by is chance: a difference counts as "
    "far as it is larger (excess).",
    "A column that follows from a row that was drawn, such as the price of a product, has these rows as its units.",
    "Distance is that of Kolmogorov and Smirnov for numbers, and total variation for categories.",
    "PSI is the sum of (p − q) ln(p / q) over the segments.",
    "Intervals of means treat the rows of one unit as a cluster.",
    "A pass does not make data anonymous: it does not bound what can be learnt about a person.",
)


def document_of(found: Comparison) -> Document:
    """Return the document of a comparison: the same data as its JSON, in words, tables and drawings."""
    rows = ", ".join(f"{name} {real:,} and {synth:,}" for name, (real, synth) in found.tables.items())
    sections = [_outside(found), _overview(found), *_measures(found), *_drawings(found), _closing(found)]
    return Document(
        title=found.title,
        status=found.status,
        line=f"{found.contract}: {found.verdict.line}",
        about=(Paragraph(f"Rows of REAL and SYNTH: {rows or 'none in common'}."),),
        sections=tuple(section for section in sections if section is not None),
    )


def _outside(found: Comparison) -> Section | None:
    entries = tuple(
        Entry(row.status, row.message, row.hint)
        for status in (Status.FAIL, Status.WARN)
        for row in found.rows
        if row.status is status and row.gates
    )
    return Section("outside", "Outside the gates", (Entries(entries),), 0) if entries else None


def _overview(found: Comparison) -> Section:
    columns = (Column("measure", "text"), Column("gate", "text"), Column("passed"), Column("", "status"))
    rows = []
    for name, title in TITLES.items():
        own = [row.finding for row in found.rows if row.measure == name]
        if own:
            worst = next(status for status in WORST if status in {each.status for each in own})
            gate = GATES[name].words if name in GATES else "all of REAL is in SYNTH"
            rows.append((title, gate, str(tally(own)), worst.value))
    return Section("measures", "Measures", (Table("", columns, tuple(rows)),), 0, "passed of those that were measured")


def _measures(found: Comparison) -> Iterator[Section]:
    for name, title in TITLES.items():
        own = [row for row in found.rows if row.measure == name]
        if own and name in _DIFFERENCES:
            yield Section(name, title, (_table(name, own),), 2, GATES[name].words)


def _table(name: str, rows: list[Row]) -> Table:
    columns = (
        Column("what", "text"), Column("segment", "text"), Column("REAL"), Column("SYNTH"), Column(_DIFFERENCES[name]),
        Column("halves of REAL"), Column("", "status"),
    )  # fmt: skip
    full = [
        (
            row.what, row.segment or "all", number(row.real), number(row.synth), _difference(row), number(row.floor),
            row.status.value,
        )
        for row in rows
    ]  # fmt: skip
    known = [
        at for at, column in enumerate(columns) if at < 2 or not column.name or any(row[at] != "–" for row in full)
    ]
    return Table("", tuple(columns[at] for at in known), tuple(tuple(row[at] for at in known) for row in full))


def _difference(row: Row) -> str:
    if row.interval is None or row.difference is None:
        return number(row.difference)
    return f"{row.difference:.3f} ({row.interval[0]:.3f} to {row.interval[1]:.3f})"


def _drawings(found: Comparison) -> Iterator[Section]:
    tables = tuple(_drawn(each) for each in found.drawings)
    if tables:
        yield Section("quantiles", "Quantiles of SYNTH beside those of REAL", tables, 2)


def _drawn(drawing: Drawing) -> Table:
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    columns = (Column("segment", "text"), *(Column(f"{100 * share:g} %") for share in shares))
    rows = []
    for segment, points in drawing.quantiles.items():
        at = [points[min(len(points) - 1, int(share * len(points)))] for share in shares]
        rows.append((segment, *(f"{number(real)} / {number(synth)}" for real, synth in at)))
    note = "REAL / SYNTH. On the dashed line, a quantile of SYNTH equals that of REAL."
    return Table(drawing.what, columns, tuple(rows), note, Quantiles("REAL", "SYNTH", drawing.quantiles))


def _closing(found: Comparison) -> Section:
    return Section("method", "Method", (Items((*found.notes, *_METHOD)),), 2)


def render_text(found: Comparison, style: Style = PLAIN, *, verbose: bool = False) -> str:
    """Return the report for a terminal; `verbose` leaves nothing out but the drawings."""
    return render_terminal(document_of(found), style, "whole" if verbose else "short")


def render_whole(found: Comparison) -> str:
    """Return the whole report as text of 80 columns."""
    return render_text(found, verbose=True)


def render_markdown(found: Comparison) -> str:
    """Return the report as Markdown."""
    return markdown_of(document_of(found))


def render_html(found: Comparison) -> str:
    """Return the report as one page."""
    return page_of(document_of(found))


def as_dict(found: Comparison) -> dict[str, Any]:
    """Return the report as plain JSON values; what is not finite becomes null."""
    values: dict[str, Any] = plain_values(
        {
            "tool": tool(),
            "real": found.real,
            "synth": found.synth,
            "axis": found.axis or None,
            "tables": {name: {"real": real, "synth": synth} for name, (real, synth) in found.tables.items()},
            "summary": {
                "verdict": found.status,
                "exit_code": found.exit_code,
                "line": found.verdict.line,
                "counts": found.verdict.counts,
            },
            "gates": {name: {"passes": gate.passes, "warns": gate.warns} for name, gate in GATES.items()},
            "measured": [_rounded(row) for row in found.rows],
            "notes": found.notes,
        }
    )
    return values


def _rounded(row: Row) -> Row:
    """Return a row with 9 digits: sums in another order differ in the last ones."""

    def digits(value: float | None) -> float | None:
        return value if value is None else float(f"{value:.9g}")

    ends = None if row.interval is None else (float(f"{row.interval[0]:.9g}"), float(f"{row.interval[1]:.9g}"))
    known = {name: digits(getattr(row, name)) for name in ("real", "synth", "difference", "floor")}
    return replace(row, interval=ends, **known)  # type: ignore[arg-type]


def render_json(found: Comparison) -> str:
    """Return the report as JSON text: keys sorted, no NaN."""
    return json_text(as_dict(found))
