"""The verdict: one status and one exit code for all findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fanwise.text.numbers import count
from fanwise.validator.contract.model import Gates
from fanwise.validator.findings import Finding, Severity, Status

__all__ = ["EXIT_CODES", "Tally", "Verdict", "decide", "is_gate", "tally"]

EXIT_CODES = {Status.PASS: 0, Status.FAIL: 1, Status.INCONCLUSIVE: 3, Status.ERROR: 4}
"""Exit code of each verdict. ERROR outranks FAIL: what cannot be read cannot be judged either."""

_GATES = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE)
_WORDS = {
    Status.ERROR: "could not be tested",
    Status.FAIL: "failed",
    Status.INCONCLUSIVE: "could not be decided",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """status: PASS, FAIL, INCONCLUSIVE or ERROR; line: the verdict in one sentence; counts: findings per status."""

    status: Status
    exit_code: int
    line: str
    counts: dict[Status, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings counted in the one way that every format uses: a warning did not pass, what was skipped was not run."""

    passed: int
    run: int
    warnings: int
    skipped: int

    def __str__(self) -> str:
        others = [count(self.warnings, "warning")] if self.warnings else []
        others += [f"{self.skipped:,} skipped"] if self.skipped else []
        told = f" ({', '.join(others)})" if others else ""
        return f"{self.passed:,} of {self.run:,}{told}"


def tally(findings: Iterable[Finding]) -> Tally:
    """Return how many findings passed, of how many that were run."""
    found = Counter(finding.status for finding in findings)
    skipped = found[Status.SKIPPED]
    return Tally(found[Status.PASS], found.total() - skipped, found[Status.WARN], skipped)


def is_gate(finding: Finding, gates: Gates = "all") -> bool:
    """Return whether a finding counts in the verdict: what could not be read always does, information never."""
    if finding.status is Status.ERROR:
        return True
    counted = {"all": tuple(Severity), "integrity": (Severity.INTEGRITY,), "none": ()}
    return finding.severity in counted[gates] and finding.severity is not Severity.INFO


def decide(findings: Sequence[Finding], gates: Gates = "all") -> Verdict:
    """Return the verdict: the first of ERROR, FAIL and INCONCLUSIVE that occurs among the gates, else PASS."""
    judged = [each for each in findings if is_gate(each, gates)]
    counter = Counter(finding.status for finding in judged)
    counts = {status: counter[status] for status in Status}
    status = next((gate for gate in _GATES if counts[gate]), Status.PASS)
    found = tally(judged)
    if status is Status.PASS:
        line = _passed(found)
    else:
        others = [f"{counts[gate]} {_WORDS[gate]}" for gate in _GATES if gate is not status and counts[gate]]
        also = f" ({', '.join(others)})" if others else ""
        line = f"{counts[status]} of {count(found.run, 'check')} {_WORDS[status]}{also}."
    return Verdict(status, EXIT_CODES[status], f"{line}{_ungated(findings, gates)}", counts)


def _ungated(findings: Sequence[Finding], gates: Gates) -> str:
    """Return a sentence about what was measured and does not decide; empty where everything decides."""
    if gates == "all":
        return ""
    others = [each for each in findings if each.severity is not Severity.INFO and not is_gate(each, gates)]
    what = "Effects are" if gates == "integrity" else "Everything is"
    return f" {what} only reported: {tally(others)} passed."


def _passed(found: Tally) -> str:
    if not found.run:
        return "nothing decides."
    if found.warnings:
        return f"{found.passed:,} of {count(found.run, 'check')} passed, {count(found.warnings, 'warning')}."
    return f"all {count(found.run, 'check')} passed." if found.run != 1 else "the 1 check passed."
