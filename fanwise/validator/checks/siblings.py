"""A value that follows from the rows below the same parent: computed again in their order and compared."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.siblings import SiblingRule, broken_siblings, sibling_rules


class Siblings:
    name = "siblings"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[SiblingRule]]:
        for table in evidence.contract.tables:
            for rule in sibling_rules(evidence.contract, table):
                yield Subject(rule.id, rule, rule.needs)

    def judge(self, evidence: Evidence, subject: Subject[SiblingRule]) -> Iterator[Finding]:
        rule, identity = subject.item, f"{self.name}.{subject.id}"
        spec = evidence.contract.tables[rule.table]
        source = spec.columns[rule.column].source
        found = broken_siblings(evidence, rule)
        subjects = f"{rule.table}.{rule.column}"
        if not found.rows:
            message = f"{subjects} {rule.text}."
            yield Finding(identity, self.name, Status.PASS, message, source=source)
            return
        such = f", such as {' + '.join(spec.key)} = {', '.join(found.sample)}" if found.sample else ""
        message = f"{subjects} {rule.text}: this does not hold in {count(found.rows, 'row')}{such}."
        hint = f"look for rows of {rule.table} that were added, lost, changed or put in another order by {spec.order}."
        shown = {"rows": found.rows, "sample": list(found.sample)}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, source=source, evidence=shown)
