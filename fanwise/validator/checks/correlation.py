"""Correlation: the normal scores of two columns, or of rows below one parent, go together as declared."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import p_text
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.conditions import resolve_name
from fanwise.validator.contract.model import CORRELATION_TOLERANCE, Correlation
from fanwise.validator.findings import Finding, Interval, Severity, Status
from fanwise.validator.measures.correlations import (
    Constant,
    MeasuredCorrelation,
    constants_of,
    correlation_needs,
    correlations_of,
)
from fanwise.validator.measures.evidence import Evidence


class Correlations:
    name = "correlation"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Correlation]]:
        for each in evidence.contract.correlations:
            yield Subject(each.id, each, correlation_needs(evidence, each))

    def judge(self, evidence: Evidence, subject: Subject[Correlation]) -> Iterator[Finding]:
        asked = subject.item
        measured, constant = correlations_of(evidence).get(asked, []), constants_of(evidence, asked)
        yield from (self._finding(evidence, subject, found) for found in measured)
        yield from (self._constant(evidence, subject, found) for found in constant)
        if not measured and not constant:
            message = f"{asked.label}: not judged: there are hardly any rows."
            yield Finding(f"{self.name}.{subject.id}", self.name, Status.SKIPPED, message, self.severity)

    def _constant(self, evidence: Evidence, subject: Subject[Correlation], found: Constant) -> Finding:
        """Say that a column goes together with nothing; where it may be constant by itself, that it was not tested."""
        asked, contract = subject.item, evidence.contract
        table, name = asked.table, asked.column
        if not found.own and asked.other is not None:
            at = resolve_name(contract.tables, contract.axes, asked.table, asked.other)
            table, name = at.table, at.column
        spec = contract.tables[table].columns[name] if name else None
        free = spec is not None and spec.kind == "continuous" and spec.min is None and spec.max is None
        what = f"{table}.{name}" if name else f"the number of rows of {asked.rows}"
        text = f"{asked.label}: {what} has one value in {found.n:,} rows{f' of {found.label}' if found.label else ''}"
        wrong = free and asked.claim != "none"
        told = f", so the declared correlation of {found.declared:g} is not there" if wrong else "; not judged"
        hint = "look for values that were replaced by one, or lost." if wrong else ""
        return Finding(
            f"{self.name}.{subject.id}{f'.{found.label}' if found.label else ''}.constant", self.name,
            Status.FAIL if wrong else Status.SKIPPED, f"{text}{told}.", self.severity, hint, declared=found.declared,
            n=(found.n,), source=asked.source,
        )  # fmt: skip

    def _finding(self, evidence: Evidence, subject: Subject[Correlation], found: MeasuredCorrelation) -> Finding:
        asked, limits = subject.item, evidence.contract.thresholds
        label = f"{asked.label}{f' of {found.label}' if found.label else ''}"
        status, told = _status(asked, found, limits.alpha_fail, limits.alpha_warn)
        text = f"{label}: correlation {found.found:.3f}, declared {found.declared:g}"
        if abs(found.expected - found.declared) >= 0.005:
            text += f", of the written values {found.expected:.3f}"
        interval = None
        if found.judged:
            from fanwise.io.special import stdtrit

            half = float(stdtrit(found.clusters - 1, (1 + limits.interval) / 2)) * found.error
            interval = Interval(limits.interval, found.found - half, found.found + half)
        hint = (
            "look for values that were sorted, shuffled or replaced in one of the columns."
            if status in (Status.FAIL, Status.WARN)
            else ""
        )
        return Finding(
            f"{self.name}.{subject.id}{f'.{found.label}' if found.label else ''}", self.name, status, f"{text}{told}.",
            self.severity, hint, declared=found.declared, effective=found.expected, estimate=found.found,
            interval=interval, p=found.p, p_adjusted=found.p_adjusted, n=(found.n,), threshold=limits.alpha_fail,
            source=asked.source,
        )  # fmt: skip


def _status(asked: Correlation, found: MeasuredCorrelation, fail: float, warn: float) -> tuple[Status, str]:
    if asked.claim == "none":
        return Status.PASS, "; nothing is claimed"
    if not found.judged:
        return Status.SKIPPED, f"; not judged: {found.clusters} independent rows, {Correlation.fewest} are needed"
    gap = abs(found.found - found.expected)
    if asked.claim == "direction":
        wrong = found.opposed <= fail
        return (Status.FAIL, ", which has another sign") if wrong else (Status.PASS, "")
    if found.p_adjusted <= fail and gap > CORRELATION_TOLERANCE:
        return Status.FAIL, ", which the data excludes"
    if found.p_adjusted <= warn and gap > CORRELATION_TOLERANCE / 2:
        return Status.WARN, f", which is unlikely (p {p_text(found.p_adjusted)})"
    return Status.PASS, ""
