"""Judging pairs: what the checks of effects share, so that they decide and speak alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from fanwise.text.numbers import number, p_text, percent, ratio_text, times
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.metrics import Metric, Pair, claimed_ratio
from fanwise.validator.findings import Finding, Interval, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.pairs import Comparison
from fanwise.validator.stats.power import power
from fanwise.validator.verdict.diagnosis import cause_of
from fanwise.validator.verdict.sample_size import advise

__all__ = ["UNLIKELY", "PairSubject", "direction", "measured_text", "pair_finding", "pair_subjects"]

UNLIKELY = "one in a thousand correct data sets looks like this; try another seed."

PairSubject = Subject[tuple[Metric, Pair]]


def pair_subjects(evidence: Evidence, wanted: Callable[[Metric, Pair], bool]) -> Iterator[PairSubject]:
    """Yield a subject for each pair of each metric that `wanted` accepts."""
    for metric in evidence.metrics:
        for pair in metric.pairs():
            if wanted(metric, pair):
                identity, needs = f"{metric.id}.{pair.high}-vs-{pair.low}", evidence.needs(metric.measure)
                yield Subject(identity, (metric, pair), needs, metric.measure.axis, (pair.high, pair.low))


def measured_text(comparison: Comparison, interval: Interval | None = None) -> str:
    """Return the measurement in words: `order per customer: VIP 1.01× Standard (95 % CI 0.98 to 1.05)`.

    Where there is no ratio, it is the difference: `mean order.balance: VIP 150 above Standard (95 % CI 148 to 152)`.
    """
    metric, pair = comparison.metric, comparison.pair
    apart, around = comparison.difference, comparison.difference_interval()
    if apart is not None and around is not None:
        side, ends = ("above", (around.low, around.high)) if apart >= 0 else ("below", (-around.high, -around.low))
        bounds = f"({100 * around.level:g} % CI {number(ends[0])} to {number(ends[1])})"
        return f"{metric.label}: {pair.high} {number(abs(apart))} {side} {pair.low} {bounds}"
    interval = interval or comparison.interval()
    bounds = (
        f" ({100 * interval.level:g} % CI {ratio_text(interval.low)} to {ratio_text(interval.high)})"
        if interval
        else ""
    )
    estimate = times(comparison.estimate) if comparison.estimate is not None else "not comparable with"
    return f"{metric.label}: {pair.high} {estimate} {pair.low}{bounds}"


def pair_finding(
    check: str,
    comparison: Comparison,
    status: Status,
    message: str,
    *,
    severity: Severity = Severity.EFFECT,
    hint: str = "",
    p: float | None = None,
    p_adjusted: float | None = None,
    threshold: float | None = None,
    interval: Interval | None = None,
    suffix: str = "",
    evidence: Mapping[str, object] | None = None,
) -> Finding:
    """Return the finding of one pair with all its numbers."""
    metric, pair = comparison.metric, comparison.pair
    return Finding(
        id=f"{check}.{metric.id}.{pair.high}-vs-{pair.low}{suffix}",
        check=check,
        status=status,
        message=message if status is Status.PASS else _naming(message, comparison.dominant),
        severity=severity,
        hint=_with_unit(hint, comparison.dominant) if status is Status.INCONCLUSIVE else hint,
        metric=metric.id,
        pair=(pair.high, pair.low),
        declared=pair.ratio,
        estimate=comparison.estimate,
        interval=interval or comparison.interval(),
        p=p,
        p_adjusted=p_adjusted,
        n=comparison.units,
        threshold=threshold,
        achieved=comparison.achieved(),
        source=metric.source,
        evidence=evidence or {},
    )


def _naming(message: str, dominant: tuple[str, ...]) -> str:
    return f"{'; '.join([message.removesuffix('.'), *dominant])}." if dominant else message


def _with_unit(hint: str, dominant: tuple[str, ...]) -> str:
    """Return a hint that begins with the units that decide by themselves: more rows may not be what is missing."""
    units = " and ".join(each.partition(" alone ")[0] for each in dominant)
    return f"look at {units} first; if that is right, {hint}" if units and hint else hint


def direction(check: str, evidence: Evidence, comparison: Comparison) -> Finding:
    """Return whether `high > low` is shown; all pairs must pass, so no correction is needed.

    Shown is: one-sided at alpha_direction. Not shown is FAIL where the data exclude what is claimed, else INCONCLUSIVE:
    the declared ratio where one is claimed, a floor where the contract states one, otherwise just "higher".
    """
    limits, metric = evidence.contract.thresholds, comparison.metric
    pair, ratio = comparison.pair, comparison.cautious
    if ratio is None:
        message = f"{metric.label}: {pair.label} cannot be judged: {comparison.reason}."
        hint = _more(evidence, comparison)
        return pair_finding(check, comparison, Status.INCONCLUSIVE, message, hint=hint)
    claimed = claimed_ratio(evidence.metrics, metric, pair)
    floor = 0.0 if claimed or metric.role != "expected" else metric.floor
    p = ratio.p_value(1.0 + floor, "greater")
    declared = claimed or pair.ratio
    told = f"; {evidence.contract.source_word} {times(declared)}" if declared else ""
    asked = told if claimed else f"; {pair.high} {_should(floor, lower=metric.mirrored)}"
    measured = measured_text(comparison)
    status, hint = Status.PASS, ""
    if p <= limits.alpha_direction:
        message = f"{measured}{asked if floor else told}."
    elif _excluded(evidence, comparison, claimed, floor):
        status, hint = Status.FAIL, cause_of(evidence, metric)
        message = f"{measured}{asked}."
    else:
        status, hint = Status.INCONCLUSIVE, _more(evidence, comparison)
        few = "too little data to decide"
        why = f"{few}, as a few huge values make much of the total" if comparison.heavy else few
        message = f"{measured}{asked if floor else told}: {why} (p {p_text(p)})."
    return pair_finding(check, comparison, status, message, hint=hint, p=p, threshold=limits.alpha_direction)


def _should(floor: float, *, lower: bool) -> str:
    side = "lower" if lower else "higher"
    return f"must be at least {percent(floor, 0)} {side}" if floor else f"should be {side}"


def _excluded(evidence: Evidence, comparison: Comparison, claimed: float | None, floor: float) -> bool:
    limits, ratio = evidence.contract.thresholds, comparison.cautious
    if ratio is None:
        return False
    adjusted = evidence.excluded.get((comparison.metric.id, comparison.pair.label))
    if adjusted is not None:
        return adjusted <= limits.alpha_fail
    if claimed is not None and ratio.estimate is not None:
        return comparison.p_against(claimed, limits.ratio_tolerance) <= limits.alpha_fail
    return ratio.p_value(1.0 + floor, "less") < (1 - limits.interval) / 2


def _more(evidence: Evidence, comparison: Comparison) -> str:
    """Return how many rows it would take to show what is declared, with the scatter that decided."""
    if evidence.brief:
        return ""
    high, low, ratio = comparison.high, comparison.low, comparison.cautious
    expected = comparison.pair.ratio or claimed_ratio(evidence.metrics, comparison.metric, comparison.pair)
    clustered = comparison.metric.measure.cluster is not None
    if (
        high is None
        or low is None
        or expected is None
        or not low.mean > 0
        or min(high.units, low.units) < 2
        or clustered
    ):
        return f"generate more {comparison.metric.units}."
    above, under = (ratio.high, ratio.low) if ratio is not None else (high.as_mean(), low.as_mean())
    supposed = expected * under.value
    shrink = (supposed / above.value) ** 2 if above.value > 0 else 1.0
    means = replace(above, value=supposed, variance=above.variance * shrink).floored(), under
    passes = partial(power, alpha=evidence.contract.thresholds.alpha_direction)
    rows = high.carriers, low.carriers
    return advise(evidence.contract, comparison.metric, comparison.pair, means, passes, rows).text
