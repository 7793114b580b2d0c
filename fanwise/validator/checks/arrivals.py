"""Arrivals: gaps, numbers and times are those of the declared process; a fixed gap is a rule, all else only warns."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count, p_text, percent, told_apart
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.arrival_rows import arrival_needs, parts_looked_at
from fanwise.validator.measures.arrivals import ArrivalTest, Process, processes, tests_of_arrivals
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import part_text

_HINTS = {
    "gaps": "look for instants that were moved, rounded or drawn from another law.",
    "number": "look for rows that were added or lost, or for another rate.",
    "times": "look for instants that were moved or follow another curve.",
    "months": "look for instants that were moved or follow another curve.",
    "fixed": "look for rows that were added, lost or moved.",
}


class ArrivalProcesses:
    name = "arrivals"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Process]]:
        for process in processes(evidence):
            yield Subject(process.label, process, arrival_needs(evidence, process.table, process.column))

    def judge(self, evidence: Evidence, subject: Subject[Process]) -> Iterator[Finding]:
        process, limit = subject.item, evidence.contract.thresholds.alpha_warn
        source = evidence.contract.tables[process.table].columns[process.column].source
        tests = tests_of_arrivals(evidence, process)
        identity = f"{self.name}.{subject.id}"
        wrong: dict[tuple[str, str], ArrivalTest] = {}
        for test in sorted((each for each in tests if each.differs(limit)), key=lambda each: each.p):
            # The worst month, weekday or hour stands for all of them.
            wrong.setdefault((test.sort, "" if test.sort in ("times", "months") else test.where), test)
        parent = evidence.contract.tables[process.table].parent
        assert parent is not None  # nothing has arrivals without one
        part = part_text(parts_looked_at(evidence, process.table), parent.table)
        for (sort, where), test in wrong.items():
            rule = sort == "fixed"
            yield Finding(
                f"{identity}.{sort}{f'.{where}' if where else ''}", self.name,
                Status.FAIL if rule else Status.WARN, f"{process.label}{_text(test)}{part}.",
                Severity.INTEGRITY if rule else self.severity, _HINTS[sort], declared=test.deviation.declared,
                estimate=test.deviation.found, p=None if rule else test.p,
                p_adjusted=None if rule else test.p_adjusted, n=(test.n,), threshold=limit, source=source,
            )  # fmt: skip
        if tests and not wrong:
            message = f"{process.label}: gaps and times are distributed as declared{part}."
            yield Finding(identity, self.name, Status.PASS, message, self.severity, threshold=limit, source=source)


def _text(test: ArrivalTest) -> str:
    """Return what is different, after the name of the column."""
    found, declared = told_apart(test.deviation.found, test.deviation.declared, percent, 1)
    of = f" of {test.where}" if test.where else ""
    if test.sort == "fixed":
        return f"{of}: {count(test.wrong, 'gap')} of {test.n:,} is not the declared one"
    p = f" (p {p_text(test.p_adjusted)})"
    if test.sort == "gaps":
        return f"{of}: {found} of the gaps are below the time that {declared} should be below{p}"
    if test.sort == "number":
        return f"{of}: {count(test.n, 'arrival')}, where the declared gaps give {test.deviation.point or 0:,.0f}{p}"
    if test.sort == "months":
        longer = "longer" if test.deviation.found > test.deviation.declared else "shorter"
        return f": gaps that begin in {test.where} are {longer} than declared{p}"
    return f": {found} of the arrivals are {test.where}, declared {declared}{p}"
