"""The listed defects are in the data, each of them, and only kinds that are declared. All other checks undo them."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Contract, Defect
from fanwise.validator.data.warehouse import DEFECTS_SQL, dirty_sql, table_sql
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.sql.undo import listed_sql, same_key

_HINT = "restore the data and their table of defects, or generate them again."
_SHOWN = 5

# What is true of a value v that has the defect, beside the clean value c.
_CONDITIONS = {
    "null": "v IS NULL",
    "typo": "v <> c AND damerau_levenshtein(v, c) <= 2",
    "case": "v <> c AND lower(v) = lower(c)",
    "whitespace": "v <> c AND trim(v, ' ') = trim(c, ' ')",
    "outlier": "abs(v) > abs(c)",
    "late": "v > c",
    "orphan": "v <> c AND o IS NULL",
}


class Defects:
    name = "defects"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Defect | None]]:
        if evidence.warehouse.lists_defects:
            yield Subject("kinds", None)
            for defect in evidence.contract.defects:
                where = f"{defect.table}.{defect.column}" if defect.column is not None else defect.table
                yield Subject(f"{where}.{defect.name}", defect, ((defect.table, defect.column),))

    def judge(self, evidence: Evidence, subject: Subject[Defect | None]) -> Iterator[Finding]:
        identity = f"{self.name}.{subject.id}"
        defect = subject.item
        if defect is None:
            yield self._kinds(evidence, identity)
            return
        listed, absent, some = _absent(evidence, defect)
        if not absent:
            message = f"{subject.id}: the data have the {count(listed, 'listed defect')}."
            yield Finding(identity, self.name, Status.PASS, message, evidence={"listed": listed})
            return
        keys = ", ".join(some)
        message = f"{subject.id}: {absent:,} of {count(listed, 'listed defect')} not found, at the keys {keys}."
        known = {"listed": listed, "absent": absent, "keys": some}
        yield Finding(identity, self.name, Status.FAIL, message, hint=_HINT, evidence=known)

    def _kinds(self, evidence: Evidence, identity: str) -> Finding:
        """Return whether all listed defects are of kinds that the contract names."""
        known = {(each.table, each.column, each.name) for each in evidence.contract.defects}
        sql = f'SELECT "table", "column", defect, count(*) FROM {DEFECTS_SQL} GROUP BY ALL ORDER BY ALL'
        found = evidence.warehouse.rows(sql)
        other = [row for row in found if (row[0], row[1], row[2]) not in known]
        total = sum(row[3] for row in found)
        if not other:
            message = f"the {count(total, 'listed defect')} are of declared kinds; all other checks undo them."
            return Finding(identity, self.name, Status.PASS, message, evidence={"listed": total})
        names = ", ".join(f"{row[2]} of {row[0]}{f'.{row[1]}' if row[1] else ''}" for row in other[:_SHOWN])
        message = f"{count(sum(row[3] for row in other), 'listed defect')} of kinds that are not declared: {names}."
        return Finding(identity, self.name, Status.FAIL, message, hint=_HINT, evidence={"kinds": names})


def _absent(evidence: Evidence, defect: Defect) -> tuple[int, int, list[str]]:
    """Return how many defects of a kind are listed, how many of them the data do not have, and some of their keys."""
    contract, columns = evidence.contract, evidence.warehouse.columns[defect.table]
    key, listed = contract.tables[defect.table].key, listed_sql([defect], DEFECTS_SQL)
    on = same_key(key, columns, "t", "l")
    if defect.column is None:
        rows = f"SELECT l.key AS key, count(t.{quote_ident(key[0])}) = l.n + 1 AS ok"
        joined = (
            f"(SELECT key, count(*) AS n FROM ({listed}) GROUP BY key) AS l LEFT JOIN {dirty_sql(defect.table)} AS t"
        )
        inner = f"{rows} FROM {joined} ON {on} GROUP BY l.key, l.n"
    else:
        value = f"CAST(l.clean AS {columns[defect.column]})"
        other, join = _target(contract, evidence, defect)
        inner = (
            f"SELECT key, coalesce(bool_and({_CONDITIONS.get(defect.name, 'v <> c')}), false) AS ok FROM ("
            f"SELECT l.key AS key, t.{quote_ident(defect.column)} AS v, {value} AS c, {other} AS o "
            f"FROM ({listed}) AS l LEFT JOIN {dirty_sql(defect.table)} AS t ON {on} {join}) GROUP BY key"
        )
        if defect.name == "null":  # a row that is missing has no value either
            inner = inner.replace("bool_and(v IS NULL)", "bool_and(v IS NULL AND k IS NOT NULL)")
            inner = inner.replace(" AS o FROM", f" AS o, t.{quote_ident(key[0])} AS k FROM")
    sql = (
        f"SELECT count(*), count(*) FILTER (NOT ok), (list(key ORDER BY key) FILTER (NOT ok))[:{_SHOWN}] FROM ({inner})"
    )
    row = evidence.warehouse.rows(sql)[0]
    return row[0], row[1], list(row[2] or ())


def _target(contract: Contract, evidence: Evidence, defect: Defect) -> tuple[str, str]:
    """Return the SQL of the row that an orphan must not have, and the join to it; NULL where it cannot be asked."""
    for edge in contract.tables[defect.table].edges if defect.name == "orphan" else ():
        if defect.column in edge.columns and evidence.fault(edge.table) is None:
            keys = quote_ident(edge.keys[edge.columns.index(defect.column or "")])
            on = f"o.k = t.{quote_ident(defect.column or '')}"
            return "o.k", f"LEFT JOIN (SELECT DISTINCT {keys} AS k FROM {table_sql(edge.table)}) AS o ON {on}"
    return "NULL", ""
