"""Comparisons: two segments of one metric, as measured, beside what is claimed about them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fanwise.text.numbers import count
from fanwise.validator.contract.metrics import Metric, Pair
from fanwise.validator.findings import Interval
from fanwise.validator.measures.estimates import Estimate
from fanwise.validator.stats.intervals import Mean, Ratio, compare, counted_gap, steadied, t_tail
from fanwise.validator.stats.power import FEWEST

__all__ = ["SHOWN", "Comparison", "compared"]

SHOWN = 0.95
"""Level of the intervals that are shown; what decides is the contract's thresholds."""

APPROXIMATE_BELOW = 30
"""Units below which an interval is called approximate."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One pair of one metric. `ratio` is None where nothing can be concluded, and `reason` says why.

    `cautious` is `ratio` with steadied variances: it decides, and its interval is shown. dominant: names each unit that
    makes much of the total of one of the two segments.
    """

    metric: Metric
    pair: Pair
    high: Estimate | None
    low: Estimate | None
    ratio: Ratio | None
    cautious: Ratio | None = None
    reason: str = ""
    dominant: tuple[str, ...] = ()

    @property
    def estimate(self) -> float | None:
        """The ratio of the two means, also where too little is there to conclude from it."""
        if self.ratio is not None:
            return self.ratio.estimate
        if self.high is None or self.low is None or not self.low.mean:
            return None
        value = self.high.mean / self.low.mean
        return value if math.isfinite(value) else None

    @property
    def units(self) -> tuple[int, int]:
        """Units of the two segments."""
        return (self.high.units if self.high else 0, self.low.units if self.low else 0)

    @property
    def approximate(self) -> bool:
        """Whether few units or a heavy tail make the interval approximate (n < 30 or n < 100·CV²)."""
        if self.ratio is None:
            return True
        return any(side.n < APPROXIMATE_BELOW or side.heavy for side in (self.ratio.high, self.ratio.low))

    @property
    def heavy(self) -> bool:
        """Whether a few huge values decide, and not the number of units."""
        if self.metric.measure.aggregate not in ("mean", "sum") or min(self.units) < APPROXIMATE_BELOW:
            return False
        return self.ratio is not None and (self.ratio.high.heavy or self.ratio.low.heavy)

    def interval(self, level: float = SHOWN) -> Interval | None:
        """Return the interval of the ratio at `level`, which decides."""
        return _interval(self.cautious, level)

    @property
    def difference(self) -> float | None:
        """The difference of the two means, where there is no ratio of them."""
        if self.ratio is None or self.ratio.estimate is not None or self.high is None or self.low is None:
            return None
        return self.high.mean - self.low.mean

    def difference_interval(self, level: float = SHOWN) -> Interval | None:
        """Return the interval of the difference at `level`, where there is no ratio."""
        if self.difference is None or self.cautious is None:
            return None
        ends = self.cautious.difference(level)
        return Interval(level, *(sorted(-end for end in ends) if self.metric.mirrored else ends))

    def plain(self, level: float) -> Interval | None:
        """Return the interval that the two segments give by themselves."""
        return _interval(self.ratio, level)

    def achieved(self) -> float | None:
        """Return the effect achieved, ln(measured) / ln(declared): 1 if fully there, negative if reversed."""
        declared, measured = self.pair.ratio, self.estimate
        if declared is None or declared in (0.0, 1.0) or measured is None or measured <= 0:
            return None
        return math.log(measured) / math.log(declared)

    def excluded_p(self, tolerance: float) -> float:
        """Return the p-value of `the ratio is within the (relative) tolerance of the declared one`."""
        declared = self.pair.ratio
        return 1.0 if declared is None else self.p_against(declared, tolerance)

    def p_against(self, declared: float, tolerance: float) -> float:
        """Return the p-value of `the ratio is within the tolerance of `declared``, which allows for heavy tails."""
        ratio, plain = self.cautious, self.ratio
        if ratio is None or plain is None:
            return 1.0
        if ratio.estimate is None:
            wrong = max(ratio.high.value, ratio.low.value) < 0
            return ratio.p_value(1.0, "less") if wrong else ratio.p_value(declared)
        room = math.log1p(tolerance)
        if declared not in (0.0, 1.0):
            room = min(room, abs(math.log(declared)) / 2)  # a tolerance never makes equal segments right
        gap = max(0.0, abs(math.log(ratio.estimate / declared)) - room)
        if ratio.se == 0.0:
            return 0.0 if gap > 0 else 1.0
        own, steady = (plain.high, ratio.high) if ratio.estimate < declared else (plain.low, ratio.low)
        missing = 1 - own.variance / steady.variance if steady.variance else 0.0
        return t_tail(counted_gap(gap, missing) / ratio.se, ratio.freedom, "two-sided")


def _interval(ratio: Ratio | None, level: float) -> Interval | None:
    bounds = ratio.interval(level) if ratio is not None else None
    return Interval(level, *bounds) if bounds is not None else None


def compared(metric: Metric, pair: Pair, means: Mapping[str, Mean], found: Mapping[str | None, Estimate]) -> Comparison:
    """Return the comparison of a pair, or why there is none.

    The segments share their scatter, but a segment with a unit that makes much of its total keeps it to itself.
    """
    high, low = found.get(pair.high), found.get(pair.low)
    reason = next((why for name in (pair.high, pair.low) if (why := _lacks(metric, name, found.get(name)))), "")
    if reason or high is None or low is None:
        return Comparison(metric, pair, high, low, None, None, reason)
    above, under = means[pair.high], means[pair.low]
    if above.value == under.value == 0:
        nothing = f"no {metric.measure.table} counts in either segment" if not metric.is_value else "both means are 0"
        return Comparison(metric, pair, high, low, None, None, nothing)
    sharing = {name: mean for name, mean in means.items() if name in (pair.high, pair.low) or not found[name].dominated}
    steady = dict(zip(sharing, steadied(list(sharing.values())), strict=True))
    shown, cautious = compare(above, under), compare(steady[pair.high], steady[pair.low])
    if metric.signed and max(above.value, under.value) < 0:  # both have the wrong sign
        shown, cautious = replace(shown, estimate=None), replace(cautious, estimate=None)
    return Comparison(metric, pair, high, low, shown, cautious)


def _lacks(metric: Metric, name: str, estimate: Estimate | None) -> str:
    if estimate is None or estimate.carriers == 0:
        return f"{name} has no {metric.units}"
    if estimate.units == 0:
        return f"{name} has {_counted(metric, estimate.carriers)}, none of them with {metric.measure.noun}"
    if not math.isfinite(estimate.variance):
        return f"the values of {name} are too large or too small to be squared"
    if estimate.units < FEWEST:
        return f"{name} has {_counted(metric, estimate.units)} to judge by, fewer than {FEWEST}"
    return ""


def _counted(metric: Metric, number: int) -> str:
    word, _, of = metric.units.partition("s ")
    return f"{count(number, word)} {of}"
