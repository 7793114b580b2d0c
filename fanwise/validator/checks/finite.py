"""Numbers and instants are finite: NaN and infinity are no values that an average or a comparison could use."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.data.types import INSTANTS
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence


class Finite:
    name = "finite"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        yield from (Subject(table, table, ((table, None),)) for table in evidence.contract.tables)

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        table = subject.item
        odd = {name: column.odd for name, column in evidence.profile(table).columns.items() if column.odd}
        for name, rows in odd.items():
            message = f"{table}.{name} is NaN or infinite in {count(rows, 'row')}; averages leave these rows out."
            hint = "look for a division by zero or an overflow where the column is computed."
            if evidence.profile(table).columns[name].type in INSTANTS:
                message = f"{table}.{name} is infinite in {count(rows, 'row')}."
                hint = "write null where a moment is not known."
            yield Finding(
                f"{self.name}.{table}.{name}", self.name, Status.FAIL, message, hint=hint, evidence={"rows": rows}
            )
        if not odd:
            yield Finding(f"{self.name}.{table}", self.name, Status.PASS, f"{table}: all numbers are finite.")
