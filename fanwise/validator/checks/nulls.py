"""No nulls where none are declared: keys, segments, foreign keys and columns that are not nullable."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count, percent
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence


class Nulls:
    name = "nulls"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        yield from (Subject(table, table, ((table, None),)) for table in evidence.contract.tables)

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        table = subject.item
        spec, profile = evidence.contract.tables[table], evidence.profile(table)
        allowed = {name for name, column in spec.columns.items() if column.nullable} - set(spec.key)
        required = {column for edge in spec.edges if not edge.nullable for column in edge.columns}
        allowed |= {column for edge in spec.edges if edge.nullable for column in edge.columns} - required
        wrong = 0
        for name, column in profile.columns.items():
            if not column.nulls or name in allowed:
                continue
            wrong += 1
            message = (
                f"{table}.{name} is null in {count(column.nulls, 'row')} ({percent(column.nulls / profile.rows)}), "
                "none is declared."
            )
            hint = "fill the column, or declare it nullable."
            if name in spec.key:
                hint = "fill the column: a key has no nulls."
            shown = {"nulls": column.nulls, "rows": profile.rows}
            yield Finding(f"{self.name}.{table}.{name}", self.name, Status.FAIL, message, hint=hint, evidence=shown)
        if not wrong:
            yield Finding(f"{self.name}.{table}", self.name, Status.PASS, f"{table}: no unexpected nulls.")
