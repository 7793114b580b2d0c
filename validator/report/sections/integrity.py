"""Integrity: how many checks of each kind were asked of which tables, and how they came out."""

from __future__ import annotations

from collections import Counter

from validator.findings import Severity, Status
from validator.report.blocks import Column, Section, Table
from validator.report.model import Report

__all__ = ["integrity"]

_ORDER = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.SKIPPED, Status.PASS)


def integrity(report: Report) -> Section:
    """Return the checks of integrity, one row each with the worst status."""
    found = [finding for finding in report.findings if finding.severity is Severity.INTEGRITY]
    names = list(dict.fromkeys(finding.check for finding in found))
    rows = []
    for name in names:
        own = Counter(finding.status for finding in found if finding.check == name)
        worst = next(status for status in _ORDER if own[status])
        rows.append((name, str(own[Status.PASS]), str(own.total()), worst.value))
    columns = (Column("check", "left", "text"), Column("passed"), Column("asked"), Column("status", "left", "status"))
    return Section("integrity", "Data quality", (Table("Checks of integrity", columns, tuple(rows)),))
