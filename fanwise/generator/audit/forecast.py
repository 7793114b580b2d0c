"""Plan -> forecast: will the audit pass? Computed from the declared distributions, or measured on a pilot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from fanwise import validator
from fanwise.generator.audit.advice import advised
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.contract.correlations import expected_rows
from fanwise.generator.audit.contract.unwatched import steps_of
from fanwise.generator.audit.integrity import Gate, integrity_gates
from fanwise.generator.language.spec import Path
from fanwise.generator.moments.laws import INFINITE, Unknown
from fanwise.generator.moments.propagation import Measured, MomentPropagation, Totals
from fanwise.generator.plan import Plan
from fanwise.validator import Contract, Forecast, Measure, Moments, Pilot

__all__ = ["forecast", "forecasts", "moments_of"]

SETTLED = 0.99
"""The chance that all gates of pilots pass from which on no further draws are waited for."""

MomentsBySegment = dict[str, Moments]
Sort = tuple[float, float, float, float, float, float]


def forecast(plan: Plan, contract: Contract | None = None) -> Forecast:
    """Predict the audit of a plan's data; `contract` is that of the plan, compiled here where it is not given.

    Where a gate needs more rows, the advice has been tried: the plan with these rows passes its own forecast.
    Raises PlanError for what cannot be audited at all (see `compile_contract`).
    """
    *_, (found, _) = forecasts(plan, contract or compile_contract(plan), early=False)
    return found


def forecasts(plan: Plan, contract: Contract, *, early: bool = True) -> Iterator[tuple[Forecast, bool]]:
    """Yield the forecast of a plan, and True; raises as `forecast` does.

    early: before it, with False, a forecast by the first draws of each pilot, as soon as these leave no doubt. The
    error of so small a pilot is part of its chances. Further draws make ratios more exact, and the verdict stays.
    """
    known, shown = _Known(plan, contract), False
    for pilots, last in _piloted(plan, contract, known.moments, known.unknown, early=early):
        if last:
            yield advised(plan, contract, known.forecast(pilots), _once), True
        elif not shown and _is_settled(found := known.forecast(pilots)):
            shown = True
            yield found, False


def _once(plan: Plan) -> Forecast:
    """Return the forecast of a plan without advice."""
    known = _Known(plan, contract := compile_contract(plan))
    ((pilots, _),) = _piloted(plan, contract, known.moments, known.unknown, early=False)
    return known.forecast(pilots)


def _is_settled(found: Forecast) -> bool:
    return found.passes and not found.weak and (found.by_pilot or 0.0) > SETTLED


class _Known:
    """What a forecast knows without pilots. unknown: why metrics have no moments, to which pilots add."""

    def __init__(self, plan: Plan, contract: Contract) -> None:
        self._plan, self._contract = plan, contract
        self.unknown: dict[str, str] = {}
        self.moments = moments_of(plan, contract, self.unknown)

    @cached_property
    def integrity(self) -> tuple[Gate, ...]:
        """The gates of integrity; none where nothing has any."""
        return () if self._contract.gates == "none" else tuple(integrity_gates(self._plan))

    def forecast(self, pilots: Mapping[str, Pilot]) -> Forecast:
        """Return the forecast with these pilots, without advice."""
        correlated = expected_rows(self._plan)
        return validator.forecast(self._contract, self.moments, self.unknown, pilots, self.integrity, correlated)


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
    plan: Plan,
    contract: Contract,
    moments: Mapping[str, MomentsBySegment],
    unknown: dict[str, str],
    *,
    early: bool,
) -> Iterator[tuple[dict[str, Pilot], bool]]:
    """Yield what a pilot measures of the metrics that have gates and no moments; equal measures share an answer.

    early, and the second of each pair: as `pilots` has them.
    """
    known = [metric.measure for metric in validator.metrics_of(contract) if metric.id in moments]
    asked = {
        metric.id: metric.measure
        for metric in validator.metrics_of(contract)
        if metric.id in unknown and (metric.pairs() or metric.ratios)
        if unknown[metric.id] != INFINITE and not any(measure.same(metric.measure) for measure in known)
    }
    if not asked:
        yield {}, True
        return
    from fanwise.generator.audit.pilot import Question, pilots  # most plans need none

    first = {measure: name for name, measure in reversed(asked.items())}
    questions = {
        name: Question(measure, steps_of(plan, measure), contract.axes[measure.axis]) for measure, name in first.items()
    }
    for found, last in pilots(plan, questions, unknown, early=early):
        answered = {name: found[first[measure]] for name, measure in asked.items() if first[measure] in found}
        for name, measure in asked.items():
            if name not in answered:
                unknown[name] = unknown[first[measure]]
        yield answered, last


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
