"""Every table is there, can be read, and has the rows that were declared."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence


class Tables:
    name = "table"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        yield from (Subject(table, table) for table in evidence.contract.tables)

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        table, identity = subject.item, f"{self.name}.{subject.id}"
        fault = evidence.fault(table)
        if fault is not None:
            yield Finding(identity, self.name, fault.status, f"{fault.message}.", hint=fault.hint)
            return
        rows, declared = evidence.profile(table).rows, evidence.contract.tables[table].rows
        if declared is not None and rows != declared:
            message = f"{table} has {count(rows, 'row')}, {declared:,} are declared."
            hint = "a part file may be missing, or the contract belongs to another run."
            status = Status.FAIL
        else:
            message, hint, status = f"{table} has {count(rows, 'row')}.", "", Status.PASS
        yield Finding(identity, self.name, status, message, hint=hint, evidence={"rows": rows, "declared": declared})
