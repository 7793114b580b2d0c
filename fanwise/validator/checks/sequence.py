"""Running numbers of a table begin where they are declared to, and none is missing or there twice."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Numbered
from fanwise.validator.data.types import is_integer
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.uniqueness import shown_unique

SAMPLE = 5


class Sequences:
    name = "sequence"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, str, Numbered]]]:
        for name, table in evidence.contract.tables.items():
            for column, spec in table.columns.items():
                if spec.numbered is not None:
                    yield Subject(f"{name}.{column}", (name, column, spec.numbered), ((name, column),))

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, str, Numbered]]) -> Iterator[Finding]:
        table, column, declared = subject.item
        source = evidence.contract.tables[table].columns[column].source
        rows = evidence.profile(table).rows
        last = declared.start + declared.step * (rows - 1)
        run = f"{declared.start:,}, {declared.start + declared.step:,}, …" if rows > 1 else f"{declared.start:,}"
        label, identity = f"{table}.{column}", f"{self.name}.{subject.id}"
        if not rows or _is_whole(evidence, table, column, declared, last):
            message = f"{label} is {run} without a gap." if rows else f"{label} has no rows to number."
            yield Finding(identity, self.name, Status.PASS, message, source=source)
            return
        asked = evidence, table, column, declared, last
        lost, other = _missing(*asked), _others(*asked)
        told = [_told(lost, "missing"), _told(other, "not one of them")]
        message = f"{label} is not {run} up to {last:,}: {'; '.join(filter(None, told)) or 'some are there twice'}."
        hint = f"look for rows of {table} that were lost, added or numbered again."
        shown = {"missing": lost[0], "others": other[0], "sample": [str(value) for value in (*lost[1], *other[1])]}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, source=source, evidence=shown)


def _is_whole(evidence: Evidence, table: str, column: str, declared: Numbered, last: int) -> bool:
    """Return whether every number is there once, and nothing else."""
    profile = evidence.profile(table)
    found = profile.columns.get(column)
    if found is None or found.nulls or not is_integer(evidence.warehouse.columns[table][column]):
        return False
    if found.ends != (declared.start, last):
        return False
    own = quote_ident(column)
    if declared.step > 1:
        off = f"SELECT count(*) FROM {table_sql(table)} WHERE ({own} - {declared.start}) % {declared.step} <> 0"
        if evidence.warehouse.rows(off)[0][0]:
            return False
    if shown_unique(evidence, table, (column,)):
        return True
    return bool(evidence.warehouse.rows(f"SELECT count(DISTINCT {own}) FROM {table_sql(table)}")[0][0] == profile.rows)


def _missing(evidence: Evidence, table: str, column: str, declared: Numbered, last: int) -> tuple[int, list[object]]:
    """Return how many numbers are missing, and some of them."""
    wanted = f"SELECT range AS n FROM range({declared.start}, {last + 1}, {declared.step})"
    lost = f"FROM ({wanted}) WHERE n NOT IN (SELECT {_number(column)} FROM {_present(table, column)})"
    return _some(evidence, lost)


def _others(evidence: Evidence, table: str, column: str, declared: Numbered, last: int) -> tuple[int, list[object]]:
    """Return how many values are none of the numbers, and some of them."""
    inside = f"n BETWEEN {declared.start} AND {last} AND (n - {declared.start}) % {declared.step} = 0"
    values = f"SELECT {_number(column)} AS n FROM {_present(table, column)}"
    return _some(evidence, f"FROM ({values}) WHERE NOT ({inside})")


def _number(column: str) -> str:
    return f"CAST({quote_ident(column)} AS HUGEINT)"


def _present(table: str, column: str) -> str:
    return f"{table_sql(table)} WHERE {quote_ident(column)} IS NOT NULL"


def _some(evidence: Evidence, rows: str) -> tuple[int, list[object]]:
    found = int(evidence.warehouse.rows(f"SELECT count(*) {rows}")[0][0])
    return found, [row[0] for row in evidence.warehouse.rows(f"SELECT n {rows} ORDER BY n LIMIT {SAMPLE}")]


def _told(found: tuple[int, list[object]], what: str) -> str:
    rows, sample = found
    return f"{count(rows, 'number')} {what}, such as {', '.join(map(str, sample))}" if rows else ""
