"""Causes: the pattern of the measured ratios names the likely fault and the line to look at.

| pattern | what the ratios show |
|---|---|
| `not_applied` | all about 1, and no other metric of the axis shows its effect |
| `one_level` | all about 1, while another metric of the same axis shows its effect |
| `lost_reference` | all about 1, and the segment is reached through a reference |
| `inverted` | all about one over the declared ratio |
| `swapped` | the declared means, in another order of the segments |
| `twice` | all about the square of the declared ratio |
| `clamped` | none is too large, and many values lie on a bound that nothing declares |
| `mixed_labels` | every effect of the axis is too small |
| `weaker` | the order is right, the ratios are too small |
| `stronger` | the order is right, the ratios are too large |
| `some_segments` | some are there, others are not |
| `sign` | the means have the other sign |
| `shares_off` | the segments do not have their declared shares |
| `undeclared` | a rank that nothing in the contract makes true |
| `unknown` | nothing to go by |

A cause is stated where the data exclude the others: the 95 % intervals lie within the pattern, and another metric of
the axis shows that the labels are right. Elsewhere it is a `perhaps`. Bounds that the contract declares are no cause:
the planner solves for them, so healthy data have them as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from fanwise.text.numbers import percent
from fanwise.validator.contract.metrics import Metric
from fanwise.validator.contract.model import NOWHERE, Edge, Source
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.errors import QueryError
from fanwise.validator.findings import Finding, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.extremes import Bound, held_at
from fanwise.validator.measures.pairs import Comparison
from fanwise.validator.verdict.shown import Shown

__all__ = ["Cause", "cause_of", "causes_of"]

ABSENT = 0.25
"""Achieved effects below this count as none; those above 1 − ABSENT as there."""

ALIKE = 0.35
"""Effects that lie no farther apart than this are weaker alike."""


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
    return "" if evidence.brief else str(_cause(evidence, metric))


def causes_of(evidence: Evidence, findings: Iterable[Finding]) -> Iterator[Cause]:
    """Yield one cause per metric that failed, and one per axis whose labels or shares are off, in order of findings."""
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
            if metric.measure in seen:
                continue
            seen.add(metric.measure)
            cause = _cause(evidence, metric)
            if cause.metric or cause not in seen:
                yield cause
            seen.add(cause)


def _cause(evidence: Evidence, metric: Metric) -> Cause:
    if metric.role == "floor":
        text = f"nothing makes the segments differ: declare a multiplier on {metric.measure.axis}, or remove its rank"
        return Cause("undeclared", metric.id, metric.label, text, metric.source)
    base = metric if metric.role == "declared" else _declared_twin(evidence, metric)
    if base is None or not base.declared:
        text = f"check what should make {metric.label} differ by {metric.measure.axis}"
        return Cause("unknown", metric.id, metric.label, text, metric.source)
    found = _comparisons(evidence, base)
    if found and all(_wrong_sign(each) for each in found):
        return Cause("sign", base.id, base.label, "the means have the wrong sign", base.source)
    shown = Shown.of(found)
    if not shown.points:
        return Cause("unknown", base.id, base.label, f"check what is declared of {base.label}", base.source)
    pattern, text = _pattern(evidence, base, shown)
    if pattern == "mixed_labels":
        axis = base.measure.axis
        return Cause(pattern, "", f"labels of {axis}", text, evidence.contract.axes[axis].source)
    return Cause(pattern, base.id, base.label, text, base.source)


def _wrong_sign(comparison: Comparison) -> bool:
    ratio = comparison.ratio
    return ratio is not None and comparison.metric.signed and max(ratio.high.value, ratio.low.value) < 0


def _pattern(evidence: Evidence, metric: Metric, shown: Shown) -> tuple[str, str]:
    others = _others(evidence, metric)
    there = next((other for other, effect in others if effect.about(1 - ABSENT, math.inf)), None)
    if shown.about(-ABSENT, ABSENT) or _gone(evidence, metric):
        return _absent(evidence, metric, others, sure=shown.surely(-ABSENT, ABSENT))
    if shown.about(-1 - ABSENT, -1 + ABSENT):
        sure = there is not None and shown.surely(-1 - ABSENT, -1 + ABSENT)
        text = "every ratio is about one over the declared one"
        return "inverted", (
            f"the effect is inverted: {text}"
            if sure
            else f"perhaps the effect is inverted, or the labels are swapped: {text}"
        )
    swapped = _swapped(evidence, metric)
    if swapped:
        right = f"the labels are right in {there.label}, so the numbers" if there else "the labels"
        return "swapped", f"{right} look swapped: {swapped}"
    if shown.about(2 - ABSENT, 2 + ABSENT):
        sure = len(shown.points) > 1 and shown.surely(2 - ABSENT, 2 + ABSENT)
        return "twice", f"{'' if sure else 'perhaps '}the multiplier {'looks' if sure else 'is'} applied twice"
    bound = _bound(evidence, metric) if shown.weaker and shown.about(-ABSENT, math.inf) else ""
    if bound:
        return "clamped", bound
    if shown.about(0, 1):
        return _weaker(evidence, metric, shown, others)
    if shown.about(1, math.inf):
        return "stronger", "stronger than declared: perhaps something else makes the segments differ as well"
    if evidence.contract.source_word == "reference":
        return "some_segments", "the effect differs from the reference in some segments"
    text = "perhaps the multiplier is applied to some segments only, or something else differs between them"
    return "some_segments", text


def _absent(
    evidence: Evidence, metric: Metric, others: Sequence[tuple[Metric, Shown]], *, sure: bool
) -> tuple[str, str]:
    """The segments do not differ: where did the multiplier get lost?"""
    there = [other for other, effect in others if effect.about(1 - ABSENT, math.inf)]
    perhaps = "" if sure and there else "perhaps "
    edges = _edges(evidence, metric)
    used = {edge for other in there for edge in _edges(evidence, other)}
    reference = next(((table, edge) for table, edge in edges if edge.kind == "ref" and (table, edge) not in used), None)
    labels = "" if there else ", or the labels are mixed up"
    judged = evidence.contract.source_word == "reference"
    if judged and there:
        return "one_level", f"the effect of the reference is lost here, though it is in {there[0].label}"
    if judged:
        return "not_applied", f"the segments do not differ, as they do in the reference{labels}"
    if reference is not None:
        name = " + ".join(reference[1].columns)
        text = f"the segments do not differ: {perhaps}the multiplier was lost through the reference {name}{labels}"
        return "lost_reference", text
    if there:
        text = f"{perhaps}the multiplier is not applied here, though it is in {there[0].label}: it was lost on the way"
        return "one_level", text
    return "not_applied", f"the segments do not differ: perhaps the multiplier is not applied{labels}"


def _weaker(
    evidence: Evidence, metric: Metric, shown: Shown, others: Sequence[tuple[Metric, Shown]]
) -> tuple[str, str]:
    """The order is right, the magnitude too small: here only, or in every effect of the axis alike."""
    effects = [shown, *(effect for _, effect in others)]
    means = [effect.mean for effect in effects]
    alike = all(effect.weaker and effect.about(0, 1 + ABSENT) for effect in effects) and max(means) - min(means) < ALIKE
    mixed = _mixed(evidence, metric.measure.axis)
    if len(effects) > 1 and (alike or mixed):
        perhaps = "" if mixed else "perhaps "
        text = (
            f"all {len(effects)} effects of {metric.measure.axis} are weaker than declared "
            f"({percent(min(means), 0)} to {percent(max(means), 0)} is there): {perhaps}labels are partly mixed up"
        )
        return "mixed_labels", text
    there = any(effect.about(1 - ABSENT, math.inf) and not effect.weaker for _, effect in others)
    labels = "" if there else ", or some labels are mixed up"
    return "weaker", f"weaker than declared: perhaps the multiplier is applied to a part of the rows{labels}"


def _mixed(evidence: Evidence, axis: str) -> bool:
    """Return whether one factor on all effects of an axis explains them best, and makes them smaller."""
    with suppress(QueryError):
        joint = evidence.joint(axis)
        return joint is not None and joint.mixed and joint.overall is not None and 0 < joint.overall < 1
    return False


def _bound(evidence: Evidence, metric: Metric) -> str:
    """Return which bound holds the most values, if one does that the contract does not declare."""
    if metric.measure.aggregate not in ("count", "mean"):
        return ""
    declared = _declared_ends(evidence, metric)
    found = [bound for bound in evidence.bounds(metric.measure) if bound.segment in metric.declared]
    free = [bound for bound in found if held_at(bound) and _end(bound) not in declared]
    held = max(free, key=_weight, default=None)
    if held is None:
        return ""
    side, verb = ("a lower", "holds") if held_at(held) == "low" else ("an upper", "clamps")
    perhaps = "perhaps " if held.integral else ""  # few different counts share their ends by nature
    return (
        f"weaker than declared: {perhaps}{side} bound, which is not declared, {verb} {percent(_weight(held))} of "
        f"{held.segment} at {_end(held):g}"
    )


def _declared_ends(evidence: Evidence, metric: Metric) -> set[float]:
    """Return the bounds that the contract declares of what is counted or averaged."""
    measure, table = metric.measure, evidence.contract.tables[metric.measure.table]
    if measure.column is not None:
        column = table.columns[measure.column]
        ends = (column.min, column.max)
    else:
        edge = table.edge(measure.path[0])
        ends = (edge.min, edge.max) if edge is not None else (None, None)
    return {float(end) for end in ends if isinstance(end, int | float)}


def _end(bound: Bound) -> float:
    return bound.low if held_at(bound) == "low" else bound.high


def _weight(bound: Bound) -> float:
    return (bound.at_low if held_at(bound) == "low" else bound.at_high) / bound.n


def _gone(evidence: Evidence, metric: Metric) -> bool:
    """Return whether the segments are alike as a whole, whatever chance makes of pairs that are declared close."""
    means = [abs(each.mean) for name, each in evidence.estimates(metric.measure).items() if name in metric.declared]
    claims = [abs(value) for value in metric.declared.values()]
    if len(means) != len(claims) or min(means) <= 0 or min(claims) <= 0:
        return False
    return math.log(max(means) / min(means)) < ABSENT * math.log(max(claims) / min(claims))


def _swapped(evidence: Evidence, metric: Metric) -> str:
    """Return how the segments look exchanged, if the measured means fit the declared ones in another order."""
    sign = -1 if metric.mirrored else 1
    means = {n: sign * each.mean for n, each in evidence.estimates(metric.measure).items() if n in metric.declared}
    claims = {name: abs(value) if metric.mirrored else value for name, value in metric.declared.items()}
    if len(means) != len(claims) or any(not value > 0 for value in (*means.values(), *claims.values())):
        return ""
    declared = sorted(claims, key=lambda name: -claims[name])
    apart = math.log(max(claims.values()) / min(claims.values()))
    tolerance = min(math.log(1.1), ABSENT * apart)  # where all segments are alike, nothing is swapped
    measured = sorted(means, key=lambda name: -(means[name] or 0.0))
    moved = [(want, got) for want, got in zip(declared, measured, strict=True) if want != got]
    if not moved:
        return ""
    for (one, other), (first, second) in zip(pairwise(declared), pairwise(measured), strict=True):
        expected, got = claims[one] / claims[other], means[first] / means[second]
        if not abs(math.log(got / expected)) < tolerance:
            return ""
    return ", ".join(f"{got} behaves like {want}" for want, got in moved)


def _others(evidence: Evidence, metric: Metric) -> list[tuple[Metric, Shown]]:
    """Return the other declared metrics of the axis that can be compared, with what they show."""
    own = [
        other
        for other in evidence.metrics
        if (other.role, other.claim, other.measure.axis) == ("declared", "ratio", metric.measure.axis)
        and other.measure != metric.measure
        and evidence.usable(other)
    ]
    found = []
    for other in own:
        with suppress(QueryError):  # its own findings say so
            found.append((other, Shown.of(_comparisons(evidence, other))))
    return [(other, shown) for other, shown in found if shown.points]


def _edges(evidence: Evidence, metric: Metric) -> list[tuple[str, Edge]]:
    """Return the edges that a metric follows, each with the table where it starts."""
    tables, measure = evidence.contract.tables, metric.measure
    edges = edges_along(tables, measure.table, measure.path)
    return list(zip(tables_along(tables, measure.table, measure.path), edges, strict=False))


def _comparisons(evidence: Evidence, metric: Metric) -> list[Comparison]:
    return [evidence.comparison(metric, pair) for pair in metric.pairs()]


def _declared_twin(evidence: Evidence, metric: Metric) -> Metric | None:
    alike = (other for other in evidence.metrics if other.role == "declared" and other.measure.same(metric.measure))
    return next(alike, None)
