"""Shape: how far the segment tells between which pooled deciles a carrier lies, for information."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import number, p_text
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.metrics import Metric
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.omnibus import measured_once, statistics


class Shape:
    name = "shape"
    severity = Severity.INFO

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[Metric, ...]]]:
        for metric, metrics in measured_once(evidence):
            yield Subject(metric.id, metrics, evidence.needs(metric.measure))

    def judge(self, evidence: Evidence, subject: Subject[tuple[Metric, ...]]) -> Iterator[Finding]:
        metric = subject.item[0]
        shape = statistics(evidence, subject.item).shape
        if shape is None:
            return
        tail = f", p {p_text(shape.p)}" if shape.p is not None else ""
        yield Finding(
            f"{self.name}.{subject.id}", self.name, Status.PASS,
            f"{metric.label}: pooled deciles by segment, Cramér’s V = {number(shape.cramer)} "
            f"(χ²({shape.df}) = {number(shape.statistic)}{tail}).",
            self.severity, metric=metric.id, estimate=shape.cramer, p=shape.p, source=metric.source,
        )  # fmt: skip
