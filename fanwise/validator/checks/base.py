"""What a check is: it lists what it can be asked about, and answers one subject at a time with findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from fanwise.validator.errors import QueryError
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence, Need

__all__ = ["AuditCheck", "Subject", "run_check"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject(Generic[T]):
    """One thing to judge. `id` completes the check's name to a finding's id; without its `needs` it is skipped."""

    id: str
    item: T
    needs: tuple[Need, ...] = ()


class AuditCheck(Protocol[T]):
    """One check; one file each, listed in `fanwise.validator.checks.BUILTIN`.

    `judge` is called only where the subject's needs are met, and returns at least one finding or none; it never catches
    QueryError, which becomes an ERROR finding of its subject.
    """

    name: str
    severity: Severity

    def subjects(self, evidence: Evidence) -> Iterable[Subject[T]]:
        """Yield what the contract asks of this check."""
        ...

    def judge(self, evidence: Evidence, subject: Subject[T]) -> Iterable[Finding]:
        """Yield the findings of one subject."""
        ...


def run_check(check: AuditCheck[T], evidence: Evidence) -> Iterator[Finding]:
    """Yield every finding of `check`: SKIPPED where something is missing, ERROR where a query fails."""
    for subject in check.subjects(evidence):
        identity = f"{check.name}.{subject.id}"
        reason = evidence.blocked(subject.needs)
        if reason:
            yield Finding(identity, check.name, Status.SKIPPED, f"not tested: {reason}.", check.severity)
            continue
        try:
            yield from [_unless_misspelt(evidence, finding) for finding in check.judge(evidence, subject)]
        except QueryError as error:
            hint = (
                "the files may be damaged, or memory or disk space too small; write the data again or raise the limits."
            )
            message = f"{subject.id} could not be tested: {error.problems[0].statement}"
            yield Finding(identity, check.name, Status.ERROR, message, check.severity, hint)


def _unless_misspelt(evidence: Evidence, finding: Finding) -> Finding:
    """Return a finding as SKIPPED where it lacks the rows of a segment that the data spell otherwise."""
    metric = next((each for each in evidence.metrics if each.id == finding.metric), None)
    if finding.status is not Status.INCONCLUSIVE or metric is None:
        return finding
    spelt = evidence.misspelt(metric.measure.axis)
    segment = next((each for each in finding.pair if each in spelt), None)
    if segment is None:
        return finding
    message = f"not tested: {segment} is spelt '{spelt[segment]}' in the data."
    return replace(finding, status=Status.SKIPPED, message=message, hint="")
