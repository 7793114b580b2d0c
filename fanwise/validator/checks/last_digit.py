"""The last digit that numbers are rounded to is 0 in a tenth of them: where it is 0 in all, digits were cut off."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import p_text, percent
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Distribution
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.distributions import last_digit
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import law_needs, looked_at


class LastDigits:
    name = "last_digit"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Distribution]]:
        for law in evidence.contract.distributions:
            if law.column is not None and evidence.contract.tables[law.table].columns[law.column].decimals:
                yield Subject(law.label, law, law_needs(evidence, law))

    def judge(self, evidence: Evidence, subject: Subject[Distribution]) -> Iterator[Finding]:
        law, limit = subject.item, evidence.contract.thresholds.alpha_warn
        found = last_digit(evidence, law)
        if found is None or law.column is None:
            return
        adjusted = min(1.0, found.p * sum(1 for _ in self.subjects(evidence)))
        wrong = adjusted <= limit and found.share.noticeable
        digits = evidence.contract.tables[law.table].columns[law.column].decimals
        share = f"{law.label} has {digits} digits after the point; the last one is 0 in {percent(found.share.found)}"
        expected = f" of {found.n:,} values, 10 % are expected (p {p_text(adjusted)})"
        more = f"{expected if wrong else ''}{looked_at(evidence, law)}"
        hint = "look for digits that were cut off, or values that were rounded again." if wrong else ""
        yield Finding(
            f"{self.name}.{subject.id}", self.name, Status.WARN if wrong else Status.PASS, f"{share}{more}.",
            self.severity, hint, declared=0.1, estimate=found.share.found, p=found.p, p_adjusted=adjusted,
            n=(found.n,), threshold=limit, source=law.source,
        )  # fmt: skip
