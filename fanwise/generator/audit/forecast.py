"""Plan -> forecast: will the audit pass? Computed from the declared distributions, or measured on a pilot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fanwise import validator
from fanwise.generator.audit.advice import advised
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.contract.correlations import expected_rows
from fanwise.generator.audit.contract.unwatched import steps_of
from fanwise.generator.audit.integrity import integrity_gates
from fanwise.generator.language.spec import Path
from fanwise.generator.moments.laws import INFINITE, Unknown
from fanwise.generator.moments.propagation import Measured, MomentPropagation, Totals
from fanwise.generator.plan import Plan
from fanwise.validator import Contract, Forecast, Measure, Moments, Pilot

__all__ = ["forecast", "moments_of"]

MomentsBySegment = dict[str, Moments]
Sort = tuple[float, float, float, float, float, float]


def forecast(plan: Plan, contract: Contract | None = None) -> Forecast:
    """Predict the audit of a plan's data; `contract` is that of the plan, compiled here where it is not given.

    Where a gate needs more rows, the advice has been tried: the plan with these rows passes its own forecast.
    Raises PlanError for what cannot be audited at all (see `compile_contract`).
    """
    contract = contract or compile_contract(plan)
    return advised(plan, contract, _forecast(plan, contract), lambda other: _forecast(other, compile_contract(other)))


def _forecast(plan: Plan, contract: Contract) -> Forecast:
    unknown: dict[str, str] = {}
    moments = moments_of(plan, contract, unknown)
    integrity = () if contract.gates == "none" else integrity_gates(plan)
    pilots = _piloted(plan, contract, moments, unknown)
    return validator.forecast(contract, moments, unknown, pilots, integrity, expected_rows(plan))


def moments_of(plan: Plan, contract: Contract, unknown: dict[str, str] | None = None) -> dict[str, MomentsBySegment]:
    """Return predicted moments per metric and segment, for each judged metric whose laws are all declared.

    Any other metric (values of expressions, computed covariates, references to the own table or `within` an ancestor)
    is left out, and its id and the reason are added to `unknown`: a pilot may still measure it.
    """
    unknown = {} if unknown is None else unknown
    out: dict[str, MomentsBySegment] = {}
    for metric in validator.metrics_of(contract):
        if metric.role == "watch":
            continue
        try:
            found = _moments(plan, contract, metric.measure)
        except Unknown as why:
            unknown[metric.id] = str(why)
            continue
        # A floor without moments is refused in plain words ("nothing makes … differ"): true where the means are equal.
        if metric.role != "floor" or _differ(found):
            out[metric.id] = found
    return out


def _piloted(
    plan: Plan, contract: Contract, moments: Mapping[str, MomentsBySegment], unknown: dict[str, str]
) -> dict[str, Pilot]:
    """Return what a pilot measures of the metrics that have gates and no moments; equal measures share an answer."""
    known = [metric.measure for metric in validator.metrics_of(contract) if metric.id in moments]
    asked = {
        metric.id: metric.measure
        for metric in validator.metrics_of(contract)
        if metric.id in unknown and (metric.pairs() or metric.ratios)
        if unknown[metric.id] != INFINITE and not any(measure.same(metric.measure) for measure in known)
    }
    if not asked:
        return {}
    from fanwise.generator.audit.pilot import Question, pilots  # most plans need none

    first = {measure: name for name, measure in reversed(asked.items())}
    questions = {
        name: Question(measure, steps_of(plan, measure), contract.axes[measure.axis]) for measure, name in first.items()
    }
    found = pilots(plan, questions, unknown)
    answered = {name: found[first[measure]] for name, measure in asked.items() if first[measure] in found}
    for name, measure in asked.items():
        if name not in answered:
            unknown[name] = unknown[first[measure]]
    return answered


def _moments(plan: Plan, contract: Contract, measure: Measure) -> MomentsBySegment:
    if measure.exposure is not None:
        raise Unknown("is counted per unit of an exposure")
    steps, axis = steps_of(plan, measure), contract.axes[measure.axis]
    path = Path(measure.axis, measure.table, steps, axis.table, axis.column, measure.axis)
    measured = Measured(path, measure.column, measure.value, not measure.without, measure.per)
    propagation = MomentPropagation(plan.profiles, plan.tables, measured)
    per_carrier = measure.aggregate == "count" and propagation.counted == len(steps)
    totals = propagation.totals(axis.segments)
    heavy = measure.aggregate in ("mean", "sum") and measure.column is not None
    tail = plan.tables[measure.table].columns[measure.column or ""].generator.tail() if heavy else ()
    return {
        name: replace(
            _of_totals(carriers, found, measure.aggregate, per_carrier=per_carrier),
            tail=tail,
            sorts=_sorts(found, sorts, whole=per_carrier or measure.per == axis.table),
        )
        for name, (carriers, found, sorts) in totals.items()
    }


def _sorts(all_: Totals, sorts: Sequence[tuple[float, Totals]], *, whole: bool) -> tuple[Sort, ...]:
    """Return the sorts of units, as `Moments` has them. whole: what is averaged is one number of each unit."""
    known = [(mass, each) for mass, each in sorts if mass > 0]
    total = math.fsum(mass for mass, _ in known)
    if len(known) < 2 or not (whole or all_.x > 0):
        return ()
    if whole:
        return tuple((mass / total, 1.0, each.y, 0.0, 0.0, each.yy) for mass, each in known)
    return tuple((mass / total, each.x, each.y, each.xx, each.xy, each.yy) for mass, each in known)


def _of_totals(carriers: float, totals: Totals, aggregate: str, *, per_carrier: bool) -> Moments:
    """Return the totals in the validator's terms, such that its variances come out as those of Y or Y − RX."""
    if per_carrier:
        return Moments(carriers, _exact(totals.y), totals.yy)
    if not totals.x > 0:
        return Moments(carriers, 0.0)
    ratio = totals.y / totals.x
    children = totals.xx
    if aggregate == "sum":
        # Where many rows go with small values, Y varies less than its rows alone would have it.
        children = min(children, totals.yy / ratio**2) if ratio else children
        spread = totals.yy - children * ratio**2
    else:
        spread = totals.yy - 2 * ratio * totals.xy + ratio**2 * totals.xx
    return Moments(carriers, _exact(totals.x), children, _exact(ratio), max(spread, 0.0) / totals.x)


def _exact(mean: float) -> float:
    """Return a mean without its last digits, so that means which differ by rounding only are equal."""
    return float(f"{mean:.12g}")


def _differ(moments: MomentsBySegment) -> bool:
    means = [each.children if each.value is None else each.value for each in moments.values()]
    return max(means) - min(means) > 1e-9 * max(map(abs, means))
