"""Every column is there and has the declared type; another width of the same family only warns."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.validator.checks.base import Subject
from fanwise.validator.data.types import duckdb_type, same_family
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence


class Columns:
    name = "columns"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        yield from (Subject(table, table, ((table, None),)) for table in evidence.contract.tables)

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        table = subject.item
        present = evidence.warehouse.columns[table]
        wrong = 0
        for name, column in evidence.contract.tables[table].columns.items():
            identity = f"{self.name}.{table}.{name}"
            if name not in present:
                wrong += 1
                hint = f"{table} has {', '.join(evidence.warehouse.present[table][:12])}."
                yield Finding(identity, self.name, Status.FAIL, f"column {table}.{name} is missing.", hint=hint)
                continue
            declared, found = duckdb_type(column.type), present[name]
            if declared == found or (column.type == "text" and same_family(declared, found)):
                continue
            wrong += 1
            status = Status.WARN if same_family(declared, found) else Status.FAIL
            message = f"{table}.{name} is {found}, {column.type} ({declared}) is declared."
            hint = "write the column with the declared type, or change the type in the contract."
            yield Finding(identity, self.name, status, message, hint=hint)
        if not wrong:
            total = len(evidence.contract.tables[table].columns)
            yield Finding(f"{self.name}.{table}", self.name, Status.PASS, f"{table}: {total} columns as declared.")
