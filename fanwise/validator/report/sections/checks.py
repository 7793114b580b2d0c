"""Checks: every check of the audit with its findings. A new check appears in every format without a line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fanwise.text.blocks import Block, Entries, Entry, Fold, Items, Section
from fanwise.text.numbers import count
from fanwise.validator.findings import WORST, Finding, Severity, Status
from fanwise.validator.report.judged import Judged
from fanwise.validator.report.model import Report
from fanwise.validator.report.sections import statistics
from fanwise.validator.verdict.verdict import tally

__all__ = ["by_check", "checks", "entry_of", "passed_of_run", "unshown"]

_KINDS = {
    Severity.INTEGRITY: "Integrity",
    Severity.EFFECT: "Effects",
    Severity.NOTE: "Notes, which never fail an audit",
    Severity.INFO: "Information, measured and not judged",
}


def checks(report: Report) -> Section | None:
    """Return how many findings of each check passed, the information of new checks, and every finding by its check."""
    found = by_check(report)
    if not found:
        return None
    counts = []
    for severity, words in _KINDS.items():
        own = [f"{name} {passed_of_run(each)}" for name, each in found.items() if each[0].severity is severity]
        counts += [f"{words}: {', '.join(own)}."] if own else []
    news = tuple(entry_of(finding) for finding in unshown(report))
    blocks: list[Block] = [Items(tuple(counts)), *((Entries(news),) if news else ())]
    return Section("checks", "Checks", (*blocks, *_folds(found)), 1, "passed / run")


def by_check(report: Judged) -> dict[str, list[Finding]]:
    """Return the findings of each check, in the order of the audit."""
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.check, []).append(finding)
    return found


def unshown(report: Judged) -> Iterator[Finding]:
    """Yield the information that no other section shows, so that short formats show it as well."""
    for finding in report.findings:
        if finding.severity is Severity.INFO and finding.check not in (*statistics.CHECKS, "magnitude"):
            yield finding


def passed_of_run(found: Sequence[Finding]) -> str:
    """Return how many findings of a check passed, of those that were run: `3 of 4 (1 warning)`."""
    return str(tally(found))


def entry_of(finding: Finding) -> Entry:
    """Return a finding as an entry of a list."""
    return Entry(finding.status, finding.message, finding.hint, str(finding.source))


def _folds(found: Mapping[str, Sequence[Finding]]) -> Iterator[Fold]:
    """Yield every check with its findings: those that passed together, behind one title."""
    passed = []
    for name, own in found.items():
        worst = next(status for status in WORST if status in {each.status for each in own})
        fold = Fold(f"{name}: {passed_of_run(own)}", (Entries(tuple(map(entry_of, own))),), worst)
        if worst is Status.PASS:
            passed.append(fold)
        else:
            yield fold
    if passed:
        yield Fold(f"{count(len(passed), 'check')} without any other result", tuple(passed), Status.PASS)
