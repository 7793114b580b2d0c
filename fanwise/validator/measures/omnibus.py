"""Differences: what describes a measure beside its claims, from evidence. None of it gates.

The unit is a carrier. Counts and totals per carrier have the same law in all segments where segments do not differ, so
that ranks and deciles of carriers are tests. Means of a carrier's rows do not: the more rows, the less a mean scatters,
so that a fanout alone changes their ranks and shape. For these the statistics are shown and no p is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from fanwise.validator.contract.metrics import Measure, Metric, Pair
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.rank_counts import Carriers, Deciles
from fanwise.validator.stats.descriptive import Anova, ChiSquare, Group, chi_square, closeness, explained, welch_anova
from fanwise.validator.stats.ranks import Kruskal, Trend

__all__ = ["Contrast", "Statistics", "claimed_order", "measured_once", "statistics"]

T = TypeVar("T", Kruskal, Trend, ChiSquare)

EQUIVALENCE = 0.90
"""Level of the interval by which two one-sided tests at 5 % show how close two means are."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two segments by carrier. superiority: the probability that a carrier of `high` lies above one of `low`.

    closeness: the two means differ by less than this share, shown by two one-sided tests at 5 %.
    """

    high: str
    low: str
    superiority: float | None
    closeness: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """What describes a measure; None where it cannot be computed.

    anova: Welch, of the means; kruskal, trend, deciles and shape (χ² of the deciles): of carriers. eta2, omega2: share
    of the variance of single counts or values that the segments explain. dispersion: variance / mean of counts.
    """

    anova: Anova | None
    kruskal: Kruskal | None
    eta2: float | None
    omega2: float | None
    trend: Trend | None
    deciles: Deciles | None
    shape: ChiSquare | None
    contrasts: tuple[Contrast, ...]
    dispersion: Mapping[str, float]


def measured_once(evidence: Evidence) -> Iterator[tuple[Metric, tuple[Metric, ...]]]:
    """Yield each measure that is judged, as its first metric and all metrics that judge it.

    Ranks and deciles of units say little where their exposures differ: such measures are left out.
    """
    groups: dict[Measure, list[Metric]] = {}
    for metric in evidence.metrics:
        if metric.role != "watch" and metric.measure.exposure is None:
            groups.setdefault(metric.measure, []).append(metric)
    yield from ((metrics[0], tuple(metrics)) for metrics in groups.values())


def claimed_order(metrics: Sequence[Metric]) -> tuple[str, ...]:
    """Return the order that is claimed, highest first; empty where none is, or where some are claimed equal.

    Of factors on negative means, the smallest one makes the highest mean.
    """
    for metric in metrics:
        levels = set(metric.declared.values())
        order: tuple[str, ...] = ()
        if metric.role == "declared" and len(levels) == len(metric.declared):
            order = tuple(sorted(metric.declared, key=lambda name: -metric.declared[name]))
        elif metric.role != "declared":
            order = metric.rank
        if order:
            return order[::-1] if metric.negative else order
    return ()


def statistics(evidence: Evidence, metrics: Sequence[Metric]) -> Statistics:
    """Return what describes the measure that `metrics` share, over the declared segments."""
    measure = metrics[0].measure
    segments = evidence.contract.axes[measure.axis].segments
    found = evidence.estimates(measure)
    means = [found[name].as_mean() for name in segments if name in found and found[name].units]
    spreads = evidence.spreads(measure) if measure.aggregate != "share" else {}
    own = {name: spreads[name] for name in segments if name in spreads}
    parts = explained([Group(each.n, each.mean, each.sd * each.sd) for each in own.values()])
    below, order = evidence.carriers(measure), claimed_order(metrics)
    fair = _exchangeable(measure, evidence.contract.axes[measure.axis].table)

    def tested(found: T | None) -> T | None:
        return found if found is None or fair else replace(found, p=None)

    dispersion = {name: each.sd * each.sd / each.mean for name, each in own.items() if each.mean > 0 and each.n > 1}
    return Statistics(
        anova=welch_anova(means),
        kruskal=tested(below.ranks.kruskal() if below else None),
        eta2=parts[0] if parts else None,
        omega2=parts[1] if parts else None,
        trend=tested(below.ranks.trend(order) if below and order else None),
        deciles=below.deciles if below else None,
        shape=tested(chi_square(list(below.deciles.counts.values())) if below else None),
        contrasts=tuple(_contrasts(evidence, metrics, below)),
        dispersion=dispersion if measure.aggregate == "count" else {},
    )


def _exchangeable(measure: Measure, carrier: str) -> bool:
    """Whether carriers have one law where segments do not differ: not so for means of a varying number of rows."""
    if measure.cluster:
        return False
    if measure.aggregate in ("count", "sum"):
        return measure.per == carrier
    return not measure.path


def _contrasts(evidence: Evidence, metrics: Sequence[Metric], below: Carriers | None) -> Iterator[Contrast]:
    pairs = dict.fromkeys((pair.high, pair.low) for metric in metrics for pair in metric.pairs())
    for high, low in pairs:
        interval = evidence.comparison(metrics[0], Pair(high, low)).plain(EQUIVALENCE)
        bound = closeness(interval.low, interval.high) if interval else None
        yield Contrast(high, low, below.ranks.superiority(high, low) if below else None, bound)
