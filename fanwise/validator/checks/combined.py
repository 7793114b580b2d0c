"""All declared ratios of an axis at once: labels that are partly mixed up weaken every effect a little."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count, p_text, percent
from fanwise.validator.checks.base import Subject
from fanwise.validator.checks.pairwise import UNLIKELY
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.joint import Joint
from fanwise.validator.verdict.diagnosis import cause_of


class CombinedRatios:
    name = "combined"
    severity = Severity.EFFECT

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        for axis in evidence.contract.axes:
            if evidence.claims(axis):
                yield Subject(axis, axis)

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        found, limits = evidence.joint(subject.item), evidence.contract.thresholds
        if found is None:
            return
        word = evidence.contract.source_word
        told = f"{subject.item}: {found.ratios:,} {word} ratios of {count(len(found.achieved), 'effect')} together"
        status, hint, message = Status.PASS, "", f"{told} (p {p_text(found.p)})."
        if found.p <= limits.alpha_warn:
            status, hint = Status.WARN, UNLIKELY
            verdict = "are unlikely"
            if found.p <= limits.alpha_fail:
                status, hint, verdict = Status.FAIL, _cause(evidence, found), "are excluded by the data"
            message = f"{told} {verdict} (p {p_text(found.p)}): {_achieved(found)}."
        yield Finding(
            f"{self.name}.{subject.id}", self.name, status, message, self.severity, hint, found.worst.id, p=found.p,
            threshold=limits.alpha_fail, achieved=found.overall, source=found.worst.source,
            evidence={"ratios": found.ratios, "achieved": dict(found.achieved)},
        )  # fmt: skip


def _achieved(found: Joint) -> str:
    """Return how much of the effects is there: `77 % of the effects is there, 58 % to 86 % of each`."""
    parts, worst = sorted(found.achieved.values()), found.worst
    if not found.mixed or worst.id not in found.achieved:
        part = found.achieved.get(worst.id)
        shown = f", {percent(part, 0)} of its effect is there" if part is not None else ""
        return f"{worst.label} fits least{shown}"
    ends = f"{percent(parts[0], 0)} to {percent(parts[-1], 0)}"
    return f"{percent(found.overall, 0)} of the effects is there, {ends} of each"


def _cause(evidence: Evidence, found: Joint) -> str:
    axis = evidence.contract.axes[found.worst.measure.axis]
    if found.mixed and found.overall is not None and 0 < found.overall < 1:
        return (
            f"all effects are weaker by one factor: labels in {axis.table}.{axis.column} are likely mixed up, or rows "
            f"refer to the wrong {axis.table}."
        )
    return cause_of(evidence, found.worst)
