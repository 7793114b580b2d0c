"""Timing: instants lie in their interval, in the week, in the day and in the minute as declared; else a warning."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import number, p_text, percent, told_apart
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Distribution, View
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.distributions import Deviation, Outlier, Tested, outliers, tests_of
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import law_needs, looked_at

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HINTS = {
    "lag": "look for instants that were moved, cut to days or hours, or drawn from another law.",
    "place": "look for instants that were moved towards one end, or drawn over another interval.",
    "hour": "look for another time zone, or instants that were moved or cut to days.",
    "weekday": "look for instants that were moved by days, or cut to weeks or months.",
    "second": "look for instants that were cut to minutes, hours or days.",
}
_TIMES = {"lag": "lags", "place": "places in the interval", "hour": "times of day", "weekday": "weekdays"}


class Timings:
    name = "timing"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Distribution]]:
        for law in evidence.contract.distributions:
            if law.view is not None and law.view.what in _HINTS:
                yield Subject(f"{law.label}.{law.view.what}", law, law_needs(evidence, law))

    def judge(self, evidence: Evidence, subject: Subject[Distribution]) -> Iterator[Finding]:
        law, limit = subject.item, evidence.contract.thresholds.alpha_warn
        tests, wrong = tests_of(evidence, "points").get(law, []), 0
        assert law.view is not None
        identity = f"{self.name}.{subject.id}"
        for tested in tests:
            if tested.p_adjusted > limit or tested.worst is None:
                continue
            wrong += 1
            where = ", ".join(value or "else" for value in tested.cell.at)
            worst = tested.worst
            message = (
                f"{law.label}{f' of {where}' if where else ''}: {_said(law.view, worst)}; {_shares(worst)[1]} "
                f"are expected (p {p_text(tested.p_adjusted)}){looked_at(evidence, law)}."
            )
            yield Finding(
                f"{identity}{f'.{where}' if where else ''}", self.name, Status.WARN, message, self.severity,
                _HINTS[law.view.what], declared=worst.declared, estimate=worst.found, p=tested.p,
                p_adjusted=tested.p_adjusted, n=(tested.n,), threshold=limit, source=law.source,
                evidence=_points(tested),
            )  # fmt: skip
        for found in outliers(evidence, law):
            wrong += 1
            side = "above" if found.value > found.end else "below"
            message = f"{law.label}: {_outside(law.view, found)}{looked_at(evidence, law)}."
            yield Finding(
                f"{identity}.{side}", self.name, Status.WARN, message, self.severity, _HINTS[law.view.what],
                declared=found.end, estimate=found.value, n=(found.n,), source=law.source,
            )  # fmt: skip
        if tests and not wrong:
            what = _TIMES.get(law.view.what, "seconds")
            message = f"{law.label}: {what} are distributed as declared{looked_at(evidence, law)}."
            yield Finding(identity, self.name, Status.PASS, message, self.severity, threshold=limit, source=law.source)


def _shares(worst: Deviation) -> tuple[str, str]:
    """Return the share that was found, and the declared one."""
    return told_apart(worst.found, worst.declared, percent, 1)


def _said(view: View, worst: Deviation) -> str:
    """Return in words what share of the instants lies where."""
    point, share = worst.point or 0.0, _shares(worst)[0]
    if view.what == "lag":
        return f"{share} are at most {span(point)} after {view.start}"
    if view.what == "place":
        return f"{share} lie in the first {percent(point, 0)} of the time from {view.start} to {view.end}"
    if view.what == "hour":
        return f"{share} lie before {round(point + 1) // 3600:02d}:00"
    if view.what == "weekday":
        days = _DAYS[: round(point)]
        return f"{share} lie on {days[0] if len(days) == 1 else f'the days from Monday to {days[-1]}'}"
    return f"{share} have the second {'0' if not point else f'0 to {point:.0f}'}"


def _outside(view: View, found: Outlier) -> str:
    """Return in words that an instant lies where none is expected."""
    side, rows = "above" if found.value > found.end else "below", f"in one of {found.n:,} rows"
    if view.what == "lag":
        value, end = span(found.value), span(found.end)
        return f"it is {value} after {view.start} {rows}; 1 in 10^12 lies {side} {end}"
    if view.what == "weekday":
        return f"it is a {_DAYS[int(found.value) - 1]} {rows}, where the curve is 0"
    at = f"{int(found.value) // 3600:02d}:{int(found.value) % 3600 // 60:02d}"
    return f"it is {at} {rows}, where the curve is 0"


def span(seconds: float) -> str:
    """Return a time in its largest unit: 3.2 days."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if abs(seconds) >= 2 * size:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds)} seconds"


def _points(tested: Tested) -> dict[str, object]:
    return {
        "points": [{"at_most": one.point, "share": one.found, "declared": one.declared} for one in tested.deviations]
    }
