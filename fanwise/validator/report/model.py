"""The report: one result object, from which every format is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from fanwise.text.numbers import count
from fanwise.text.rendered import Rendered
from fanwise.validator.contract.model import Claim, Gates, Thresholds
from fanwise.validator.findings import Finding, Interval, Severity, Status
from fanwise.validator.forecasting.outlook import Forecast
from fanwise.validator.measures.estimates import Spread
from fanwise.validator.measures.months import MonthRow
from fanwise.validator.measures.omnibus import Statistics
from fanwise.validator.report.formats import MAKERS
from fanwise.validator.verdict.diagnosis import Cause
from fanwise.validator.verdict.verdict import Verdict

__all__ = [
    "ColumnRow",
    "FirstRows",
    "Grade",
    "Lifetime",
    "LifetimeRow",
    "Measured",
    "Months",
    "PairRow",
    "Population",
    "ReferenceRow",
    "Regression",
    "Regressions",
    "Report",
    "SegmentRow",
    "Structure",
    "TableRow",
]

Change = Literal["status", "new", "further", "gone"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A table of the contract: its rows (None where it could not be read) and the format it was read from."""

    name: str
    rows: int | None
    format: str


@dataclass(frozen=True, slots=True)
class Population:
    """Rows per segment of one axis as found (None: null), beside the declared shares (None where none is declared)."""

    axis: str
    table: str
    column: str
    counts: Mapping[str | None, int]
    shares: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One metric in one segment; `interval` is that of the mean, `spread` that of single counts or values."""

    segment: str | None
    carriers: int
    units: int
    rows: int
    total: float
    mean: float | None
    interval: Interval | None
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair of a metric. declared: a ratio; expected: a range; floor: the least ratio.

    claim: what is promised of the ratio. status: the worst finding, None where nothing is claimed. difference: of the
    means, with its interval, where they have no ratio. mirrored: negative means are compared by size.
    """

    high: str
    low: str
    declared: float | None
    expected: tuple[float, float] | None
    floor: float | None
    estimate: float | None
    interval: Interval | None
    achieved: float | None
    n: tuple[int, int]
    approximate: bool
    status: Status | None
    claim: Claim = "ratio"
    difference: float | None = None
    difference_interval: Interval | None = None
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A foreign key and the rows that it leaves without a partner (None: not asked)."""

    columns: tuple[str, ...]
    table: str
    orphans: int | None


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column: the declared type, the one found (None: missing), rows that are null, rows that are not finite."""

    name: str
    type: str
    found: str | None
    nullable: bool
    nulls: int | None
    odd: int | None


@dataclass(frozen=True, slots=True)
class Structure:
    """The structure of one table. repeated: key values that occur more than once (None: no key, or not asked)."""

    table: str
    rows: int | None
    key: tuple[str, ...]
    repeated: int | None
    references: tuple[ReferenceRow, ...]
    columns: tuple[ColumnRow, ...]


@dataclass(frozen=True, slots=True)
class LifetimeRow:
    """One segment: carriers, their rows and total, mean with interval, and the spread of totals per carrier.

    rate: rows per carrier; ratio: mean over that of the largest segment; independent: see `Lifetime`.
    """

    segment: str
    carriers: int
    rows: int
    rate: float | None
    total: float
    mean: float | None
    interval: Interval | None
    spread: Spread | None
    ratio: float | None
    ratio_interval: Interval | None
    independent: float | None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Totals of a column per carrier by segment, zeros included: `sum of order.gross_amount per customer`.

    anchor: the segment that ratios refer to. LifetimeRow.independent is the declared ratio of fanout times that of the
    value: the ratio of totals where the two are independent.
    """

    label: str
    axis: str
    table: str
    column: str
    carrier: str
    anchor: str
    decimals: int | None
    segments: tuple[LifetimeRow, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """The letter of one axis (None: nothing is claimed of it), A to F or –, and why.

    `fanwise.validator.verdict.grades.LADDER` explains the letters.
    """

    axis: str
    letter: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure by segment. relative_range: (highest − lowest) / lowest mean; cov: sd (ddof 0) / mean of means.

    sql: a plain query that shows the means, for whoever wants to look.
    """

    label: str
    axis: str
    aggregate: str
    metrics: tuple[str, ...]
    segments: tuple[SegmentRow, ...]
    pairs: tuple[PairRow, ...]
    relative_range: float | None
    cov: float | None
    min_effect: float
    decimals: int | None
    statistics: Statistics | None = None
    sql: str = ""

    @property
    def title(self) -> str:
        """What is measured and by which axis: two axes may share a measure."""
        return f"{self.label} by {self.axis}"


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The first rows of a table as text. numbers: the columns that hold numbers."""

    table: str
    columns: tuple[str, ...]
    numbers: frozenset[str]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Months:
    """What was counted by month, where an answer key was asked for.

    measured: by month and segment, for each metric id; rows: by month, for `table.column` of instants.
    """

    measured: Mapping[str, tuple[MonthRow, ...]]
    rows: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Regression:
    """One thing that got worse.

    change: `status` (worse than before), `new` (was not asked, or had nothing to say, and is wrong), `further` (the
    estimate left its old interval, away from what is declared), `gone` (passed before and is not asked any more).
    before, now: statuses, None where there is none. message: what the report says now, or said then.
    """

    id: str
    change: Change
    before: Status | None
    now: Status | None
    severity: Severity
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Regressions:
    """The comparison with a baseline. worse: by severity, the worst first; better: findings whose status improved."""

    name: str
    worse: tuple[Regression, ...]
    better: int

    @property
    def line(self) -> str:
        """The comparison in one sentence."""
        better = f"{count(self.better, 'check')} better" if self.better else "none better"
        return f"{count(len(self.worse), 'check')} worse, {better}."


@dataclass(frozen=True, slots=True)
class Report(Rendered):
    """What an audit found. `findings` are in the order of the checks; `forecast` is what was predicted, if it was.

    causes: the likely cause of each metric that failed, and the place to look at. baseline: what is worse than in an
    older report, where one was given. gates: what the verdict counts. months: for the answer key, and in no format.
    data: the name of the judged data. rows: the first rows of each table, on pages only. An audit gives none, because
    the data may be real; a run adds those that it made.
    """

    MAKERS: ClassVar[Mapping[str, str]] = MAKERS

    contract: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    tables: tuple[TableRow, ...]
    populations: tuple[Population, ...]
    measured: tuple[Measured, ...]
    thresholds: Thresholds
    origin: Mapping[str, str | int | float]
    gates: Gates = "all"
    forecast: Forecast | None = None
    structures: tuple[Structure, ...] = ()
    lifetimes: tuple[Lifetime, ...] = ()
    grades: tuple[Grade, ...] = ()
    causes: tuple[Cause, ...] = ()
    baseline: Regressions | None = None
    months: Months | None = None
    data: str = ""
    rows: tuple[FirstRows, ...] = ()

    @property
    def subject(self) -> str:
        """What was judged: the data set, or `synth, judged by real` where reference data judge it."""
        reference = self.origin.get("reference")
        return f"{self.data}, judged by {reference}" if reference else self.contract

    @property
    def title(self) -> str:
        """The heading of every format."""
        return f"Audit of {self.subject}"

    @property
    def status(self) -> Status:
        """PASS, FAIL, INCONCLUSIVE or ERROR."""
        return self.verdict.status

    @property
    def exit_code(self) -> int:
        """0 passed (warnings too), 1 failed, 3 inconclusive, 4 could not be read."""
        return self.verdict.exit_code

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """Return the findings that have one of these statuses."""
        return tuple(finding for finding in self.findings if finding.status in statuses)

    def against(self, baseline: str | Path | Mapping[str, Any]) -> Report:
        """Return this report with what is worse than in `baseline`, a JSON report or its file (BaselineError).

        The verdict and the exit code stay what they are.
        """
        report: Report = self.made("against", baseline)
        return report
