"""Expectations: ranks are shown, ratios lie in their ranges."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.validator.checks.base import Subject
from fanwise.validator.checks.pairwise import direction, measured_text, pair_finding
from fanwise.validator.contract.metrics import Metric, Pair
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.verdict.diagnosis import cause_of

Range = tuple[float, float]
Item = tuple[Metric, Pair, Range | None]


class Expectations:
    name = "expectation"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Item]]:
        for metric in evidence.metrics:
            if metric.role != "expected":
                continue
            needs, axis = evidence.needs(metric.measure), metric.measure.axis
            for pair in metric.pairs():
                identity, segments = f"{metric.id}.{pair.high}-vs-{pair.low}", (pair.high, pair.low)
                yield Subject(identity, (metric, pair, None), needs, axis, segments)
            for of, to, low, high in metric.ratios:
                identity = f"{metric.id}.{of}-vs-{to}.range"
                yield Subject(identity, (metric, Pair(of, to), (low, high)), needs, axis, (of, to))

    def judge(self, evidence: Evidence, subject: Subject[Item]) -> Iterator[Finding]:
        metric, pair, bounds = subject.item
        comparison = evidence.comparison(metric, pair)
        if bounds is None:
            yield direction(self.name, evidence, comparison)
            return
        low, high = bounds
        level = evidence.contract.thresholds.interval
        interval, estimate = comparison.interval(level), comparison.estimate
        text = f"{measured_text(comparison, interval)}; expected {low:g} to {high:g}"
        hint = ""
        if estimate is not None and low <= estimate <= high:
            status = Status.PASS
        elif interval is not None and (interval.high < low or interval.low > high):
            status, hint = Status.FAIL, cause_of(evidence, metric)
        else:
            status = Status.INCONCLUSIVE
            text += f": {comparison.reason or 'the interval overlaps the range'}"
            hint = f"generate more {metric.units}, or widen the range."
        yield pair_finding(self.name, comparison, status, f"{text}.", hint=hint, interval=interval, suffix=".range")
