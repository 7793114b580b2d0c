"""Practical floor: an axis that only has a rank must make a difference of at least `min_effect`."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import percent
from fanwise.validator.checks.pairwise import PairSubject, measured_text, pair_finding, pair_subjects
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.verdict.diagnosis import cause_of


class PracticalFloor:
    name = "floor"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[PairSubject]:
        return pair_subjects(evidence, lambda metric, pair: metric.role == "floor")

    def judge(self, evidence: Evidence, subject: PairSubject) -> Iterator[Finding]:
        metric, pair = subject.item
        comparison = evidence.comparison(metric, pair)
        level, least = evidence.contract.thresholds.interval, 1 + metric.floor
        interval = comparison.interval(level)
        text = measured_text(comparison, interval)
        needed = f"{pair.high} must be at least {percent(metric.floor, 0)} above {pair.low}"
        hint = ""
        if interval is None:
            status, text = Status.INCONCLUSIVE, f"{metric.label}: {pair.label} cannot be judged: {comparison.reason}"
            hint = f"generate more {metric.units}."
        elif interval.low >= least:
            status = Status.PASS
        elif interval.high < least:
            status, hint = Status.FAIL, cause_of(evidence, metric)
        else:
            status, hint = Status.INCONCLUSIVE, f"generate more {metric.units}, or lower min_effect."
        yield pair_finding(
            self.name, comparison, status, f"{text}; {needed}.", hint=hint, interval=interval, threshold=metric.floor
        )
