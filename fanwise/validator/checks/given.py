"""A table of given rows holds exactly these rows, in any order."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Scalar
from fanwise.validator.data.types import duckdb_type
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence

SAMPLE = 5


class Given:
    name = "given"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        for name, table in evidence.contract.tables.items():
            if table.values:
                yield Subject(name, name, tuple((name, column) for column in table.values[0]))

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        table, spec = subject.item, evidence.contract.tables[subject.item]
        types = {name: duckdb_type(spec.columns[name].type) for name in spec.values[0]}
        columns = ", ".join(map(quote_ident, types))
        rows = ", ".join(f"({', '.join(map(_literal, row.values(), types.values()))})" for row in spec.values)
        stored = ", ".join(
            f"CAST({quote_ident(name)} AS {kind}) AS {quote_ident(name)}" for name, kind in types.items()
        )
        both = f"WITH given({columns}) AS (VALUES {rows}), stored AS (SELECT {stored} FROM {table_sql(table)}) "
        lost = evidence.warehouse.rows(f"{both} FROM given EXCEPT ALL FROM stored ORDER BY ALL")
        more = evidence.warehouse.rows(f"{both} FROM stored EXCEPT ALL FROM given ORDER BY ALL")
        identity, sides = f"{self.name}.{table}", (("missing", lost), ("not given", more))
        if not lost and not more:
            yield Finding(identity, self.name, Status.PASS, f"{table} holds the {len(spec.values):,} given rows.")
            return
        shown = {word: [" + ".join(map(str, row)) for row in found[:SAMPLE]] for word, found in sides}
        told = [f"{count(len(found), 'row')} {word} ({', '.join(shown[word])})" for word, found in sides if found]
        message = f"{table} does not hold the given rows: {'; '.join(told)}."
        hint = "restore the table, or change the values in the contract."
        detail = {"missing": len(lost), "not given": len(more), "sample": shown}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, evidence=detail)


def _literal(value: Scalar, kind: str) -> str:
    """Return a value as SQL of this type: read from text, so that a number keeps every digit."""
    if value is None:
        return f"CAST(NULL AS {kind})"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"CAST({quote_text(text)} AS {kind})"
