"""Keys are unique; so are columns declared unique, alone or together."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.uniqueness import shown_unique

SAMPLE = 5


class Keys:
    name = "key"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, tuple[str, ...]]]]:
        for name, table in evidence.contract.tables.items():
            unique = [(column,) for column, spec in table.columns.items() if spec.unique and (column,) != table.key]
            for columns in ([table.key] if table.key else []) + unique + list(table.unique):
                needs = tuple((name, column) for column in columns)
                yield Subject(f"{name}.{'+'.join(columns)}", (name, columns), needs)

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, tuple[str, ...]]]) -> Iterator[Finding]:
        table, columns = subject.item
        label = f"{table}.{' + '.join(columns)}"
        identity = f"{self.name}.{subject.id}"
        if shown_unique(evidence, table, columns):
            yield Finding(identity, self.name, Status.PASS, f"{label} is unique.")
            return
        keys = ", ".join(f"{quote_ident(column)} AS k{at}" for at, column in enumerate(columns))
        names = ", ".join(f"k{at}" for at in range(len(columns)))
        present = " AND ".join(f"{quote_ident(column)} IS NOT NULL" for column in columns)
        twice = (
            f"WITH twice AS (SELECT {keys}, count(*) AS n FROM {table_sql(table)} WHERE {present} "
            "GROUP BY ALL HAVING count(*) > 1) "
        )
        found, rows = evidence.warehouse.rows(f"{twice} SELECT count(*), coalesce(sum(n), 0) FROM twice")[0]
        if not found:
            yield Finding(identity, self.name, Status.PASS, f"{label} is unique.")
            return
        sample = evidence.warehouse.rows(f"{twice} SELECT {names} FROM twice ORDER BY ALL LIMIT {SAMPLE}")
        shown = [" + ".join(map(str, row)) for row in sample]
        message = f"{label} is not unique: {count(found, 'value')} in {rows:,} rows, such as {', '.join(shown)}."
        hint = "the values are drawn and repeat by chance, the key lacks a column, or a chunk or shard is there twice."
        evidence_shown = {"values": found, "rows": int(rows), "sample": shown}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, evidence=evidence_shown)
