"""Causes: the pattern of the measured ratios names the likely fault and the line to look at."""

from __future__ import annotations

from itertools import pairwise

from validator.comparisons import Comparison
from validator.evidence import Evidence
from validator.metrics import Metric
from validator.paths import edges_along

__all__ = ["cause_of"]

ABSENT = 0.25
"""Realised effects below this count as none; those above 1 − ABSENT as there."""


def cause_of(evidence: Evidence, metric: Metric) -> str:
    """Return the likely cause of a metric that does not show what is declared, with the place; empty if unknown."""
    if metric.role == "floor":
        return f"nothing makes the segments differ: declare a multiplier on {metric.measure.axis}, or drop its rank."
    base = metric if metric.role == "declared" else _declared_twin(evidence, metric)
    if base is None or not base.declared:
        return f"look at what should make {metric.label} differ by {metric.measure.axis}."
    found = _comparisons(evidence, base)
    realised = [value for comparison in found if (value := comparison.realised()) is not None]
    place = f" (declared at {base.source})" if str(base.source) else ""
    if not realised:
        return f"look at the multiplier of {base.label}{place}."
    return _pattern(evidence, base, realised) + place + "."


def _pattern(evidence: Evidence, metric: Metric, realised: list[float]) -> str:
    if all(abs(value) < ABSENT for value in realised):
        return _absent(evidence, metric)
    if all(-1 - ABSENT < value < -1 + ABSENT for value in realised):
        return "the effect is inverted: every ratio is about one over the declared one"
    swapped = _swapped(evidence, metric)
    if swapped:
        return f"the labels look swapped: {swapped}"
    if all(2 - ABSENT < value < 2 + ABSENT for value in realised):
        return "the multiplier looks applied twice"
    if all(0 < value < 1 for value in realised):
        return _weaker(evidence, metric)
    return "the multiplier is applied to some segments only, or something else differs between them"


def _absent(evidence: Evidence, metric: Metric) -> str:
    """The segments do not differ: where did the multiplier get lost?"""
    edges = edges_along(evidence.contract.tables, metric.measure.table, metric.measure.path)
    reference = next((edge for edge in edges if edge.kind == "ref"), None)
    if reference is not None:
        return (
            f"the segments do not differ: the multiplier was lost through the reference {' + '.join(reference.columns)}"
        )
    others = [
        other
        for other in evidence.metrics
        if other.role == "declared" and other.id != metric.id and other.measure.axis == metric.measure.axis
    ]
    shown = next((other for other in others if _is_there(evidence, other)), None)
    if shown is not None:
        return f"the multiplier is not applied here, though it is in {shown.label}: it was lost on the way"
    return "the segments do not differ: the multiplier is not applied"


def _weaker(evidence: Evidence, metric: Metric) -> str:
    """The order is right, the magnitude too small: a bound that holds many values is the usual reason."""
    if metric.measure.aggregate in ("count", "mean"):
        for spread in evidence.spreads(metric.measure).values():
            if spread.segment in metric.declared and spread.low < spread.high:
                if spread.p25 == spread.low:
                    return f"weaker than declared: a lower bound holds {spread.segment} at {spread.low:g}"
                if spread.p75 == spread.high:
                    return f"weaker than declared: an upper bound clamps {spread.segment} at {spread.high:g}"
    return "weaker than declared: the multiplier is applied to a part of the rows, or a bound clamps it"


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
    realised = [value for each in _comparisons(evidence, metric) if (value := each.realised()) is not None]
    return bool(realised) and all(value > 1 - ABSENT for value in realised)


def _comparisons(evidence: Evidence, metric: Metric) -> list[Comparison]:
    return [evidence.comparison(metric, pair) for pair in metric.pairs()]


def _declared_twin(evidence: Evidence, metric: Metric) -> Metric | None:
    alike = (other for other in evidence.metrics if other.role == "declared" and other.measure.same(metric.measure))
    return next(alike, None)
