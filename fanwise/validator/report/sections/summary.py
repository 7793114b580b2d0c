"""The first sections: what was audited and found, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fanwise.text.numbers import count, number, percent, times
from fanwise.validator.findings import Severity, Status
from fanwise.validator.report.blocks import Column, Findings, Paragraph, Section, Table
from fanwise.validator.report.model import Measured, Report
from fanwise.validator.report.sections.statistics import MOST_ALIKE

__all__ = ["actions", "baseline", "summary"]

_ACT_ON = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN)
_BROKEN = (Status.ERROR, Status.FAIL)
_KINDS = {
    Severity.INTEGRITY: "Integrity: tables, keys, references, nulls, shares, conditions",
    Severity.EFFECT: "Effects: order and size of what segments change",
    Severity.NOTE: "Notes: band, scatter, undeclared effects; these never gate",
    Severity.INFO: "Information: differences, trends and shapes; measured, not judged",
}


def summary(report: Report) -> Section:
    """Return the head: the verdict, key findings, rows per table, and how many checks of each kind came out how."""
    tables = Table(
        "Rows per table",
        (Column("table", "left", "text"), Column("rows"), Column("read from", "left", "text")),
        tuple((row.name, f"{row.rows:,}" if row.rows is not None else "–", row.format or "–") for row in report.tables),
    )
    columns = (Column("kind of check", "left", "text"), *(Column(status.value) for status in Status))
    rows = []
    for severity, words in _KINDS.items():
        own = [finding.status for finding in report.findings if finding.severity is severity]
        if own:
            rows.append((words, *(str(own.count(status)) for status in Status)))
    origin = ", ".join(f"{name} {value}" for name, value in report.origin.items())
    head = (
        Paragraph(f"{report.contract}: {report.verdict.line}", report.verdict.status),
        *((Paragraph(f"Made from: {origin}."),) if origin else ()),
        _key_findings(report),
        tables,
        Table("Checks by kind and status", columns, tuple(rows), f"{count(len(report.findings), 'finding')} in all."),
    )
    return Section("summary", "Summary", head, essential=True)


def actions(report: Report) -> Section | None:
    """Return what is wrong, the worst first, each with its way out; where an order is not there its size is unsaid."""
    wrong = [finding for status in _ACT_ON for finding in report.with_status(status)]
    unordered = {(each.metric, each.pair, each.status) for each in wrong if each.check == "direction"}
    found = [
        each for each in wrong if each.check != "ratio" or (each.metric, each.pair, each.status) not in unordered
    ]  # fmt: skip
    return Section("actions", "What to do", (Findings(tuple(found)),), essential=True) if found else None


def baseline(report: Report) -> Section | None:
    """Return what is worse than in the baseline; None without one."""
    found = report.baseline
    if found is None:
        return None
    columns = (
        Column("what got worse", "left", "text"),
        Column("before", "left", "status"),
        Column("now", "left", "status"),
    )
    rows = tuple((each.message, each.before or "", each.now or "") for each in found.worse)
    worse = (Table(f"Worse than {found.name}", columns, rows),) if rows else ()
    return Section("baseline", "Against the baseline", (Paragraph(found.line), *worse), essential=True)


def _key_findings(report: Report) -> Table:
    """Return data quality, the letter of each axis, and how every measure came out."""
    integrity = [finding.status for finding in report.findings if finding.severity is Severity.INTEGRITY]
    broken = sum(status in _BROKEN for status in integrity)
    checks = count(len(integrity), "check")
    quality = f"{broken} of {checks} of integrity failed" if broken else f"{checks} of integrity passed"
    rows = [("data quality", quality, _worst(integrity))]
    for grade in report.grades:
        own = [pair.status for each in report.measured if each.axis == grade.axis for pair in each.pairs]
        rows.append((f"segments of {grade.axis}", f"{grade.letter or 'no letter'}: {grade.reason}", _worst(own)))
    for measured in report.measured:
        own = [pair.status for pair in measured.pairs]
        rows.append((f"{measured.label} by {measured.axis}", _distinctness(measured), _worst(own)))
    columns = (Column("of", "left", "text"), Column("finding", "left", "text"), Column("status", "left", "status"))
    return Table("Key findings", columns, tuple(rows))


def _worst(statuses: Sequence[Status]) -> str:
    """Return the worst status; nothing where nothing was asked."""
    order = (*_ACT_ON, Status.PASS, Status.SKIPPED)
    return next((status.value for status in order if status in statuses), "")


def _distinctness(measured: Measured) -> str:
    means = [f"{row.segment} {number(row.mean)}" for row in measured.segments if row.segment is not None]
    pairs = [f"{pair.high} {times(pair.estimate)} {pair.low}" for pair in measured.pairs if pair.expected is None]
    close = _closest(measured)
    told = f" ({', '.join(pairs)})" if pairs else ""
    alike = f". Neighbours differ by less than {percent(close, 0)}" if close is not None else ""
    return f"{', '.join(means)}{told}{alike}"


def _closest(measured: Measured) -> float | None:
    """Return by how much neighbouring segments differ at most (two one-sided tests), in percent, where it is little."""
    found = [each.closeness for each in measured.statistics.contrasts] if measured.statistics else []
    known = [close for close in found if close is not None]
    if not known or len(known) < len(found) or max(known) > MOST_ALIKE:
        return None
    return math.ceil(100 * max(known)) / 100
