"""Findings: what a check says about one thing that was promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fanwise.validator.contract.model import NOWHERE, Source

__all__ = ["WORST", "Finding", "Interval", "Severity", "Status"]


class Status(StrEnum):
    """How a promise came out. WARN never gates; SKIPPED could not be asked because something else failed."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"


WORST = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.PASS, Status.SKIPPED)
"""Every status, the worst first."""


class Severity(StrEnum):
    """What kind of promise it is: integrity and effects gate, notes do not; information promises nothing."""

    INTEGRITY = "integrity"
    EFFECT = "effect"
    NOTE = "note"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval at `level`."""

    level: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    id: stable slug such as `direction.fanout.order.tier.VIP-vs-Standard`. check: the check's name. message: what and
    where, in one sentence with numbers; hint: a fix, empty if there is nothing to do. n: units per segment of the pair.
    evidence: samples and counts, JSON values only.
    """

    id: str
    check: str
    status: Status
    message: str
    severity: Severity = Severity.INTEGRITY
    hint: str = ""
    metric: str = ""
    pair: tuple[str, ...] = ()
    declared: float | None = None
    effective: float | None = None
    estimate: float | None = None
    interval: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None
    n: tuple[int, ...] = ()
    threshold: float | None = None
    achieved: float | None = None
    source: Source = NOWHERE
    evidence: Mapping[str, object] = field(default_factory=dict)
