"""What a check is: it lists what it can be asked about, and answers one subject at a time with findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from fanwise.validator.errors import QueryError
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence, Need

__all__ = ["AuditCheck", "Subject", "run_check"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject(Generic[T]):
    """One thing to judge. `id` completes the check's name to a finding's id; without its `needs` it is skipped.

    segments: those of `axis` that it compares; it is skipped where the data spell one of them otherwise.
    """

    id: str
    item: T
    needs: tuple[Need, ...] = ()
    axis: str = ""
    segments: tuple[str, ...] = ()


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
        try:
            reason = evidence.blocked(subject.needs) or evidence.spelt_otherwise(subject.axis, subject.segments)
            found = [] if reason else list(check.judge(evidence, subject))
        except QueryError as error:
            hint = (
                "the files may be damaged, or memory or disk space too small; write the data again or raise the limits."
            )
            message = f"{subject.id} could not be tested: {error.problems[0].statement}"
            yield Finding(identity, check.name, Status.ERROR, message, check.severity, hint)
            continue
        if reason:
            yield Finding(identity, check.name, Status.SKIPPED, f"not tested: {reason}.", check.severity)
        yield from found
