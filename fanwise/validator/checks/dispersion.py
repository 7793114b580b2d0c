"""Dispersion: counts vary as their declared distribution does; another variance only warns."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import number, p_text, told_apart
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.metrics import Metric
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.stats.intervals import holm, poisson_dispersion, scattered

FEWEST = 30
LEVEL = 0.01
"""Family-wise, over all segments of all metrics. It only warns, so one correct data set in a hundred may."""


class Dispersion:
    name = "dispersion"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Metric]]:
        for metric in evidence.metrics:
            if metric.role == "declared" and metric.dispersion is not None:
                yield Subject(metric.id, metric, evidence.needs(metric.measure))

    def judge(self, evidence: Evidence, subject: Subject[Metric]) -> Iterator[Finding]:
        metric, declared = subject.item, subject.item.dispersion or 1.0
        if metric.measure.exposure is not None:
            yield from _scattered(evidence, metric, f"{self.name}.{subject.id}")
            return
        spreads = [
            spread
            for spread in evidence.spreads(metric.measure).values()
            if spread.segment in metric.declared and spread.n >= FEWEST and spread.mean > 0
        ]
        tests = [poisson_dispersion(spread.n, spread.mean, spread.sd**2, declared) for spread in spreads]
        metrics = sum(1 for _ in self.subjects(evidence))
        adjusted = [min(1.0, p * metrics) for p in holm([p for _, p in tests])]
        identity = f"{self.name}.{subject.id}"
        wrong = 0
        for spread, (index, p), p_adjusted in zip(spreads, tests, adjusted, strict=True):
            if p_adjusted > LEVEL:
                continue
            wrong += 1
            found, wanted = told_apart(index, declared)
            message = (
                f"{metric.label}: variance / mean of {spread.segment} is {found}, {wanted} is declared "
                f"(p {p_text(p_adjusted)})."
            )
            hint = f"rows of {metric.measure.per} in one segment differ more, or less, than declared."
            yield Finding(
                f"{identity}.{spread.segment}", self.name, Status.WARN, message, self.severity, hint, metric.id,
                declared=declared, estimate=index, p=p, p_adjusted=p_adjusted, n=(spread.n,), threshold=LEVEL,
                source=metric.source,
            )  # fmt: skip
        if not wrong and spreads:
            message = f"{metric.label}: counts vary as declared (variance / mean {declared:g})."
            yield Finding(
                identity, self.name, Status.PASS, message, self.severity, metric=metric.id, threshold=LEVEL,
                source=metric.source,
            )  # fmt: skip


def _scattered(evidence: Evidence, metric: Metric, identity: str) -> Iterator[Finding]:
    """Yield whether the events of units with different exposures scatter as those of a Poisson process."""
    found = [
        each
        for each in evidence.estimates(metric.measure).values()
        if each.segment in metric.declared and each.units >= FEWEST and each.total > 0
    ]
    tests = [
        scattered(each.units, each.total, each.mean, each.variance, each.denominator, each.clump / each.weight)
        for each in found
    ]
    wrong = 0
    for each, (index, p), p_adjusted in zip(found, tests, holm([p for _, p in tests]), strict=True):
        if p_adjusted > LEVEL:
            continue
        wrong += 1
        message = (
            f"{metric.label}: rows of {metric.measure.per} of {each.segment} scatter {number(index)} times as much as "
            f"events at one rate (p {p_text(p_adjusted)})."
        )
        hint = "rows of one segment have more, or less, different rates than declared."
        yield Finding(
            f"{identity}.{each.segment}", Dispersion.name, Status.WARN, message, Dispersion.severity, hint, metric.id,
            declared=1.0, estimate=index, p=p, p_adjusted=p_adjusted, n=(each.units,), threshold=LEVEL,
            source=metric.source,
        )  # fmt: skip
    if not wrong and found:
        message = f"{metric.label}: counts scatter as those of a Poisson process, given the exposure."
        yield Finding(
            identity, Dispersion.name, Status.PASS, message, Dispersion.severity, metric=metric.id, threshold=LEVEL,
            source=metric.source,
        )  # fmt: skip
