"""Any difference: whether the segments differ at all, for information; a declared ratio is judged by other checks."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import number, p_text
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.metrics import Metric
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.omnibus import measured_once, statistics


class Difference:
    name = "difference"
    severity = Severity.INFO

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[Metric, ...]]]:
        for metric, metrics in measured_once(evidence):
            yield Subject(metric.id, metrics, evidence.needs(metric.measure))

    def judge(self, evidence: Evidence, subject: Subject[tuple[Metric, ...]]) -> Iterator[Finding]:
        metric = subject.item[0]
        found = statistics(evidence, subject.item)
        anova, ranks = found.anova, found.kruskal
        told = []
        if anova is not None:
            told.append(f"Welch F({anova.between:g}, {anova.within:.0f}) = {number(anova.f)} (p {p_text(anova.p)})")
        if ranks is not None:
            tail = f" (p {p_text(ranks.p)})" if ranks.p is not None else ""
            told.append(f"Kruskal–Wallis H({ranks.df}) = {number(ranks.h)}{tail}")
        if not told:
            return
        yield Finding(
            f"{self.name}.{subject.id}", self.name, Status.PASS,
            f"{metric.label} by {metric.measure.axis}, whether segments differ at all: {', '.join(told)}.",
            self.severity, metric=metric.id, estimate=anova.f if anova else None, p=anova.p if anova else None,
            source=metric.source,
        )  # fmt: skip
