"""Spread: rows of a reference lead to as many rows as declared, and to each as often; else a warning."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count, p_text, percent
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Spread
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import part_text
from fanwise.validator.measures.spread_classes import parts_of_spread
from fanwise.validator.measures.spreads import MeasuredSpread, edge_of, spread_needs, spreads_of


class Spreads:
    name = "spread"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Spread]]:
        for spread in evidence.contract.spreads:
            yield Subject(f"{spread.table}.{'+'.join(spread.columns)}", spread, spread_needs(evidence, spread))

    def judge(self, evidence: Evidence, subject: Subject[Spread]) -> Iterator[Finding]:
        spread, limit = subject.item, evidence.contract.thresholds.alpha_warn
        found = spreads_of(evidence).get(spread)
        if found is None:
            return
        wrong = found.p_adjusted <= limit and found.judged.noticeable
        target = edge_of(evidence, spread).table
        part = part_text(parts_of_spread(evidence, spread), spread.table)
        message = (
            f"{spread.label}: {_said(found, target)} (p {p_text(found.p_adjusted)}){part}."
            if wrong
            else f"{spread.label}: rows of {target} are chosen as often as declared{part}."
        )
        hint = "look for references that were lost or filled with one value, or weights that were not used."
        yield Finding(
            f"{self.name}.{subject.id}", self.name, Status.WARN if wrong else Status.PASS, message, self.severity,
            hint if wrong else "", declared=found.largest_expected, estimate=found.largest, p=found.judged.p,
            p_adjusted=found.p_adjusted, n=(found.rows,), threshold=limit, source=spread.source,
            evidence={"distinct": found.distinct, "targets": found.targets, "largest": found.largest},
        )  # fmt: skip


def _said(found: MeasuredSpread, target: str) -> str:
    return (
        f"{count(found.rows, 'row')} lead to {found.distinct:,} of {found.targets:,} rows of {target}, about "
        f"{round(found.distinct_expected):,} are expected; the most frequent one has {percent(found.largest)}, "
        f"at most {percent(found.largest_expected)} are expected on average"
    )
