"""Grading: one letter per axis, from the findings alone. The ladder is published in every report.

There is no averaged score: sound keys cannot make up for segments that do not differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fanwise.text.numbers import count
from fanwise.validator.contract.metrics import Metric
from fanwise.validator.contract.model import Contract
from fanwise.validator.findings import Finding, Severity, Status

__all__ = ["LADDER", "grade", "integrity_broken"]

LADDER: dict[str, str] = {
    "A": "every pair passes, and the 90 % interval of every declared ratio lies within the band of equivalence",
    "B": "every pair passes",
    "C": "the order is right; the size of some effect is unlikely (WARN)",
    "D": "the order is right; the size of some effect is excluded by the data (FAIL)",
    "F": "some order is wrong or absent, or the integrity of the data is broken",
    "–": "too little data to decide",
}
"""What each letter means, best first. The letter of an axis is that of its worst pair, never a mean."""

_ORDER = ("direction", "floor", "contradiction")
_SIZE = ("ratio", "combined")


def integrity_broken(findings: Iterable[Finding]) -> int:
    """Return how many checks of integrity failed or could not be asked."""
    broken = (Status.FAIL, Status.ERROR)
    return sum(finding.severity is Severity.INTEGRITY and finding.status in broken for finding in findings)


def grade(
    contract: Contract, metrics: Sequence[Metric], findings: Sequence[Finding], axis: str
) -> tuple[str | None, str]:
    """Return (letter, reason) of one axis; None where nothing is claimed of it."""
    judged = [metric for metric in metrics if metric.measure.axis == axis and metric.role != "watch"]
    own = {metric.id for metric in judged}
    mine = [finding for finding in findings if finding.metric in own and _about(finding)]
    if not mine:
        return None, f"no claims about {axis}; it is only described"
    broken = integrity_broken(findings)
    if broken:
        return "F", f"{count(broken, 'check')} of integrity failed"
    for letter, wanted, status in (
        ("F", "order", Status.FAIL),
        ("–", "", Status.INCONCLUSIVE),
        ("–", "", Status.ERROR),
        ("–", "", Status.SKIPPED),
        ("D", "size", Status.FAIL),
        ("C", "size", Status.WARN),
    ):
        found = [each for each in mine if each.status is status and wanted in ("", _about(each))]
        if found:
            return letter, found[0].message
    ordered = [metric for metric in judged if metric.role == "declared" and _only_ordered(metric)]
    if ordered:
        return "B", f"only the direction of {ordered[0].label} is claimed"
    if not any(_about(each) == "size" for each in mine):
        return "B", "no ratio is claimed, only directions"
    wide = next((each for each in findings if each.metric in own and each.evidence.get("within") is False), None)
    if wide is not None:
        return "B", f"how precisely the ratio is known: {wide.message}"
    return "A", f"{count(len(mine), 'check')} passed for order and size"


def _only_ordered(metric: Metric) -> bool:
    """Return whether the order alone is claimed, of all pairs or of means that have no ratio."""
    pairs = metric.pairs()
    return bool(pairs) and (
        metric.claim == "direction" or any(each.ratio is None and metric.declared[each.low] != 0 for each in pairs)
    )


def _about(finding: Finding) -> str:
    """Return whether a finding is about the order or about the size of an effect; empty for anything else."""
    if finding.check == "expectation":
        return "size" if finding.id.endswith(".range") else "order"
    return "order" if finding.check in _ORDER else "size" if finding.check in _SIZE else ""
