"""Null shares: as many values are missing as declared; more or fewer only warn."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.text.numbers import p_text, percent, told_apart
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.distributions import FEWEST, Deviation, nulls_of
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.stats.intervals import g_test


class NullShares:
    name = "null_share"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, str]]]:
        yield from (Subject(f"{table}.{name}", (table, name), ((table, name),)) for table, name in _declared(evidence))

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, str]]) -> Iterator[Finding]:
        table, name = subject.item
        column, profile = evidence.contract.tables[table].columns[name], evidence.profile(table)
        if not profile.rows or not column.nulls:
            return
        found, parts = [("", profile.rows, profile.columns[name].nulls, "")], ""
        for cell, rows, nulls, part in nulls_of(evidence, table, name):
            where = ", ".join(value or "else" for value in cell.at)
            found += [(where, rows, nulls, part)] if rows >= FEWEST else []
            parts = part
        # Bonferroni over the cells of this column and over the columns, whose number is known beforehand.
        tests = len(found) * sum(1 for _ in _declared(evidence))
        wrong = 0
        for where, rows, nulls, part in found:
            p = _p_value(nulls, rows, column.nulls)
            share, adjusted = Deviation(nulls / rows, column.nulls), min(1.0, p * tests)
            if adjusted > evidence.contract.thresholds.alpha_warn or not share.noticeable:
                continue
            wrong += 1
            yield self._finding(evidence, subject, where, rows, share, (p, adjusted), part)
        if not wrong:
            share = Deviation(found[0][2] / profile.rows, column.nulls)
            # All rows in all; by cell, a part of a very large table.
            yield self._finding(evidence, subject, "", profile.rows, share, None, parts and f", and by segment{parts}")

    def _finding(
        self,
        evidence: Evidence,
        subject: Subject[tuple[str, str]],
        where: str,
        rows: int,
        share: Deviation,
        p: tuple[float, float] | None,
        part: str,
    ) -> Finding:
        """Return the finding of a column, or of a cell of it.

        p: of a share that is wrong, and as adjusted. part: what was looked at, where that is not all.
        """
        identity = f"{self.name}.{subject.id}{f'.{where}' if where else ''}"
        label = f"{'.'.join(subject.item)}{f' of {where}' if where else ''}"
        found, declared = told_apart(share.found, share.declared, percent, 1) if p else (percent(share.found), "")
        text = f"{label} is null in {found} of {rows:,} rows"
        told = f"{declared} is declared (p {p_text(p[1])}){part}." if p else f"as declared{part}."
        table, name = subject.item
        return Finding(
            identity, self.name, Status.WARN if p else Status.PASS, f"{text}, {told}", self.severity,
            "look for values that were lost, or filled in." if p else "", declared=share.declared,
            estimate=share.found, p=p[0] if p else None, p_adjusted=p[1] if p else None, n=(rows,),
            threshold=evidence.contract.thresholds.alpha_warn,
            source=evidence.contract.tables[table].columns[name].source,
        )  # fmt: skip


def _declared(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for table, spec in evidence.contract.tables.items():
        yield from ((table, name) for name, column in spec.columns.items() if column.nulls is not None)


def _p_value(found: int, rows: int, share: float) -> float:
    """Return the p-value of so many nulls: two-sided and exact (binomial) where few are expected, else a G-test."""
    if min(share, 1 - share) * rows >= 10:
        return g_test([found, rows - found], [share, 1 - share])[1]
    from fanwise.io.special import bdtr, bdtrc

    low, high = float(bdtr(found, rows, share)), float(bdtrc(found - 1, rows, share)) if found else 1.0
    return 1.0 if math.isnan(low + high) else min(1.0, 2 * min(low, high))
