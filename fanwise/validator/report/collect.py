"""Collecting: evidence and findings become a report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fanwise.validator.contract.metrics import Measure, Metric, Pair
from fanwise.validator.errors import QueryError
from fanwise.validator.findings import WORST, Finding, Status
from fanwise.validator.measures.estimates import Estimate
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.omnibus import statistics
from fanwise.validator.report.model import Grade, Lifetime, Measured, PairRow, Population, Report, SegmentRow, TableRow
from fanwise.validator.report.summaries import lifetime, lifetime_measure, mean_interval, structure
from fanwise.validator.sql.sample_query import probe_sql
from fanwise.validator.stats.descriptive import coefficient_of_variation, relative_range
from fanwise.validator.verdict.diagnosis import causes_of
from fanwise.validator.verdict.grades import grade
from fanwise.validator.verdict.verdict import decide

if TYPE_CHECKING:
    from fanwise.validator.forecasting.forecast import Forecast

__all__ = ["Shown", "ask_for_report", "collect", "collect_effects"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a report can show: rows per readable table, axes, and measures with the metrics that judge them."""

    rows: dict[str, int]
    axes: tuple[str, ...]
    measures: dict[Measure, list[Metric]]


def ask_for_report(evidence: Evidence, tables: Iterable[str] | None = None) -> tuple[Shown, list[Finding]]:
    """Ask for everything that a report shows; what cannot be asked is an ERROR finding in place of a section.

    tables: whose columns are shown; None: all.
    """
    contract = evidence.contract
    rows: dict[str, int] = {}
    axes: list[str] = []
    measures: dict[Measure, list[Metric]] = {}
    errors: list[Finding] = []

    def ask(what: str, question: Callable[[], object]) -> bool:
        try:
            question()
        except QueryError as error:
            message = f"{what} could not be asked: {error.problems[0].statement}"
            errors.append(Finding(f"report.{what}", "report", Status.ERROR, message))
            return False
        return True

    for name in contract.tables if tables is None else tables:
        if evidence.fault(name) is None and ask(name, partial(evidence.profile, name)):
            rows[name] = evidence.profile(name).rows
    for name, axis in contract.axes.items():
        needs = [(axis.table, axis.column)]
        if not evidence.blocked(needs) and ask(name, partial(evidence.population, name)):
            axes.append(name)
    for metric in evidence.metrics:
        if metric.measure in measures:
            measures[metric.measure].append(metric)
        elif metric.role != "watch" and evidence.usable(metric) and ask(metric.id, partial(_ask, evidence, metric)):
            measures[metric.measure] = [metric]
    return Shown(rows, tuple(axes), measures), errors


def _ask(evidence: Evidence, metric: Metric) -> None:
    evidence.estimates(metric.measure)
    if metric.measure.aggregate != "share":
        evidence.spreads(metric.measure)
    if evidence.brief:
        return
    evidence.carriers(metric.measure)
    totals = lifetime_measure(evidence.contract, metric.measure)
    if totals is not None:
        evidence.estimates(totals)
        evidence.spreads(totals)


def collect(evidence: Evidence, findings: Sequence[Finding], shown: Shown, forecast: Forecast | None = None) -> Report:
    """Return the report. Nothing is asked of the source that was not asked before."""
    contract = evidence.contract
    formats = evidence.warehouse.formats
    return replace(
        collect_effects(evidence, findings, shown),
        tables=tuple(TableRow(name, shown.rows.get(name), formats.get(name, "")) for name in contract.tables),
        forecast=forecast,
        structures=tuple(structure(evidence, findings, name) for name in contract.tables),
        lifetimes=tuple(_lifetimes(evidence, shown)),
        grades=tuple(Grade(axis, *grade(contract, evidence.metrics, findings, axis)) for axis in contract.axes),
        causes=tuple(causes_of(evidence, findings)),
    )


def collect_effects(evidence: Evidence, findings: Sequence[Finding], shown: Shown) -> Report:
    """Return the report without its tables: segments, their means and pairs."""
    contract = evidence.contract
    return Report(
        contract=contract.name,
        verdict=decide(findings, contract.gates),
        findings=tuple(findings),
        tables=(),
        populations=tuple(_population(evidence, name) for name in shown.axes),
        measured=tuple(_measured(evidence, findings, measure, metrics) for measure, metrics in shown.measures.items()),
        thresholds=contract.thresholds,
        origin=dict(contract.origin),
        gates=contract.gates,
    )


def _lifetimes(evidence: Evidence, shown: Shown) -> Iterator[Lifetime]:
    for measure in shown.measures:
        totals = lifetime_measure(evidence.contract, measure)
        if totals is not None:
            yield lifetime(evidence, totals, measure)


def _population(evidence: Evidence, name: str) -> Population:
    axis = evidence.contract.axes[name]
    shares = {segment: None if axis.counted else share for segment, share in axis.share.items()}
    return Population(name, axis.table, axis.column, evidence.population(name), shares)


def _measured(evidence: Evidence, findings: Sequence[Finding], measure: Measure, metrics: list[Metric]) -> Measured:
    found = evidence.estimates(measure)
    axis = evidence.contract.axes[measure.axis]
    limits = evidence.contract.thresholds
    order = [*axis.share, *(name for name in found if name not in axis.share)]
    segments = tuple(_segment(evidence, measure, found[name]) for name in order if name in found)
    means = [row.mean for row in segments if row.segment in axis.share and row.mean is not None]
    column = evidence.contract.tables[measure.table].columns[measure.column] if measure.column else None
    return Measured(
        label=measure.label,
        axis=measure.axis,
        aggregate=measure.aggregate,
        metrics=tuple(metric.id for metric in metrics),
        segments=segments,
        pairs=tuple(_pairs(evidence, findings, metrics)),
        relative_range=relative_range(means),
        cov=coefficient_of_variation(means),
        min_effect=limits.min_effect_fanout if measure.aggregate == "count" else limits.min_effect_value,
        decimals=column.decimals if column else None,
        statistics=None if evidence.brief else statistics(evidence, metrics),
        sql=probe_sql(evidence.contract, measure),
    )


def _segment(evidence: Evidence, measure: Measure, estimate: Estimate) -> SegmentRow:
    spread = evidence.spreads(measure).get(estimate.segment) if measure.aggregate != "share" else None
    mean = estimate.mean if math.isfinite(estimate.mean) else None
    return SegmentRow(
        estimate.segment, estimate.carriers, estimate.units, estimate.rows, estimate.total, mean,
        mean_interval(estimate), spread,
    )  # fmt: skip


def _pairs(evidence: Evidence, findings: Sequence[Finding], metrics: list[Metric]) -> Iterator[PairRow]:
    """Yield one row per pair and range; a rank expected of a pair that is declared as well is the same row."""
    seen: set[tuple[str, str]] = set()
    for metric in sorted(metrics, key=lambda each: each.claim == "none"):
        for pair in metric.compared():
            if (pair.high, pair.low) not in seen:
                seen.add((pair.high, pair.low))
                yield _row(evidence, findings, metric, pair, None)
        for of, to, low, high in metric.ratios:
            yield _row(evidence, findings, metric, Pair(of, to), (low, high))


def _row(
    evidence: Evidence, findings: Sequence[Finding], metric: Metric, pair: Pair, expected: tuple[float, float] | None
) -> PairRow:
    comparison = evidence.comparison(metric, pair)
    own = {
        finding.status
        for finding in findings
        if finding.metric == metric.id
        and finding.pair == (pair.high, pair.low)
        and finding.id.endswith(".range") == (expected is not None)
    }
    nothing = None if metric.claim == "none" else Status.SKIPPED
    return PairRow(
        high=pair.high,
        low=pair.low,
        declared=pair.ratio,
        expected=expected,
        floor=1 + metric.floor if metric.role == "floor" else None,
        estimate=comparison.estimate,
        interval=comparison.interval(),
        achieved=comparison.achieved(),
        n=comparison.units,
        approximate=comparison.approximate,
        status=next((status for status in WORST if status in own), nothing),
        claim=metric.claim,
        difference=comparison.difference,
        difference_interval=comparison.difference_interval(),
        mirrored=metric.mirrored,
    )
