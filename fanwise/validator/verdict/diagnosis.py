"""Causes: the pattern of the measured ratios names the likely fault and the line to look at.

| pattern | what the ratios show |
|---|---|
| `not_applied` | all about 1, and no other metric of the axis shows its effect |
| `one_level` | all about 1, while another metric of the same axis shows its effect |
| `lost_reference` | all about 1, and the segment is reached through a reference |
| `inverted` | all about one over the declared ratio |
| `swapped` | the declared means, in another order of the segments |
| `twice` | all about the square of the declared ratio |
| `clamped` | the order is right, the ratios are too small, and many values lie on a bound |
| `weaker` | the order is right, the ratios are too small |
| `some_segments` | some are there, others are not |
| `shares_off` | the segments do not have their declared shares |
| `undeclared` | a rank that nothing in the contract makes true |
| `unknown` | nothing to go by |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from fanwise.text.numbers import percent
from fanwise.validator.contract.metrics import Metric
from fanwise.validator.contract.model import NOWHERE, Source
from fanwise.validator.contract.paths import edges_along
from fanwise.validator.findings import Finding, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.extremes import Bound, held_at
from fanwise.validator.measures.pairs import Comparison

__all__ = ["Cause", "cause_of", "causes_of"]

ABSENT = 0.25
"""Achieved effects below this count as none; those above 1 − ABSENT as there."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something failed. pattern: see the table above; metric: its id; text: one sentence without its full stop."""

    pattern: str
    metric: str
    label: str
    text: str
    source: Source = NOWHERE

    def __str__(self) -> str:
        place = f" (declared at {self.source})" if str(self.source) else ""
        return f"{self.text}{place}."


def cause_of(evidence: Evidence, metric: Metric) -> str:
    """Return the likely cause of a metric that does not show what is declared, with the place, as one sentence."""
    return str(_cause(evidence, metric))


def causes_of(evidence: Evidence, findings: Iterable[Finding]) -> Iterator[Cause]:
    """Yield one cause per metric that failed, and one per axis whose shares are off, in the order of the findings."""
    metrics = {metric.id: metric for metric in evidence.metrics}
    seen: set[object] = set()
    for finding in findings:
        if finding.status is not Status.FAIL:
            continue
        if finding.check == "shares":
            axis = finding.id.removeprefix("shares.")
            text = "the shares are wrong: check the shares of the axis, and whether rows are missing"
            yield Cause("shares_off", "", f"shares of {axis}", text, finding.source)
        elif finding.metric in metrics:
            metric = metrics[finding.metric]
            if metric.measure not in seen:
                seen.add(metric.measure)
                yield _cause(evidence, metric)


def _cause(evidence: Evidence, metric: Metric) -> Cause:
    if metric.role == "floor":
        text = f"nothing makes the segments differ: declare a multiplier on {metric.measure.axis}, or remove its rank"
        return Cause("undeclared", metric.id, metric.label, text, metric.source)
    base = metric if metric.role == "declared" else _declared_twin(evidence, metric)
    if base is None or not base.declared:
        text = f"check what should make {metric.label} differ by {metric.measure.axis}"
        return Cause("unknown", metric.id, metric.label, text, metric.source)
    found = _comparisons(evidence, base)
    achieved = [value for comparison in found if (value := comparison.achieved()) is not None]
    if not achieved:
        return Cause("unknown", base.id, base.label, f"check the multiplier of {base.label}", base.source)
    pattern, text = _pattern(evidence, base, achieved)
    return Cause(pattern, base.id, base.label, text, base.source)


def _pattern(evidence: Evidence, metric: Metric, achieved: list[float]) -> tuple[str, str]:
    if all(abs(value) < ABSENT for value in achieved):
        return _absent(evidence, metric)
    if all(-1 - ABSENT < value < -1 + ABSENT for value in achieved):
        return "inverted", "the effect is inverted: every ratio is about one over the declared one"
    swapped = _swapped(evidence, metric)
    if swapped:
        return "swapped", f"the labels look swapped: {swapped}"
    if all(2 - ABSENT < value < 2 + ABSENT for value in achieved):
        return "twice", "the multiplier looks applied twice"
    if all(0 < value < 1 for value in achieved):
        return _weaker(evidence, metric)
    bound = _bound(evidence, metric)
    if bound and all(value > -ABSENT for value in achieved):
        return "clamped", bound
    return "some_segments", "the multiplier is applied to some segments only, or something else differs between them"


def _absent(evidence: Evidence, metric: Metric) -> tuple[str, str]:
    """The segments do not differ: where did the multiplier get lost?"""
    edges = edges_along(evidence.contract.tables, metric.measure.table, metric.measure.path)
    reference = next((edge for edge in edges if edge.kind == "ref"), None)
    if reference is not None:
        name = " + ".join(reference.columns)
        return "lost_reference", f"the segments do not differ: the multiplier was lost through the reference {name}"
    others = [
        other
        for other in evidence.metrics
        if other.role == "declared" and other.id != metric.id and other.measure.axis == metric.measure.axis
    ]
    shown = next((other for other in others if _is_there(evidence, other)), None)
    if shown is not None:
        text = f"the multiplier is not applied here, though it is in {shown.label}: it was lost on the way"
        return "one_level", text
    return "not_applied", "the segments do not differ: the multiplier is not applied"


def _weaker(evidence: Evidence, metric: Metric) -> tuple[str, str]:
    """The order is right, the magnitude too small: a bound that holds many values is the usual reason."""
    bound = _bound(evidence, metric)
    if bound:
        return "clamped", bound
    return "weaker", "weaker than declared: the multiplier is applied to a part of the rows, or a bound clamps it"


def _bound(evidence: Evidence, metric: Metric) -> str:
    """Return which bound holds the most values, if one does."""
    if metric.measure.aggregate not in ("count", "mean"):
        return ""
    found = [bound for bound in evidence.bounds(metric.measure) if bound.segment in metric.declared]
    held = max((bound for bound in found if held_at(bound)), key=_weight, default=None)
    if held is None:
        return ""
    low, high = held.at_low / held.n, held.at_high / held.n
    if held_at(held) == "low":
        return f"weaker than declared: a lower bound holds {percent(low)} of {held.segment} at {held.low:g}"
    return f"weaker than declared: an upper bound clamps {percent(high)} of {held.segment} at {held.high:g}"


def _weight(bound: Bound) -> float:
    return (bound.at_low if held_at(bound) == "low" else bound.at_high) / bound.n


def _swapped(evidence: Evidence, metric: Metric) -> str:
    """Return how the segments look exchanged, if the measured means fit the declared ones in another order."""
    means = {name: each.mean for name, each in evidence.estimates(metric.measure).items() if name in metric.declared}
    if len(means) != len(metric.declared) or any(not mean > 0 for mean in means.values()):
        return ""
    declared = sorted(metric.declared, key=lambda name: -metric.declared[name])
    measured = sorted(means, key=lambda name: -means[name])
    moved = [(want, got) for want, got in zip(declared, measured, strict=True) if want != got]
    if not moved or any(value <= 0 for value in metric.declared.values()):
        return ""
    for (one, other), (first, second) in zip(pairwise(declared), pairwise(measured), strict=True):
        expected, got = metric.declared[one] / metric.declared[other], means[first] / means[second]
        if not 0.9 < got / expected < 1.1:
            return ""
    return ", ".join(f"{got} behaves like {want}" for want, got in moved)


def _is_there(evidence: Evidence, metric: Metric) -> bool:
    if not evidence.usable(metric):
        return False
    achieved = [value for each in _comparisons(evidence, metric) if (value := each.achieved()) is not None]
    return bool(achieved) and all(value > 1 - ABSENT for value in achieved)


def _comparisons(evidence: Evidence, metric: Metric) -> list[Comparison]:
    return [evidence.comparison(metric, pair) for pair in metric.pairs()]


def _declared_twin(evidence: Evidence, metric: Metric) -> Metric | None:
    alike = (other for other in evidence.metrics if other.role == "declared" and other.measure.same(metric.measure))
    return next(alike, None)
