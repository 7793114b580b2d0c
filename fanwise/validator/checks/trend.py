"""Trend: whether carriers follow the claimed order, for information; it also rises where only one segment differs."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import number, p_text
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.metrics import Metric
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.omnibus import claimed_order, measured_once, statistics


class Trend:
    name = "trend"
    severity = Severity.INFO

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[Metric, ...]]]:
        for metric, metrics in measured_once(evidence):
            if claimed_order(metrics):
                yield Subject(metric.id, metrics, evidence.needs(metric.measure))

    def judge(self, evidence: Evidence, subject: Subject[tuple[Metric, ...]]) -> Iterator[Finding]:
        metric = subject.item[0]
        trend = statistics(evidence, subject.item).trend
        if trend is None:
            return
        order = " > ".join(trend.order)
        tail = f" (one-sided p {p_text(trend.p)})" if trend.p is not None else ""
        follows = "along" if trend.z > 0 else "against"
        yield Finding(
            f"{self.name}.{subject.id}", self.name, Status.PASS,
            f"{metric.label}: carriers go {follows} {order}, Jonckheere–Terpstra z = {number(trend.z)}{tail}.",
            self.severity, metric=metric.id, estimate=trend.z, p=trend.p, source=metric.source,
        )  # fmt: skip
