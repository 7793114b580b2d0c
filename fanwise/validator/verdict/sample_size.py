"""Advice: how much more data a comparison needs, in the words of whoever wrote the schema."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from fanwise.text.numbers import count, rounded_up, times
from fanwise.validator.contract.metrics import Metric, Pair
from fanwise.validator.contract.model import Contract
from fanwise.validator.stats.intervals import Mean
from fanwise.validator.stats.power import growth_for

__all__ = ["Advice", "advise"]


@dataclass(frozen=True, slots=True)
class Advice:
    """needed: units that the scarcer segment needs (None: no number would do); text: one sentence."""

    needed: int | None
    text: str


def advise(
    contract: Contract, metric: Metric, pair: Pair, means: tuple[Mean, Mean], passes: Callable[[Mean, Mean], float]
) -> Advice:
    """Return what it takes for `passes` to reach the power that the contract asks for."""
    high, low = means
    axis = contract.axes[metric.measure.axis]
    scarce, units = min(((pair.high, high.n), (pair.low, low.n)), key=lambda item: item[1])
    factor = growth_for(passes, high, low, contract.thresholds.power)
    ratio = times(high.value / low.value) if low.value else "a difference"
    has = f"{scarce} has {count(units, 'row')} of {axis.table}"
    if math.isinf(factor):
        return Advice(None, f"{has}; no number of rows would show {ratio} in {metric.label}: widen the claim.")
    needed = math.ceil(max(units, 1) * factor)
    share = axis.share.get(scarce, 0.0)
    more = (
        f"raise {axis.table} to {rounded_up(needed / share):,}"
        if share
        else f"generate {factor:.1f} times as many rows"
    )
    return Advice(needed, f"{has}; {ratio} in {metric.label} needs {needed:,}: {more}.")
