"""Distribution: values lie where they are declared to; another level or another spread only warns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from fanwise.text.numbers import number, p_text, percent, told_apart
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Cell, Distribution
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.cell_counts import INSTANTS, cell_summary
from fanwise.validator.measures.distributions import Outlier, Tested, outliers, tests_of
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import law_needs, looked_at

_SPREAD = 0.15
"""How much smaller one side's deviation may be than the other's where the spread is said to differ, not the level."""


class Distributions:
    name = "distribution"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Distribution]]:
        for law in evidence.contract.distributions:
            if law.view is None and any(cell.at_most for cell in law.cells):
                yield Subject(law.label.replace(" ", "."), law, law_needs(evidence, law))

    def judge(self, evidence: Evidence, subject: Subject[Distribution]) -> Iterator[Finding]:
        law, limit = subject.item, evidence.contract.thresholds.alpha_warn
        tests, wrong = tests_of(evidence, "points").get(law, []), 0
        identity = f"{self.name}.{subject.id}"
        for tested in tests:
            if tested.p_adjusted > limit or tested.worst is None:
                continue
            wrong += 1
            where = _where(tested.cell)
            mean, median = cell_summary(evidence, law, tested.cell)
            write = _writer(evidence, law)
            shown, declared = told_apart(median, tested.cell.median, write)
            measured = f"{_what(tested)}: median {shown}, declared {declared}"
            shown, declared = told_apart(mean, tested.cell.mean, write)
            means = f"; mean {shown}, declared {declared}" if tested.cell.mean is not None else ""
            of = f" of {where}" if where else ""
            p = f" (p {p_text(tested.p_adjusted)})"
            message = f"{law.label}{of} {measured}{means}{p}{looked_at(evidence, law)}."
            yield Finding(
                f"{identity}{f'.{where}' if where else ''}", self.name, Status.WARN, message, self.severity,
                _hint(tested), declared=tested.cell.median, estimate=median, p=tested.p, p_adjusted=tested.p_adjusted,
                n=(tested.n,), threshold=limit, source=law.source, evidence=_points(tested),
            )  # fmt: skip
        for found in outliers(evidence, law):
            wrong += 1
            yield self._outlier(evidence, identity, law, found)
        if tests and not wrong:
            message = f"{law.label}: values are distributed as declared{looked_at(evidence, law)}."
            yield Finding(identity, self.name, Status.PASS, message, self.severity, threshold=limit, source=law.source)

    def _outlier(self, evidence: Evidence, identity: str, law: Distribution, found: Outlier) -> Finding:
        where, side = _where(found.cell), "above" if found.value > found.end else "below"
        of, name = (f" of {where}", f".{where}") if where else ("", "")
        value, end = told_apart(found.value, found.end, _writer(evidence, law))
        message = (
            f"{law.label}{of} is {value} in one of {found.n:,} rows; "
            f"1 in 10^12 lies {side} {end}{looked_at(evidence, law)}."
        )
        hint = "look for another unit, a stand-in for a missing value, or rows that belong to another one."
        return Finding(
            f"{identity}{name}.{side}", self.name, Status.WARN, message, self.severity, hint, declared=found.end,
            estimate=found.value, n=(found.n,), source=law.source,
        )  # fmt: skip


def _where(cell: Cell) -> str:
    return ", ".join(value or "else" for value in cell.at)


def _what(tested: Tested) -> str:
    """Return what is different: all values lie to one side, or on both sides further out or in than declared."""
    below = [each.found - each.declared for each in tested.deviations if each.declared < 0.5]
    above = [each.found - each.declared for each in tested.deviations if each.declared >= 0.5]
    low, high = max(below, key=abs, default=0.0), max(above, key=abs, default=0.0)
    if low * high < 0 and min(abs(low), abs(high)) > _SPREAD * max(abs(low), abs(high)):
        return "has a wider spread than declared" if low > 0 else "has a narrower spread than declared"
    return "has a lower level than declared" if sum(below) + sum(above) > 0 else "has a higher level than declared"


def _hint(tested: Tested) -> str:
    if "spread" in _what(tested):
        return "look for values that were replaced, rounded or drawn from another law."
    return "look for another unit, a factor that acts twice, or an effect that is not declared."


def _points(tested: Tested) -> dict[str, object]:
    points = [{"at_most": each.point, "share": each.found, "declared": each.declared} for each in tested.deviations]
    return {"points": points, "shares": [percent(each.found) for each in tested.deviations]}


def _writer(evidence: Evidence, law: Distribution) -> Callable[[float | None, int], str]:
    """Return what writes a value as a reader knows it: an instant instead of its seconds."""
    kind = evidence.contract.tables[law.table].columns[law.column].type if law.column is not None else ""
    return _instant if kind in INSTANTS else number


def _instant(value: float | None, digits: int) -> str:
    """Return seconds since 1970 as an instant: whole ones with three digits, one more place with each further digit."""
    if value is None:
        return number(value)
    places = min(digits - 3, 6)
    instant = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=round(value, places))
    whole = instant.replace(microsecond=0).isoformat(" ")
    if not places:
        return whole.removesuffix(" 00:00:00")
    return f"{whole}.{instant.microsecond:06d}"[: len(whole) + 1 + places]
