"""Plan -> forecast: will the audit pass? Answered from the declared laws, before the first row is made."""

from __future__ import annotations

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.moments.laws import Unknown
from fanwise.generator.moments.propagation import Climb
from fanwise.generator.plan import Plan
from fanwise.validator import Contract, Forecast, Moments

__all__ = ["forecast", "moments_of"]

MomentsBySegment = dict[str, Moments]


def forecast(plan: Plan, contract: Contract | None = None) -> Forecast:
    """Predict the audit of a plan's data; `contract` is that of the plan, compiled here where it is not given.

    Raises PlanError for what cannot be audited at all (see `compile_contract`).
    """
    contract = contract or compile_contract(plan)
    return validator.forecast(contract, moments_of(plan, contract))


def moments_of(plan: Plan, contract: Contract) -> dict[str, MomentsBySegment]:
    """Return predicted moments per metric and segment, for each judged metric whose laws are all declared.

    Any other metric (values of expressions, computed covariates, references to the own table or `within` an ancestor)
    is left out, so that the forecast neither blocks nor vouches for it; the audit decides. A pilot sample would only
    guess at it, and its chance error would be taken for a contradiction.
    """
    out: dict[str, MomentsBySegment] = {}
    for metric in validator.metrics_of(contract):
        if metric.role == "watch":
            continue
        try:
            found = Climb(plan, contract, metric.measure).moments()
        except Unknown:
            continue
        # A floor without moments is refused in plain words ("nothing makes … differ"): true where the means are equal.
        if metric.role != "floor" or _differ(found):
            out[metric.id] = found
    return out


def _differ(moments: MomentsBySegment) -> bool:
    means = [each.children if each.value is None else each.value for each in moments.values()]
    return max(means) - min(means) > 1e-9 * max(map(abs, means))
