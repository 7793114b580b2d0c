"""What is near enough: per measure the largest difference that passes, and the largest that is only a warning."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fanwise.validator.findings import Status

__all__ = ["GATES", "Gate", "judged"]


@dataclass(frozen=True, slots=True)
class Gate:
    """passes, warns: the largest differences. words: how they read."""

    passes: float
    warns: float
    words: str


GATES = {
    "distribution": Gate(0.03, 0.06, "excess distance ≤ 0.03, warning ≤ 0.06"),
    "mix": Gate(0.03, 0.06, "excess distance ≤ 0.03, warning ≤ 0.06"),
    "shares": Gate(0.05, 0.10, "PSI ≤ 0.05, warning ≤ 0.10"),
    "mean": Gate(math.log(1.1), math.log(1.1), "inside the 95 % interval, or within 10 %"),
    "dispersion": Gate(-math.log(0.8), -math.log(0.67), "ratio 0.8 to 1.25, warning 0.67 to 1.5"),
    "correlation": Gate(0.10, 0.15, "difference ≤ 0.10, warning ≤ 0.15"),
    "total": Gate(0.05, 0.10, "± 5 %, warning ± 10 %"),
    "top": Gate(0.03, 0.05, "± 3 points, warning ± 5 points"),
    "classifier": Gate(0.65, 0.75, "AUC ≤ 0.65, warning ≤ 0.75"),
    "nearest": Gate(0.65, 0.75, "probability ≤ 0.65, warning ≤ 0.75"),
    "copies": Gate(0.0, 0.0, "none beyond what REAL repeats of itself"),
}
"""By the name of a measure. `structure` passes or fails."""


def judged(measure: str, difference: float | None) -> Status:
    """Return what a difference comes to; one that is not a number could not be measured."""
    if difference is None or not math.isfinite(difference):
        return Status.SKIPPED
    gate = GATES[measure]
    return Status.PASS if difference <= gate.passes else Status.WARN if difference <= gate.warns else Status.FAIL
