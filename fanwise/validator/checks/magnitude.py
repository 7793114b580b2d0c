"""Magnitude: the 90 % interval lies within the band around the declared ratio; outside of it only warns."""

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
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[PairSubject]:
        return pair_subjects(
            evidence,
            lambda metric, pair: metric.role == "declared" and metric.claim == "ratio" and pair.ratio is not None,
        )

    def judge(self, evidence: Evidence, subject: PairSubject) -> Iterator[Finding]:
        metric, pair = subject.item
        comparison = evidence.comparison(metric, pair)
        interval = comparison.interval(LEVEL)
        limits = evidence.contract.thresholds
        excluded = evidence.excluded.get((metric.id, pair.label), 1.0) <= limits.alpha_fail
        if interval is None or pair.ratio is None or excluded:
            return  # direction and ratio say what there is to say
        low, high = pair.ratio / (1 + limits.equivalence), pair.ratio * (1 + limits.equivalence)
        inside = low <= interval.low and interval.high <= high
        outside = interval.high < low or interval.low > high
        text = measured_text(comparison, interval)
        band = f"{times(low)} to {times(high)}"
        if inside:
            status, message, hint = Status.PASS, f"{text}, within {band}.", ""
        else:
            status = Status.WARN
            how = "outside" if outside else "not wholly within"
            message = f"{text}, {how} {band} around the declared {times(pair.ratio)}."
            hint = f"more rows of {metric.carrier} would narrow the interval." if not outside else ""
        yield pair_finding(
            self.name, comparison, status, message,
            severity=self.severity, hint=hint, interval=interval, threshold=limits.equivalence,
        )  # fmt: skip
