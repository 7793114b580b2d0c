"""Declared ratio: not excluded by the family-wise interval; a segment declared 0 has nothing at all.

Segments that are declared equal only warn where they differ: no effect is missing, one is there that nobody declared.
"""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import number, p_text, times
from fanwise.validator.checks.pairwise import UNLIKELY, PairSubject, measured_text, pair_finding, pair_subjects
from fanwise.validator.contract.metrics import Metric, Pair
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.verdict.diagnosis import cause_of


class DeclaredRatio:
    name = "ratio"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[PairSubject]:
        return pair_subjects(evidence, self._wanted)

    def _wanted(self, metric: Metric, pair: Pair) -> bool:
        if metric.role != "declared" or metric.claim != "ratio":
            return False
        return pair.ratio is not None or metric.declared[pair.low] == 0

    def judge(self, evidence: Evidence, subject: PairSubject) -> Iterator[Finding]:
        metric, pair = subject.item
        comparison = evidence.comparison(metric, pair)
        if pair.ratio is None:
            total = comparison.low.total if comparison.low else 0.0
            status = Status.FAIL if total else Status.PASS
            message = f"{metric.label}: {pair.low} is declared 0 and has {number(total)} in total."
            yield pair_finding(self.name, comparison, status, message)
            return
        adjusted = evidence.excluded.get((metric.id, pair.label))
        if adjusted is None:
            message = f"{metric.label}: {pair.label} not tested: {comparison.reason}."
            yield pair_finding(self.name, comparison, Status.SKIPPED, message)
            return
        limits = evidence.contract.thresholds
        p = comparison.excluded_p(limits.ratio_tolerance)
        equal = pair.ratio == 1.0
        text = f"{measured_text(comparison)}; {evidence.contract.source_word} {'equal' if equal else times(pair.ratio)}"
        if adjusted <= limits.alpha_fail and not equal:
            status, message, hint = Status.FAIL, f"{text}, which the data excludes.", cause_of(evidence, metric)
        elif adjusted <= limits.alpha_warn:
            status, message = Status.WARN, f"{text}, which is unlikely (p {p_text(adjusted)})."
            hint = f"look at what depends on {metric.measure.axis}." if equal else UNLIKELY
        else:
            status, message, hint = Status.PASS, f"{text}.", ""
        yield pair_finding(
            self.name, comparison, status, message, hint=hint, p=p, p_adjusted=adjusted, threshold=limits.alpha_fail
        )
