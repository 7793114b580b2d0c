"""Advice that is checked: the plan with more rows is forecast before its rows are printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from fanwise.generator.errors import PlanError
from fanwise.generator.plan import Plan
from fanwise.text.numbers import rounded_up
from fanwise.validator import Contract, Forecast, metrics_of
from fanwise.validator.forecasting.outlook import Outlook

__all__ = ["advised"]

TRIES = 6
LEAST = 1.05
"""A further try has at least so many times the rows of the one before."""

MOST = 10**9
"""Rows of one root table beyond which the search ends."""


def advised(plan: Plan, contract: Contract, found: Forecast, again: Callable[[Plan], Forecast]) -> Forecast:
    """Return a forecast whose advice holds: with the rows that it names, the plan passes its own forecast.

    again: forecasts a plan, without advice. The root tables above the axes of weak gates are raised first, then also
    those above the rows that are measured. Where neither helps, the advice says what else does.
    """
    waiting = any(gate.lacks is not None and gate.lacks.otherwise for gate in found.weak)
    if not found.weak or found.contradictions or waiting:
        return found
    searches = (_search(plan, contract, found, again, all_roots=all_roots) for all_roots in (False, True))
    return _with(plan, found, next((sizes for sizes in searches if sizes is not None), {}))


def _search(
    plan: Plan, contract: Contract, found: Forecast, again: Callable[[Plan], Forecast], *, all_roots: bool
) -> dict[str, int] | None:
    """Return the rows of each root that was raised until the forecast passes; None where it never does."""
    tables = {metric.id: metric.measure.table for metric in metrics_of(contract)} if all_roots else {}
    sizes: dict[str, int] = {}
    outcome = found
    for _ in range(TRIES):
        growth = _growth(plan, _curable(outcome), tables)
        larger = {root: rounded_up(sizes.get(root, plan.rows[root]) * factor) for root, factor in growth.items()}
        sizes |= larger
        if not larger or max(larger.values()) > MOST:
            return None
        before = min(gate.probability or 0.0 for gate in _curable(outcome))
        try:
            outcome = again(plan.again(rows=sizes))
        except PlanError:
            return None
        left = _curable(outcome)
        if outcome.contradictions or (left and min(gate.probability or 0.0 for gate in left) < before):
            return None  # more rows make it worse
        if not left or (outcome.passes and not found.passes):
            return sizes
    return None


def _curable(found: Forecast) -> list[Outlook]:
    """Return the weak gates that more rows may help."""
    return [gate for gate in found.weak if gate.lacks is not None and math.isfinite(gate.lacks.growth)]


def _growth(plan: Plan, gates: Iterable[Outlook], tables: Mapping[str, str]) -> dict[str, float]:
    """Return by how much to raise each root table above the axes of the gates, and above their `tables`."""
    factors: dict[str, float] = {}
    for gate in gates:
        assert gate.lacks is not None
        for root in {plan.root(table) for table in (gate.lacks.table, tables.get(gate.metric, gate.lacks.table))}:
            if plan.dataset.tables[root].given is None:  # else its rows are those of the file
                factors[root] = max(factors.get(root, LEAST), gate.lacks.growth)
    return dict(sorted(factors.items()))


def _with(plan: Plan, found: Forecast, sizes: Mapping[str, int]) -> Forecast:
    """Return a forecast that advises these rows of root tables, or what else helps where there are none."""

    def said(gate: Outlook) -> Outlook:
        lacks = gate.lacks
        if lacks is None:
            return gate
        if not sizes or math.isinf(lacks.growth):
            return replace(gate, needed=None, advice=lacks.hopeless)
        root = plan.root(lacks.table)
        needed = round(lacks.rows * sizes.get(root, plan.rows[root]) / plan.rows[root])
        return replace(gate, needed=needed, advice=lacks.raised(sizes, needed))

    return replace(found, outlooks=tuple(map(said, found.outlooks)))
