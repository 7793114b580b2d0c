"""Collecting: evidence and findings become a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from validator.comparisons import SHOWN
from validator.estimates import Estimate
from validator.evidence import Evidence
from validator.findings import Finding, Interval, Status
from validator.inference import t_quantile
from validator.metrics import Measure, Metric, Pair
from validator.report.model import Measured, PairRow, Population, Report, SegmentRow, TableRow
from validator.verdict import decide

if TYPE_CHECKING:
    from validator.forecasting import Forecast

__all__ = ["collect", "measures_shown"]

_WORST = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.PASS, Status.SKIPPED)


def measures_shown(evidence: Evidence) -> dict[Measure, list[Metric]]:
    """Return the measures that a report shows and that can be asked, each with the metrics that judge it."""
    shown: dict[Measure, list[Metric]] = {}
    for metric in evidence.metrics:
        if metric.role != "watch" and evidence.usable(metric):
            shown.setdefault(metric.measure, []).append(metric)
    return shown


def collect(
    evidence: Evidence,
    findings: Sequence[Finding],
    measures: dict[Measure, list[Metric]],
    forecast: Forecast | None = None,
) -> Report:
    """Return the report. Nothing is asked of the source that was not asked before."""
    contract = evidence.contract
    tables = tuple(
        TableRow(
            name,
            None if evidence.fault(name) else evidence.profile(name).rows,
            evidence.warehouse.formats.get(name, ""),
        )
        for name in contract.tables
    )
    populations = tuple(
        Population(name, axis.table, axis.column, evidence.population(name), dict(axis.share))
        for name, axis in contract.axes.items()
        if not evidence.blocked([(axis.table, axis.column)])
    )
    return Report(
        contract=contract.name,
        verdict=decide(findings),
        findings=tuple(findings),
        tables=tables,
        populations=populations,
        measured=tuple(_measured(evidence, findings, measure, metrics) for measure, metrics in measures.items()),
        thresholds=contract.thresholds,
        origin=dict(contract.origin),
        forecast=forecast,
    )


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
        relative_range=(max(means) - min(means)) / min(means) if len(means) > 1 and min(means) > 0 else None,
        cov=_cov(means),
        min_effect=limits.min_effect_fanout if measure.aggregate == "count" else limits.min_effect_value,
        decimals=column.decimals if column else None,
    )


def _cov(means: Sequence[float]) -> float | None:
    if len(means) < 2 or math.fsum(means) <= 0:
        return None
    centre = math.fsum(means) / len(means)
    return math.sqrt(math.fsum((mean - centre) ** 2 for mean in means) / len(means)) / centre


def _segment(evidence: Evidence, measure: Measure, estimate: Estimate) -> SegmentRow:
    spread = evidence.spreads(measure).get(estimate.segment) if measure.aggregate != "share" else None
    interval = None
    if estimate.units > 1 and math.isfinite(estimate.mean):
        half = t_quantile(1 - (1 - SHOWN) / 2, estimate.units - 1) * math.sqrt(estimate.variance)
        interval = Interval(SHOWN, estimate.mean - half, estimate.mean + half)
    mean = estimate.mean if math.isfinite(estimate.mean) else None
    return SegmentRow(
        estimate.segment, estimate.carriers, estimate.units, estimate.rows, estimate.total, mean, interval, spread
    )


def _pairs(evidence: Evidence, findings: Sequence[Finding], metrics: list[Metric]) -> Iterator[PairRow]:
    """Yield one row per pair and range; a rank expected of a pair that is declared as well is the same row."""
    seen: set[tuple[str, str]] = set()
    for metric in metrics:
        for pair in metric.pairs():
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
    return PairRow(
        high=pair.high,
        low=pair.low,
        declared=pair.ratio,
        expected=expected,
        estimate=comparison.estimate,
        interval=comparison.interval(),
        realised=comparison.realised(),
        n=comparison.units,
        approximate=comparison.approximate,
        status=next((status for status in _WORST if status in own), Status.SKIPPED),
    )
