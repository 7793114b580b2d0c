"""Magnitude: how precisely a declared ratio is known, for information; grade A asks for an interval within the band."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import times
from fanwise.validator.checks.pairwise import PairSubject, measured_text, pair_finding, pair_subjects
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence

LEVEL = 0.90
"""Two one-sided tests at 5 % are this interval inside the band."""


class Magnitude:
    name = "magnitude"
    severity = Severity.INFO

    def subjects(self, evidence: Evidence) -> Iterator[PairSubject]:
        return pair_subjects(
            evidence,
            lambda metric, pair: metric.role == "declared" and metric.claim == "ratio" and pair.ratio is not None,
        )

    def judge(self, evidence: Evidence, subject: PairSubject) -> Iterator[Finding]:
        metric, pair = subject.item
        comparison = evidence.comparison(metric, pair)
        interval = comparison.plain(LEVEL)
        limits = evidence.contract.thresholds
        excluded = evidence.excluded.get((metric.id, pair.label), 1.0) <= limits.alpha_fail
        if interval is None or pair.ratio is None or excluded:
            return  # direction and ratio say what there is to say
        low, high = pair.ratio / (1 + limits.equivalence), pair.ratio * (1 + limits.equivalence)
        inside = low <= interval.low and interval.high <= high
        band = f"{times(low)} to {times(high)} around the declared {times(pair.ratio)}"
        message = f"{measured_text(comparison, interval)}, {'within' if inside else 'not wholly within'} {band}."
        yield pair_finding(
            self.name, comparison, Status.PASS, message,
            severity=self.severity, interval=interval, threshold=limits.equivalence, evidence={"within": inside},
        )  # fmt: skip
