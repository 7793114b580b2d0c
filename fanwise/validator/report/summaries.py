"""Describing: totals per carrier and the structure of tables, for the report."""

from __future__ import annotations

from collections.abc import Sequence

from fanwise.validator.contract.metrics import Measure, Metric, Pair
from fanwise.validator.contract.model import Contract
from fanwise.validator.findings import Finding, Interval, Status
from fanwise.validator.measures.estimates import Estimate
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.pairs import SHOWN
from fanwise.validator.report.model import ColumnRow, Lifetime, LifetimeRow, ReferenceRow, Structure
from fanwise.validator.stats.intervals import t_quantile

__all__ = ["lifetime", "lifetime_measure", "mean_interval", "structure"]


def mean_interval(estimate: Estimate) -> Interval | None:
    """Return the interval of a segment's mean, or None if it is not known."""
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
        ratio = evidence.comparison(metric, Pair(name, anchor))
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
