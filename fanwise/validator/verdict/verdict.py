"""The verdict: one status and one exit code for all findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fanwise.text.numbers import count
from fanwise.validator.findings import Finding, Severity, Status

__all__ = ["EXIT_CODES", "Verdict", "decide"]

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


def decide(findings: Sequence[Finding]) -> Verdict:
    """Return the verdict: the first of ERROR, FAIL and INCONCLUSIVE that occurs, else PASS.

    Information promises nothing, so it counts only where it could not be read.
    """
    judged = [each for each in findings if each.severity is not Severity.INFO or each.status is Status.ERROR]
    counter = Counter(finding.status for finding in judged)
    counts = {status: counter[status] for status in Status}
    status = next((gate for gate in _GATES if counts[gate]), Status.PASS)
    asked = len(judged) - counts[Status.SKIPPED]
    if status is Status.PASS:
        warned = f", {count(counts[Status.WARN], 'warning')}" if counts[Status.WARN] else ""
        line = f"all {count(asked, 'check')} passed{warned}."
    else:
        others = [f"{counts[gate]} {_WORDS[gate]}" for gate in _GATES if gate is not status and counts[gate]]
        also = f" ({', '.join(others)})" if others else ""
        line = f"{counts[status]} of {count(asked, 'check')} {_WORDS[status]}{also}."
    return Verdict(status, EXIT_CODES[status], line, counts)
