"""A rank and the declared means agree; where they do not, no data could satisfy both."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.rank_conflicts import Conflict, rank_conflicts
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence


class Contradictions:
    name = "contradiction"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Conflict]]:
        for index, conflict in enumerate(rank_conflicts(evidence.contract)):
            yield Subject(f"{conflict[0]}.{index + 1}", conflict)

    def judge(self, evidence: Evidence, subject: Subject[Conflict]) -> Iterator[Finding]:
        metric, message, hint, sources = subject.item
        yield Finding(
            f"{self.name}.{subject.id}", self.name, Status.FAIL, message, Severity.EFFECT, hint, metric,
            source=sources[0], evidence={"places": [str(source) for source in sources]},
        )  # fmt: skip
