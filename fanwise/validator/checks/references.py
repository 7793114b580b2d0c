"""No orphans: every foreign key finds its row. A share of orphans that the contract allows is a warning."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import count, percent
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Edge
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.uniqueness import shown_complete
from fanwise.validator.sql.joins import equal_columns

SAMPLE = 5


class References:
    name = "reference"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, Edge]]]:
        for name, table in evidence.contract.tables.items():
            for edge in table.edges:
                needs = [(name, column) for column in edge.columns] + [(edge.table, key) for key in edge.keys]
                yield Subject(f"{name}.{'+'.join(edge.columns)}", (name, edge), tuple(needs))

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, Edge]]) -> Iterator[Finding]:
        table, edge = subject.item
        label = f"{table}.{' + '.join(edge.columns)}"
        identity = f"{self.name}.{subject.id}"
        whole = Finding(identity, self.name, Status.PASS, f"{label} finds every row of {edge.table}.")
        if len(edge.columns) == 1 and shown_complete(evidence, table, edge.columns[0], edge.table, edge.keys[0]):
            yield whole
            return
        keys = ", ".join(f"c.{quote_ident(column)}" for column in edge.columns)
        present = " AND ".join(f"c.{quote_ident(column)} IS NOT NULL" for column in edge.columns)
        orphans = (
            f"FROM {table_sql(table)} AS c ANTI JOIN {table_sql(edge.table)} AS p "
            f"ON {equal_columns(evidence.contract.tables, table, edge, 'c', 'p')} WHERE {present}"
        )
        found = evidence.warehouse.rows(f"SELECT count(*) {orphans}")[0][0]
        if not found:
            yield whole
            return
        sample = evidence.warehouse.rows(f"SELECT DISTINCT {keys} {orphans} ORDER BY ALL LIMIT {SAMPLE}")
        shown = [" + ".join(map(str, row)) for row in sample]
        message = f"{count(found, 'row')} of {table} have no row in {edge.table}: {label} = {', '.join(shown)}."
        hint = f"write {edge.table} and {table} in the same run, or use null for missing references."
        status = Status.FAIL
        if edge.orphans:
            rows = evidence.warehouse.rows(f"SELECT count(*) FROM {table_sql(table)} AS c WHERE {present}")[0][0]
            message = f"{message[:-1]}; {percent(found / rows, 2)} of them, {percent(edge.orphans, 2)} allowed."
            status = Status.WARN if found <= edge.orphans * rows else Status.FAIL
        yield Finding(identity, self.name, status, message, hint=hint, evidence={"rows": found, "sample": shown})
