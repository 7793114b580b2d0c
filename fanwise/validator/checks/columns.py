"""Every column is there and has the declared type; another width of the same family only warns where all values fit."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.io.quoting import quote_ident
from fanwise.validator.checks.base import Subject
from fanwise.validator.data.types import duckdb_type, is_integer, is_kept_as, same_family
from fanwise.validator.data.warehouse import table_sql
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
            if is_kept_as(column.type, found):
                continue
            lost = _lost(evidence, table, name, declared, found)
            is_postgresql = evidence.warehouse.formats[table] == "postgresql"
            if is_postgresql and (declared, found) == ("TINYINT", "SMALLINT") and not lost:
                continue  # PostgreSQL has no integer of 8 bits
            fits = same_family(declared, found) and not lost
            like = evidence.contract.source_word == "reference"
            if like and fits and found != "FLOAT":
                continue  # the same values in another width, sign or zone
            wrong += 1
            status = Status.WARN if fits else Status.FAIL
            message = f"{table}.{name} is {found}, {column.type} ({declared}) is declared{lost}."
            hint = "write the column with the declared type, or change the type in the contract."
            if like:
                fewer = "; it has fewer digits" if fits else lost
                message = f"{table}.{name} is {found}, and {declared} in the reference{fewer}."
                hint = "write the column with the type of the reference."
            yield Finding(identity, self.name, status, message, hint=hint)
        if not wrong:
            total = len(evidence.contract.tables[table].columns)
            yield Finding(f"{self.name}.{table}", self.name, Status.PASS, f"{table}: {total} columns as declared.")


def _lost(evidence: Evidence, table: str, column: str, declared: str, found: str) -> str:
    """Return in words how many values of another width are not values of the declared type."""
    if not (same_family(declared, found) and (is_integer(found) or found.startswith("DECIMAL"))):
        return ""
    name = quote_ident(column)
    sql = (
        f"SELECT count(*), min({name}) FROM {table_sql(table)} "
        f"WHERE {name} IS NOT NULL AND TRY_CAST({name} AS {declared}) IS DISTINCT FROM {name}"
    )
    [(rows, least)] = evidence.warehouse.rows(sql)
    return f", and {rows:,} value{'s do' if rows > 1 else ' does'} not fit (least: {least})" if rows else ""
