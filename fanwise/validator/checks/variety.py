"""Variety: texts are as varied as what they are drawn from, as a whole and in each drawn character; else a warning."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count, p_text, percent, told_apart
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Distribution
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.distributions import Tested, tests_of
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import law_needs, looked_at, part_text, variety_parts
from fanwise.validator.measures.varieties import MeasuredVariety, varied_columns, variety_of


class Varieties:
    name = "variety"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Distribution | tuple[str, str]]]:
        for table, column in varied_columns(evidence):
            yield Subject(f"{table}.{column}", (table, column), ((table, column),))
        for law in evidence.contract.distributions:
            if law.view is not None and law.view.what == "character":
                yield Subject(f"{law.label}.character.{law.view.at}", law, law_needs(evidence, law))

    def judge(self, evidence: Evidence, subject: Subject[Distribution | tuple[str, str]]) -> Iterator[Finding]:
        item = subject.item
        if isinstance(item, Distribution):
            yield from (
                self._character(evidence, item, subject.id, one) for one in tests_of(evidence, "points").get(item, [])
            )
            return
        found = variety_of(evidence, *item)
        if found is not None:
            yield self._texts(evidence, item, subject.id, found)

    def _texts(self, evidence: Evidence, item: tuple[str, str], name: str, found: MeasuredVariety) -> Finding:
        table, column = item
        part = part_text(variety_parts(evidence, table), table)
        message = f"{table}.{column}: texts are as varied as declared{part}."
        if found.too_alike:
            message = (
                f"{table}.{column} has {count(found.distinct, 'different text')} in {found.rows:,} rows, the most "
                f"frequent one in {percent(found.largest)}; {percent(found.alike, 3)} of the pairs of rows are alike, "
                f"at most {percent(found.expected, 3)} are expected{part}."
            )
        return Finding(
            f"{self.name}.{name}", self.name, Status.WARN if found.too_alike else Status.PASS, message, self.severity,
            "look for texts that were lost, or replaced by one." if found.too_alike else "", declared=found.expected,
            estimate=found.alike, n=(found.rows,), source=evidence.contract.tables[table].columns[column].source,
        )  # fmt: skip

    def _character(self, evidence: Evidence, law: Distribution, name: str, tested: Tested) -> Finding:
        limit, view = evidence.contract.thresholds.alpha_warn, law.view
        assert view is not None
        wrong = tested.p_adjusted <= limit and tested.worst is not None
        at = f"{abs(view.at)}{' from the end' if view.at < 0 else ''}"
        message = f"{law.label}: character {at} is each of its values as often as declared{looked_at(evidence, law)}."
        where = ", ".join(value or "else" for value in tested.cell.at)
        if wrong and tested.worst is not None:
            point = chr(round(tested.worst.point or 0))
            found, declared = told_apart(tested.worst.found, tested.worst.declared, percent, 1)
            message = (
                f"{law.label}{f' of {where}' if where else ''}: character {at} is at most {point} in "
                f"{found}; {declared} are expected "
                f"(p {p_text(tested.p_adjusted)}){looked_at(evidence, law)}."
            )
        return Finding(
            f"{self.name}.{name}{f'.{where}' if where else ''}", self.name, Status.WARN if wrong else Status.PASS,
            message, self.severity, "look for characters that were replaced or sorted." if wrong else "", p=tested.p,
            p_adjusted=tested.p_adjusted, n=(tested.n,), threshold=limit, source=law.source,
        )  # fmt: skip
