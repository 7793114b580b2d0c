"""The result of a comparison: one row per thing that was measured, and the drawings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from fanwise.comparison.formats import MAKERS
from fanwise.text.rendered import Rendered
from fanwise.validator.contract.model import Gates
from fanwise.validator.findings import Finding, Interval, Severity, Status
from fanwise.validator.verdict.verdict import Verdict, decide

__all__ = ["Comparison", "Drawing", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured. segment: empty for all rows.

    difference: what the gate is applied to, less the floor. floor: how far two halves of REAL differ from each other.
    message: the finding in one sentence. gates: False where it is only reported.
    """

    measure: str
    what: str
    segment: str
    status: Status
    message: str
    real: float | None = None
    synth: float | None = None
    difference: float | None = None
    floor: float | None = None
    interval: tuple[float, float] | None = None
    hint: str = ""
    gates: bool = True

    @property
    def finding(self) -> Finding:
        """The row as a finding of a report."""
        severity = Severity.INFO if not self.gates else Severity.EFFECT
        if self.measure == "structure":
            severity = Severity.INTEGRITY
        name = ".".join(filter(None, (self.measure, self.what.replace(" ", "-"), self.segment)))
        ends = Interval(0.95, *self.interval) if self.interval is not None else None
        return Finding(
            name, self.measure, self.status, self.message, severity, self.hint, estimate=self.difference, interval=ends
        )


@dataclass(frozen=True, slots=True)
class Drawing:
    """Quantiles of REAL beside those of SYNTH, for each segment."""

    what: str
    quantiles: Mapping[str, tuple[tuple[float, float], ...]]


@dataclass(frozen=True)
class Comparison(Rendered):
    """What `fidelity` found. real, synth: the sources, without secrets. rows: of each table on both sides.

    notes: what was left out or sampled.
    """

    MAKERS: ClassVar[Mapping[str, str]] = MAKERS

    real: str
    synth: str
    axis: str
    tables: Mapping[str, tuple[int, int]]
    rows: tuple[Row, ...]
    drawings: tuple[Drawing, ...] = ()
    notes: tuple[str, ...] = ()
    gates: Gates = field(default="all")

    @property
    def title(self) -> str:
        """The heading of every format."""
        return "Fidelity of synthetic data"

    @property
    def contract(self) -> str:
        """What the data were compared with."""
        return f"{self.synth} beside {self.real}"

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Every row as a finding."""
        return tuple(row.finding for row in self.rows)

    @cached_property
    def verdict(self) -> Verdict:
        """PASS or FAIL, in one sentence."""
        return decide(self.findings)

    @property
    def status(self) -> Status:
        """PASS (warnings too) or FAIL."""
        return self.verdict.status

    @property
    def exit_code(self) -> int:
        """0 passed, 1 a gate failed."""
        return self.verdict.exit_code

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """Return the findings that have one of these statuses."""
        return tuple(finding for finding in self.findings if finding.status in statuses)
