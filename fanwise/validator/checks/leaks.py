"""Undeclared effects: what nothing multiplies is alike in all segments; a difference only warns."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import p_text
from fanwise.validator.checks.base import Subject
from fanwise.validator.checks.pairwise import measured_text, pair_finding
from fanwise.validator.contract.metrics import Measure, Metric, watched_name
from fanwise.validator.contract.model import Contract
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import part_text
from fanwise.validator.stats.intervals import holm


class Leaks:
    name = "leak"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Metric]]:
        for metric in evidence.metrics:
            if metric.role == "watch":
                yield Subject(metric.id, metric, evidence.needs(metric.measure))

    def judge(self, evidence: Evidence, subject: Subject[Metric]) -> Iterator[Finding]:
        metric, limits = subject.item, evidence.contract.thresholds
        found = [evidence.comparison(metric, pair) for pair in metric.pairs()]
        tested = [comparison for comparison in found if comparison.ratio is not None]
        adjusted = holm([comparison.excluded_p(limits.ratio_tolerance) for comparison in tested])
        wrong, part = 0, part_text(*evidence.parts(metric.measure))
        for comparison, p in zip(tested, adjusted, strict=True):
            if p > limits.alpha_warn:
                continue
            wrong += 1
            text = f"{measured_text(comparison)}, but no difference is declared (p {p_text(p)}){part}."
            hint = f"declare the effect, or accept the difference: {_accepted(evidence.contract, metric.measure)}."
            yield pair_finding(
                self.name, comparison, Status.WARN, text,
                severity=self.severity, hint=hint, p_adjusted=p, threshold=limits.alpha_warn,
            )  # fmt: skip
        if tested and not wrong:
            message = f"{metric.label}: alike in all segments of {metric.measure.axis}{part}."
            yield Finding(f"{self.name}.{subject.id}", self.name, Status.PASS, message, self.severity, metric=metric.id)


def _accepted(contract: Contract, measure: Measure) -> str:
    """Return the line of the schema, or of a contract that was written by hand, that ends the warning."""
    if "schema" not in contract.origin:
        return f"axes.{measure.axis}.unwatched: [{watched_name(measure)}]"
    edge = contract.tables[measure.table].edge(measure.path[0]) if measure.path else None
    by_parent = measure.column is None and edge is not None and edge.kind == "parent"
    column = measure.column or measure.path[0][0]
    at = "fanout" if by_parent else f"columns.{column}"
    return f"tables.{measure.table}.{at}: {{…, claim: {{{measure.axis}: none}}}}"
