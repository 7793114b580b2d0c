"""Segment columns hold declared segments only, and no null unless the column is nullable."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence

SAMPLE = 5


class Segments:
    name = "segments"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        for name, axis in evidence.contract.axes.items():
            yield Subject(name, name, ((axis.table, axis.column),))

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        axis = evidence.contract.axes[subject.item]
        found = evidence.population(subject.item)
        place, identity = f"{axis.table}.{axis.column}", f"{self.name}.{subject.id}"
        unknown = {name: rows for name, rows in found.items() if name is not None and name not in axis.share}
        nulls = found.get(None, 0)
        if unknown:
            names = ", ".join(f"'{name}'" for name in list(unknown)[:SAMPLE])
            rows = sum(unknown.values())
            message = f"{place} holds {count(len(unknown), 'value')} that {subject.item} does not have: {names}."
            meant = " and ".join(f"'{segment}'" for segment in list(evidence.misspelt(subject.item))[:SAMPLE])
            asked = f"did you mean {meant}? " if meant else ""
            word = "the reference has" if evidence.contract.source_word == "reference" else "declared are"
            hint = f"{asked}{word} {', '.join(axis.segments)}; correct the {rows:,} rows or the axis."
            shown = {"values": list(unknown)[:SAMPLE], "rows": rows}
            yield Finding(
                f"{identity}.unknown", self.name, Status.FAIL, message, hint=hint, source=axis.source, evidence=shown
            )
        nullable = evidence.contract.tables[axis.table].columns[axis.column].nullable
        if nulls and not nullable:
            message = f"{place} is null in {count(nulls, 'row')}: these rows have no segment of {subject.item}."
            hint = "give every row a segment; or leave such rows out: declare the column nullable: true."
            shown_nulls: dict[str, object] = {"rows": nulls}
            yield Finding(
                f"{identity}.null", self.name, Status.FAIL, message, hint=hint, source=axis.source, evidence=shown_nulls
            )
        if not unknown and (nullable or not nulls):
            held = "known segments only" if axis.counted else "declared segments only"
            left = f"; {count(nulls, 'row')} without a segment are left out" if nulls else ""
            yield Finding(identity, self.name, Status.PASS, f"{place} holds {held}{left}.")
