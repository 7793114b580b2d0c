"""What the checks of single rows share: their subjects, and how they speak of rows that break a rule."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.row_rules import Kind, RowRule, breaking, row_rules, sample_keys

__all__ = ["RowCheck"]


class RowCheck:
    """A check of every row rule of one kind."""

    name: str
    kind: Kind
    hint: str
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[RowRule]]:
        for table in evidence.contract.tables:
            for rule in row_rules(evidence.contract, table):
                if rule.kind == self.kind:
                    yield Subject(rule.id, rule, rule.needs)

    def judge(self, evidence: Evidence, subject: Subject[RowRule]) -> Iterator[Finding]:
        rule, identity = subject.item, f"{self.name}.{subject.id}"
        found = breaking(evidence, rule)
        if not found:
            message = (
                f"{rule.table}: {rule.text} holds in every row." if rule.condition else f"{rule.table}.{rule.text}."
            )
            yield Finding(identity, self.name, Status.PASS, message, source=rule.source)
            return
        shown = sample_keys(evidence, rule)
        key = " + ".join(evidence.contract.tables[rule.table].key)
        such = f", such as {key} = {', '.join(shown)}" if shown else ""
        message = f"{rule.table}: {rule.text} does not hold in {count(found, 'row')}{such}."
        detail = {"rows": found, "sample": shown}
        yield Finding(identity, self.name, Status.FAIL, message, hint=self.hint, source=rule.source, evidence=detail)
