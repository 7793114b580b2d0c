"""The first sections: what was audited and found, and what to do about it."""

from __future__ import annotations

from validator.findings import Severity, Status
from validator.report.blocks import Column, Findings, Paragraph, Section, Table
from validator.report.model import Report
from validator.wording import count

__all__ = ["actions", "summary"]

_ACT_ON = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN)
_KINDS = {
    Severity.INTEGRITY: "Integrity: tables, keys, references, nulls, shares, conditions",
    Severity.EFFECT: "Effects: order and size of what segments change",
    Severity.NOTE: "Notes: band, scatter, undeclared effects; these never gate",
}


def summary(report: Report) -> Section:
    """Return the head: rows per table, and how many checks of each kind came out how."""
    tables = Table(
        "Tables",
        (Column("table", "left", "text"), Column("rows"), Column("read from", "left", "text")),
        tuple((row.name, f"{row.rows:,}" if row.rows is not None else "–", row.format or "–") for row in report.tables),
    )
    head = Column("kind of check", "left", "text")
    columns = (head, *(Column(status.value) for status in Status))
    rows = []
    for severity, words in _KINDS.items():
        own = [finding.status for finding in report.findings if finding.severity is severity]
        if own:
            rows.append((words, *(str(own.count(status)) for status in Status)))
    verdict = Paragraph(f"{report.contract}: {report.verdict.line}", report.verdict.status)
    checks = Table("Checks", columns, tuple(rows), f"{count(len(report.findings), 'finding')} in all.")
    return Section("summary", "Summary", (verdict, checks, tables), essential=True)


def actions(report: Report) -> Section | None:
    """Return what is wrong, the worst first, each with its way out."""
    found = [finding for status in _ACT_ON for finding in report.with_status(status)]
    return Section("actions", "What to do", (Findings(tuple(found)),), essential=True) if found else None
