"""Describing: statistics of a measure, totals per carrier and the structure of tables, for the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from validator.comparisons import SHOWN, compared
from validator.contract import Contract
from validator.description import Group, chi_square, closeness, explained, welch_anova
from validator.estimates import Estimate, Spread
from validator.evidence import Evidence
from validator.findings import Finding, Interval, Status
from validator.inference import t_quantile
from validator.metrics import Measure, Metric, Pair
from validator.report.model import (
    ColumnRow,
    Contrast,
    Lifetime,
    LifetimeRow,
    ReferenceRow,
    Statistics,
    Structure,
)

__all__ = ["lifetime", "lifetime_measure", "mean_interval", "statistics", "structure"]

EQUIVALENCE = 0.90
"""Level of the interval by which two one-sided tests at 5 % show how close two means are."""


def statistics(evidence: Evidence, measure: Measure, metrics: Sequence[Metric]) -> Statistics:
    """Return what describes a measure, over the declared segments."""
    segments = evidence.contract.axes[measure.axis].segments
    found = evidence.estimates(measure)
    means = [found[name].as_mean() for name in segments if name in found and found[name].units]
    spreads = evidence.spreads(measure) if measure.aggregate != "share" else {}
    own = {name: spreads[name] for name in segments if name in spreads}
    parts = explained([Group(each.n, each.mean, each.sd**2) for each in own.values()])
    below = evidence.carriers(measure)
    order = _order(metrics)
    return Statistics(
        anova=welch_anova(means),
        kruskal=below.ranks.kruskal() if below else None,
        eta2=parts[0] if parts else None,
        omega2=parts[1] if parts else None,
        trend=below.ranks.trend(order) if below and order else None,
        deciles=below.deciles if below else None,
        shape=chi_square(list(below.deciles.counts.values())) if below else None,
        contrasts=tuple(_contrasts(evidence, measure, metrics)),
        dispersion=_dispersion(own) if measure.aggregate == "count" else {},
    )


def _order(metrics: Sequence[Metric]) -> tuple[str, ...]:
    """Return the order that is claimed, highest first; empty where none is, or where some are claimed equal."""
    for metric in metrics:
        levels = set(metric.declared.values())
        if metric.role == "declared" and len(levels) == len(metric.declared):
            return tuple(sorted(metric.declared, key=lambda name: -metric.declared[name]))
        if metric.role != "declared" and metric.rank:
            return metric.rank
    return ()


def _dispersion(spreads: dict[str, Spread]) -> dict[str, float]:
    return {name: each.sd**2 / each.mean for name, each in spreads.items() if each.mean > 0 and each.n > 1}


def _contrasts(evidence: Evidence, measure: Measure, metrics: Sequence[Metric]) -> Iterator[Contrast]:
    below = evidence.carriers(measure)
    pairs = dict.fromkeys((pair.high, pair.low) for metric in metrics for pair in metric.pairs())
    for high, low in pairs:
        comparison = evidence.comparison(metrics[0], Pair(high, low))
        interval = comparison.interval(EQUIVALENCE)
        bound = closeness(interval.low, interval.high) if interval else None
        yield Contrast(high, low, below.ranks.superiority(high, low) if below else None, bound)


def mean_interval(estimate: Estimate) -> Interval | None:
    """Return the interval of a segment's mean, or None where it cannot be told."""
    if estimate.units < 2 or estimate.mean != estimate.mean:
        return None
    half = t_quantile(1 - (1 - SHOWN) / 2, estimate.units - 1) * estimate.variance**0.5
    return Interval(SHOWN, estimate.mean - half, estimate.mean + half)


def lifetime_measure(contract: Contract, measure: Measure) -> Measure | None:
    """Return the measure of totals per carrier that belongs to a mean of values below the axis' table."""
    if measure.aggregate != "mean" or not measure.path:
        return None
    carrier = contract.axes[measure.axis].table
    return Measure(
        "sum", measure.table, measure.column, None, carrier, measure.axis, measure.path, measure.without
    )  # fmt: skip


def lifetime(evidence: Evidence, measure: Measure, counted: Measure) -> Lifetime:
    """Return totals per carrier; `counted` is the mean whose rows they are the totals of."""
    contract = evidence.contract
    axis = contract.axes[measure.axis]
    column = contract.tables[measure.table].columns[measure.column or ""]
    found = {name: each for name, each in evidence.estimates(measure).items() if name in axis.share}
    anchor = max(found, key=lambda name: (axis.share.get(name or "", 0.0), name or ""), default="") or ""
    rows = evidence.estimates(counted)
    product = _independent(evidence, counted)
    metric = Metric("lifetime", "expected", measure, carrier=axis.table)
    segments = []
    for name in axis.segments:
        if name not in found:
            continue
        each, children = found[name], rows[name].rows if name in rows else 0
        ratio = compared(metric, Pair(name, anchor), evidence.estimates(measure), axis.segments)
        base = product.get(anchor)
        segments.append(
            LifetimeRow(
                segment=name,
                carriers=each.carriers,
                rows=children,
                rate=children / each.carriers if each.carriers else None,
                total=each.total,
                mean=each.mean if each.carriers else None,
                interval=mean_interval(each),
                spread=evidence.spreads(measure).get(name),
                ratio=ratio.estimate if name != anchor else None,
                ratio_interval=ratio.interval() if name != anchor else None,
                independent=product[name] / base if base and name != anchor and name in product else None,
            )
        )
    return Lifetime(
        measure.label, measure.axis, measure.table, measure.column or "", axis.table, anchor, column.decimals,
        tuple(segments),
    )  # fmt: skip


def _independent(evidence: Evidence, counted: Measure) -> dict[str, float]:
    """Return the declared fanout times the declared value per segment, where both are declared of these rows."""
    parts: list[dict[str, float]] = []
    for metric in evidence.metrics:
        own = metric.measure
        if metric.role != "declared" or metric.claim != "ratio" or (own.axis, own.path) != (counted.axis, counted.path):
            continue
        fanout = own.aggregate == "count" and own.table == counted.table and len(own.path) == 1
        if fanout or own.same(counted):
            parts.append(dict(metric.declared))
    if not any(parts) or len(counted.path) != 1 or len(parts) > 2:
        return {}
    product = parts[0]
    for part in parts[1:]:
        product = {name: product[name] * part[name] for name in product if name in part}
    return product if all(value > 0 for value in product.values()) else {}


def structure(evidence: Evidence, findings: Sequence[Finding], name: str) -> Structure:
    """Return rows, orphans, nulls and types of one table; findings tell what was counted already."""
    table = evidence.contract.tables[name]
    open_ = evidence.fault(name) is None
    profile = evidence.profile(name) if open_ else None
    references = tuple(
        ReferenceRow(edge.columns, edge.table, _counted(findings, f"reference.{name}.{'+'.join(edge.columns)}", "rows"))
        for edge in table.edges
    )
    columns = []
    for column, spec in table.columns.items():
        found = profile.columns.get(column) if profile else None
        nullable = spec.nullable or any(edge.nullable and column in edge.columns for edge in table.edges)
        seen = (found.type, found.nulls, found.odd) if found else (None, None, None)
        columns.append(ColumnRow(column, spec.type, seen[0], nullable, seen[1], seen[2]))
    repeated = _counted(findings, f"key.{name}.{'+'.join(table.key)}", "values") if table.key else None
    return Structure(name, profile.rows if profile else None, table.key, repeated, references, tuple(columns))


def _counted(findings: Sequence[Finding], identity: str, what: str) -> int | None:
    """Return what a check of integrity counted: 0 where it passed, None where it could not be asked."""
    finding = next((each for each in findings if each.id == identity), None)
    if finding is None or finding.status not in (Status.PASS, Status.FAIL):
        return None
    number = finding.evidence.get(what, 0)
    return number if isinstance(number, int) else None
