"""Declared order: each segment is shown to lie above its neighbour."""

from __future__ import annotations

from collections.abc import Iterator

from validator.evidence import Evidence
from validator.findings import Finding, Severity
from validator.judging import PairSubject, direction, pair_subjects


class Direction:
    name = "direction"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[PairSubject]:
        return pair_subjects(evidence, lambda metric, pair: metric.role == "declared" and pair.ratio != 1.0)

    def judge(self, evidence: Evidence, subject: PairSubject) -> Iterator[Finding]:
        metric, pair = subject.item
        yield direction(self.name, evidence, evidence.comparison(metric, pair))
