"""Advice: how much more data a comparison needs, in the words of whoever wrote the schema."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fanwise.text.numbers import count, rounded_up, times
from fanwise.validator.contract.metrics import Metric, Pair
from fanwise.validator.contract.model import Contract
from fanwise.validator.stats.intervals import Mean
from fanwise.validator.stats.power import growth_for

__all__ = ["Advice", "advise"]

ELSE = "a larger effect, a more even share of the segments, less scatter or `claim: none` would help"
"""What helps where no number of rows does."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a comparison lacks.

    table: that of the axis; scarce: the segment with fewer rows of it, `rows` in number; share: its declared share (0:
    unknown). claim: what is to be shown. growth: the factor on the rows at which the comparison reaches the power
    that the contract asks for (infinite: there is none). nothing: what no row of the segment has, where that is why.
    otherwise: what more rows would bring to light instead, and what to do about it.
    """

    table: str
    scarce: str
    rows: int
    share: float
    claim: str
    growth: float
    nothing: str = ""
    otherwise: str = ""

    @property
    def needed(self) -> int | None:
        """Rows that the scarce segment needs; None where no number would do."""
        return None if math.isinf(self.growth) else math.ceil(max(self.rows, 1) * self.growth)

    @property
    def text(self) -> str:
        """The advice in one sentence, as the moments have it: to grow the table of the axis."""
        if self.needed is None:
            return self.hopeless
        if self.growth <= 1:
            return f"{self._has}, enough for {self.claim}: these data show less than that."
        if self.share:
            return self.raised({self.table: rounded_up(self.needed / self.share)})
        return f"{self._has}; {self.claim} needs {self.needed:,}: generate {self.growth:.1f} times as many rows."

    @property
    def hopeless(self) -> str:
        """The advice where no number of rows helps."""
        if self.otherwise:
            return f"{self._has}, too few to judge; {self.otherwise}"
        if self.nothing:
            return f"{self._has}, and none has {self.nothing}: {self.claim} cannot be shown, unless some get one."
        return f"{self._has}; no number of rows is known to show {self.claim}: {ELSE}."

    def raised(self, tables: Mapping[str, int], needed: int | None = None) -> str:
        """Return the advice to raise these tables to so many rows, of which the scarce segment gets `needed`."""
        fix = " and ".join(f"{name} to {rows:,}" for name, rows in tables.items())
        return f"{self._has}; {self.claim} needs {needed or self.needed:,}: raise {fix}."

    @property
    def _has(self) -> str:
        return f"{self.scarce} has {count(self.rows, 'row')} of {self.table}"


def advise(
    contract: Contract,
    metric: Metric,
    pair: Pair,
    means: tuple[Mean, Mean],
    passes: Callable[[Mean, Mean], float],
    rows: tuple[float, float],
) -> Advice:
    """Return what it takes for `passes` to reach the power that the contract asks for.

    means, rows: of the pair's two segments: estimates, and rows of the axis' table, those without information, too.
    What a pilot measured counts as known here, since a larger pilot may know it better.
    """
    high, low = (replace(mean, known=math.inf, doubt=0.0) for mean in means)
    axis = contract.axes[metric.measure.axis]
    scarce, has = min(((pair.high, rows[0]), (pair.low, rows[1])), key=lambda item: item[1])
    ratio = times(high.value / low.value) if low.value else "a difference"
    for name, mean, own in ((pair.high, high, rows[0]), (pair.low, low, rows[1])):
        if math.isnan(mean.value):  # no number of rows makes a mean of nothing
            claim = f"{times(pair.ratio) if pair.ratio else 'a difference'} in {metric.label}"
            share = axis.share.get(name, 0.0)
            return Advice(axis.table, name, round(own), share, claim, math.inf, metric.measure.noun)
    growth = growth_for(passes, high, low, contract.thresholds.power)
    return Advice(axis.table, scarce, round(has), axis.share.get(scarce, 0.0), f"{ratio} in {metric.label}", growth)
