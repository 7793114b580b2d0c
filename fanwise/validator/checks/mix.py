"""Mix: each value of a category has its declared share; another share only warns."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import p_text, percent, told_apart
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Distribution
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.distributions import tests_of
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import law_needs, looked_at


class Mix:
    name = "mix"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Distribution]]:
        for law in evidence.contract.distributions:
            if any(cell.shares for cell in law.cells):
                yield Subject(law.label, law, law_needs(evidence, law))

    def judge(self, evidence: Evidence, subject: Subject[Distribution]) -> Iterator[Finding]:
        law, limit = subject.item, evidence.contract.thresholds.alpha_warn
        tests, wrong = tests_of(evidence, "shares").get(law, []), 0
        identity = f"{self.name}.{subject.id}"
        for tested in tests:
            worst = tested.worst
            if tested.p_adjusted > limit or worst is None:
                continue
            wrong += 1
            where = ", ".join(value or "else" for value in tested.cell.at)
            found, declared = told_apart(worst.found, worst.declared, percent, 1)
            message = (
                f"{law.label}{f' of {where}' if where else ''} is {worst.value} in {found} of "
                f"{tested.n:,} rows, {declared} is declared (p {p_text(tested.p_adjusted)})"
                f"{looked_at(evidence, law)}."
            )
            hint = "check the weights, and whether rows were added, lost or relabelled."
            shown = {each.value: each.found for each in tested.deviations}
            yield Finding(
                f"{identity}{f'.{where}' if where else ''}", self.name, Status.WARN, message, self.severity, hint,
                declared=worst.declared, estimate=worst.found, p=tested.p, p_adjusted=tested.p_adjusted,
                n=(tested.n,), threshold=limit, source=law.source, evidence={"shares": shown},
            )  # fmt: skip
        if tests and not wrong:
            message = f"{law.label}: values have their declared shares{looked_at(evidence, law)}."
            yield Finding(identity, self.name, Status.PASS, message, self.severity, threshold=limit, source=law.source)
