"""Declared order: each segment is shown to lie above its neighbour."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.validator.checks.pairwise import PairSubject, direction, pair_subjects
from fanwise.validator.findings import Finding, Severity
from fanwise.validator.measures.evidence import Evidence


class Direction:
    name = "direction"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[PairSubject]:
        return pair_subjects(evidence, lambda metric, pair: metric.role == "declared" and pair.ratio != 1.0)

    def judge(self, evidence: Evidence, subject: PairSubject) -> Iterator[Finding]:
        metric, pair = subject.item
        yield direction(self.name, evidence, evidence.comparison(metric, pair))
