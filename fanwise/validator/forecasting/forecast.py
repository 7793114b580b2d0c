"""Forecast: will the audit pass? Answered from predicted moments, before the first row is made."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from fanwise.text.numbers import times
from fanwise.validator.contract.metrics import Metric, Pair, claimed_ratio, metrics_of
from fanwise.validator.contract.model import Contract
from fanwise.validator.contract.rank_conflicts import rank_conflicts
from fanwise.validator.forecasting.correlations import ExpectedRows, correlation_gates
from fanwise.validator.forecasting.outlook import Contradiction, Forecast, Outlook
from fanwise.validator.stats.intervals import Mean, compare, steadied
from fanwise.validator.stats.moments import Moments, Pilot, PilotSize
from fanwise.validator.stats.power import (
    JUDGED,
    concludable,
    excluded_probability,
    inside_probability,
    mean_of,
    pilot_noise,
    power,
)
from fanwise.validator.stats.sorts import sorts_decide
from fanwise.validator.verdict.sample_size import Advice, advise

__all__ = ["Contradiction", "Forecast", "Outlook", "forecast"]

MomentsBySegment = Mapping[str, Moments]
Chance = Callable[[Mean, Mean], float]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one metric: the predicted mean of each segment, or `reason`, why there are none.

    pilot: the rows that the means were measured on; None where they follow from formulas. rows: of the axis' table, in
    each segment.
    """

    means: Mapping[str, Mean] | None = None
    reason: str | None = None
    pilot: PilotSize | None = None
    rows: Mapping[str, float] = field(default_factory=dict)

    @property
    def steady(self) -> Mapping[str, Mean] | None:
        """The means with the scatter that the segments share, as it decides about order; a range looks at estimates."""
        if self.means is None:
            return None
        return dict(zip(self.means, steadied(list(self.means.values())), strict=True))


def forecast(
    contract: Contract,
    moments: Mapping[str, MomentsBySegment],
    unknown: Mapping[str, str] | None = None,
    pilots: Mapping[str, Pilot] | None = None,
    integrity: Iterable[tuple[Outlook, Contradiction | None]] = (),
    correlated: Mapping[str, Mapping[str, ExpectedRows]] | None = None,
) -> Forecast:
    """Predict the audit of data that follow `contract`.

    `moments` maps metric ids (see `metrics_of`) to moments per segment. An expectation without its own takes those of
    the effect that measures the same; a floor without any cannot pass, since nothing declares a difference.

    `unknown` maps ids of metrics without moments to the reason, as the end of a sentence: "is computed". Such a metric
    cannot be forecast, and neither can one whose moments are not finite. Neither counts in the probability.

    `pilots` maps ids of metrics without moments to what generated rows showed; chances heed that it is an estimate.

    `integrity`: further gates, on keys and row conditions, with the problem where one cannot pass.

    `correlated`: how many rows each correlation speaks of, by its id and the labels of its cells.
    """
    found = metrics_of(contract)
    known = {
        metric.id: _known(
            contract, metric, _moments(metric, found, moments), unknown or {}, (pilots or {}).get(metric.id)
        )
        for metric in found
    }
    contradictions = [
        Contradiction(metric, message, hint, sources) for metric, message, hint, sources in rank_conflicts(contract)
    ]
    said = _alike_to(found, {problem.metric for problem in contradictions})
    outlooks: list[Outlook] = []
    failures: dict[tuple[object, ...], float] = {}
    piloted: set[tuple[object, ...]] = set()
    effects = (gate for metric in _with_floors(found) for gate in _gates(contract, metric, known[metric.id]))
    others = chain(integrity, ((gate, None) for gate in correlation_gates(contract, correlated or {})))
    for outlook, event, problem in chain(effects, ((gate, (gate.metric,), problem) for gate, problem in others)):
        outlooks.append(outlook)
        if problem is not None and problem.metric not in said:
            contradictions.append(problem)
        if outlook.probability is not None:
            failures[event] = max(failures.get(event, 0.0), 1.0 - outlook.probability)
        if outlook.pilot is not None:
            piloted.add(event)
    return Forecast(
        contract.name, tuple(outlooks), tuple(contradictions), _all_pass(failures), contract.thresholds.confidence,
        contract.gates, _all_pass({event: chance for event, chance in failures.items() if event not in piloted}),
        _all_pass({event: chance for event, chance in failures.items() if event in piloted}),
    )  # fmt: skip


def _alike_to(found: tuple[Metric, ...], names: Collection[str]) -> set[str]:
    """Return the expectations that measure the same as one of these effects: a contradiction is reported once."""
    measured = {metric.measure.bare for metric in found if metric.id in names}
    return {metric.id for metric in found if metric.role == "expected" and metric.measure.bare in measured}


def _all_pass(failures: Mapping[tuple[object, ...], float]) -> float | None:
    """Return a lower bound of the probability that nothing fails (Bonferroni); None where there is nothing."""
    return max(0.0, 1.0 - math.fsum(failures.values())) if failures else None


def _known(
    contract: Contract,
    metric: Metric,
    own: MomentsBySegment | None,
    unknown: Mapping[str, str],
    pilot: Pilot | None,
) -> Known:
    if own is not None:
        means = _means(contract, metric, own)
        rows = {name: each.carriers for name, each in own.items()}
        return Known(means, None if means is not None else "has no finite variance", rows=rows)
    if pilot is None:
        return Known(None, unknown.get(metric.id))
    unit = 0.0 if metric.measure.aggregate in ("mean", "sum") else 1.0
    measured = {name: found.mean(unit) for name, found in pilot.moments.items()}
    if not all(math.isfinite(mean.variance) for mean in measured.values()):
        return Known(None, "has no finite variance")
    return Known(measured, None, pilot.size, {name: each.expected for name, each in pilot.moments.items()})


def _with_floors(found: tuple[Metric, ...]) -> Iterator[Metric]:
    """Yield the metrics with the floors that bind: none where a ratio is declared, as the verdict does."""
    for metric in found:
        claimed = any(claimed_ratio(found, metric, pair) for pair in metric.pairs()) and metric.role != "floor"
        yield replace(metric, floor=0.0) if claimed or metric.role == "watch" else metric


def _moments(
    metric: Metric, found: tuple[Metric, ...], moments: Mapping[str, MomentsBySegment]
) -> MomentsBySegment | None:
    own = moments.get(metric.id)
    if own is None and metric.role == "expected":
        alike = (other.id for other in found if other.role == "declared" and other.measure.same(metric.measure))
        own = next((moments[name] for name in alike if name in moments), None)
    return own


def _means(contract: Contract, metric: Metric, own: MomentsBySegment) -> dict[str, Mean] | None:
    """Return the predicted mean of each segment; None where one is not finite, since the segments share scatter."""
    if not all(each.finite for each in own.values()):
        return None
    table = contract.axes[metric.measure.axis].table
    found = [mean_of(metric.measure, table, each) for each in own.values()]
    finite = (
        math.isfinite(mean.variance) and (each.empty or math.isfinite(mean.value))
        for each, mean in zip(own.values(), found, strict=True)
    )
    return dict(zip(own, found, strict=True)) if all(finite) else None


Gate = tuple[Outlook, tuple[object, ...], Contradiction | None]


def _gates(contract: Contract, metric: Metric, known: Known) -> Iterator[Gate]:
    if metric.role == "watch":
        return
    for pair in metric.pairs():
        if pair.ratio != 1.0:
            yield _pair_gate(contract, metric, pair, known)
    for of, to, low, high in metric.ratios:
        yield _range_gate(contract, metric, Pair(of, to), (low, high), known)


def _pair_gate(contract: Contract, metric: Metric, pair: Pair, known: Known) -> Gate:
    limits = contract.thresholds
    floor = 1.0 + metric.floor
    alpha = (1 - limits.interval) / 2 if metric.role == "floor" else limits.alpha_direction
    gate = "floor" if metric.role == "floor" else "direction"
    told = times(pair.ratio) if pair.ratio and metric.claim == "ratio" else ""
    declared = told or (f"> {times(floor)}" if floor > 1 else "lower" if metric.mirrored else "higher")
    event = (metric.measure.bare, pair.high, pair.low, floor)
    means = known.steady
    if means is None:
        problem = _nothing_declared(metric, pair) if metric.role == "floor" and known.reason is None else None
        chance = 0.0 if problem else None
        return _outlook(metric, pair, gate, declared, None, chance, known=known), event, problem
    high, low = _signed(metric, means[pair.high], means[pair.low])
    passes = partial(_shown, alpha=alpha, against=floor, declared=pair.ratio, contract=contract, metric=metric)
    effective = _effective(high, low)
    problem = None
    if concludable(high, low) and compare(high, low).lead(floor) + pilot_noise(high, low, floor) <= 0:
        problem = _against(metric, pair, declared, effective)
    chance = passes(high, low)
    advice = _advice(contract, metric, pair, (high, low), passes, chance, known) if problem is None else None
    made = _outlook(metric, pair, gate, declared, effective, chance, advice, known=known)
    of_values = metric.measure.aggregate in ("mean", "sum") and 0 < chance < JUDGED
    bound = of_values and (high.heavy or low.heavy) and not sorts_decide(high, low)
    return replace(made, heavy=bound), event, problem


def _shown(
    high: Mean, low: Mean, *, alpha: float, against: float, declared: float | None, contract: Contract, metric: Metric
) -> float:
    """The chance that the direction is shown and the declared ratio, where one is claimed, not excluded."""
    chance = power(high, low, alpha, against=against)
    if declared is None or metric.claim != "ratio" or high.value <= 0 or low.value <= 0:
        return chance
    off = abs(math.log(high.value / low.value / declared))
    if off <= math.log1p(contract.thresholds.ratio_tolerance):
        return chance
    return max(0.0, chance - excluded_probability(high, low, declared, contract.thresholds.alpha_fail))


def _range_gate(contract: Contract, metric: Metric, pair: Pair, bounds: tuple[float, float], known: Known) -> Gate:
    declared = f"{bounds[0]:g} to {bounds[1]:g}"
    event = (metric.measure.bare, pair.high, pair.low, bounds)
    means = known.means
    if means is None:
        return _outlook(metric, pair, "range", declared, None, None, known=known), event, None
    high, low = means[pair.high], means[pair.low]
    effective = _effective(high, low)
    passes = partial(inside_probability, bounds=bounds)
    chance = passes(high, low)
    problem, fix = None, "change the multiplier, or the range under audit.expect."
    advice = _advice(contract, metric, pair, (high, low), passes, chance, known)
    if effective is not None and _outside(effective, high, low, bounds):
        gives = f"the plan gives {times(effective)}"
        if concludable(high, low):
            message = f"{metric.label}: {pair.label} is expected in {declared}, {gives}."
            problem, advice = Contradiction(metric.id, message, fix, (metric.source,)), None
        elif advice is not None:
            said = f"with more rows it is a FAIL, as {gives}: {fix}"
            advice = replace(advice, growth=math.inf, otherwise=said)
    return _outlook(metric, pair, "range", declared, effective, chance, advice, known=known), event, problem


def _outside(effective: float, high: Mean, low: Mean, bounds: tuple[float, float]) -> bool:
    noise = pilot_noise(high, low, effective) / abs(low.value)
    return effective + noise < bounds[0] or effective - noise > bounds[1]


def _signed(metric: Metric, high: Mean, low: Mean) -> tuple[Mean, Mean]:
    """Mirror the means of a metric whose declared means are negative, as the verdict does."""
    if not metric.mirrored:
        return high, low
    return high.mirrored(), low.mirrored()


def _effective(high: Mean, low: Mean) -> float | None:
    ratio = high.value / low.value if low.value else math.nan
    return ratio if math.isfinite(ratio) else None


def _outlook(
    metric: Metric, pair: Pair, gate: str, declared: str, effective: float | None, probability: float | None,
    advice: Advice | None = None, *, known: Known,
) -> Outlook:  # fmt: skip
    if probability is not None and not math.isfinite(probability):
        probability, advice = None, None
    unknown = known.reason or "has no known law" if probability is None else ""
    pilot = known.pilot if probability is not None else None
    needed, text = (None, "") if advice is None else (advice.needed, advice.text)
    return Outlook(
        metric.id, metric.label, pair.label, gate, declared, effective, probability, needed, text, unknown,
        metric.source, pilot, advice,
    )  # fmt: skip


def _advice(
    contract: Contract,
    metric: Metric,
    pair: Pair,
    means: tuple[Mean, Mean],
    passes: Chance,
    chance: float,
    known: Known,
) -> Advice | None:
    """Return what a gate lacks whose chance is below the power that the contract asks for."""
    if chance >= contract.thresholds.power:
        return None
    return advise(contract, metric, pair, means, passes, (known.rows[pair.high], known.rows[pair.low]))


def _nothing_declared(metric: Metric, pair: Pair) -> Contradiction:
    return Contradiction(
        metric.id,
        f"{pair.high} is ranked above {pair.low}, but nothing makes {metric.label} differ by {metric.measure.axis}.",
        f"declare a multiplier on {metric.measure.axis}, or drop the rank of {metric.measure.axis}.",
        (metric.source,),
    )


def _against(metric: Metric, pair: Pair, declared: str, effective: float | None) -> Contradiction:
    got = times(effective) if effective is not None else "no such ratio"
    return Contradiction(
        metric.id,
        f"{metric.label}: {pair.label} should be {declared}, the plan gives {got}.",
        "change the multiplier, or the rank that it contradicts.",
        (metric.source,),
    )
