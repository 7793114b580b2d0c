"""An audit check for Fanwise: how often a number begins with 1, for information."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.io.quoting import quote_ident
from fanwise.validator.checks.base import Subject
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence


class FirstDigits:
    """The share of positive numbers whose first digit is 1, beside Benford's 30.1 %."""

    name = "first_digits"
    severity = Severity.INFO

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, str]]]:
        """Yield every fractional column of the contract."""
        for table, spec in evidence.contract.tables.items():
            for column, found in spec.columns.items():
                if found.type == "float64":
                    yield Subject(f"{table}.{column}", (table, column), ((table, column),))

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, str]]) -> Iterator[Finding]:
        """Yield one finding."""
        table, column = subject.item
        digit = "floor(v / pow(10, floor(log10(v))))"
        query = (
            f"SELECT count(*), count_if({digit} = 1) FROM (SELECT {quote_ident(column)} AS v FROM {table_sql(table)}) "
            "WHERE v > 0 AND isfinite(v)"
        )
        rows, ones = evidence.warehouse.rows(query)[0]
        if rows:
            share, benford = ones / rows, math.log10(2)
            message = f"{subject.id}: {share:.1%} of {rows:,} numbers begin with 1; Benford's law says {benford:.1%}."
            yield Finding(f"{self.name}.{subject.id}", self.name, Status.PASS, message, self.severity, estimate=share)
