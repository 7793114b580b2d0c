"""The first sections: what is wrong and what to do about it, what got worse, and what was found in short."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fanwise.text.blocks import Column, Entries, Paragraph, Section, Table
from fanwise.text.numbers import number, percent, times
from fanwise.validator.findings import WORST, Finding, Severity, Status
from fanwise.validator.report.model import Measured, Report
from fanwise.validator.report.sections.checks import entry_of
from fanwise.validator.report.sections.statistics import MOST_ALIKE
from fanwise.validator.verdict.verdict import tally

__all__ = ["actions", "baseline", "key_findings"]

_ACT_ON = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.SKIPPED)


def actions(report: Report) -> Section | None:
    """Return what is wrong, the worst first, each with its fix and the number of checks that it stands for.

    Where an order is wrong, the check of the ratio says the same of the pair. Where a pair is, so are all together.
    """
    wrong = [finding for status in _ACT_ON for finding in report.with_status(status)]
    order = {(each.metric, each.pair, each.status): each for each in wrong if each.check == "direction"}
    pairs: dict[tuple[str, Status], Finding] = {}
    for each in wrong:
        if each.check in ("direction", "ratio"):
            pairs.setdefault((each.metric, each.status), order.get((each.metric, each.pair, each.status), each))

    def said(each: Finding) -> Finding:
        if each.check == "combined":
            return pairs.get((each.metric, each.status), each)
        return order.get((each.metric, each.pair, each.status), each) if each.check == "ratio" else each

    found = Counter(entry_of(said(each)) for each in wrong)
    entries = tuple(replace(entry, text=f"{entry.text} ({n} checks)") if n > 1 else entry for entry, n in found.items())
    return Section("actions", "What to do", (Entries(entries),), depth=0) if entries else None


def baseline(report: Report) -> Section | None:
    """Return what is worse than in the baseline; None without one."""
    found = report.baseline
    if found is None:
        return None
    columns = (Column("what got worse", "text"), Column("before", "status"), Column("now", "status"))
    rows = tuple((each.message, each.before or "", each.now or "") for each in found.worse)
    worse = (Table(f"Worse than {found.name}", columns, rows),) if rows else ()
    return Section("baseline", "Against the baseline", (Paragraph(found.line), *worse), depth=0)


def key_findings(report: Report) -> Section:
    """Return data quality, the grade of each axis, and how every measure came out."""
    integrity = [finding for finding in report.findings if finding.severity is Severity.INTEGRITY]
    quality = f"{tally(integrity)} checks of integrity passed"
    rows = [("data quality", quality, _worst([finding.status for finding in integrity]))]
    for grade in report.grades:
        own = [pair.status for each in report.measured if each.axis == grade.axis for pair in each.pairs]
        rows.append((f"segments of {grade.axis}", f"{grade.letter or 'no grade'}: {grade.reason}", _worst(own)))
    for measured in report.measured:
        own = [pair.status for pair in measured.pairs]
        rows.append((measured.title, _distinctness(measured), _worst(own)))
    columns = (Column("of", "text"), Column("finding", "text"), Column("status", "status"))
    return Section("findings", "Key findings", (Table("", columns, tuple(rows)),))


def _worst(statuses: Sequence[Status | None]) -> str:
    """Return the worst status; nothing where nothing was asked."""
    return next((status.value for status in WORST if status in statuses), "")


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
