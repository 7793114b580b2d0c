"""Moments of a metric in each segment, by climbing from the measured table to the axis.

The audit compares ratios of totals ΣY/ΣX over the rows of the axis' table (the *carriers*, usually customers): X rows
counted below a carrier, Y their total. So what must be known is mean, variance and covariance of (X, Y) of one carrier
in each segment. They are carried up the path, one edge at a time:

- a row above has C rows below it, independent given its *profile* (the segments and categories that some law further
  down depends on): E[S] = E[C]·μ and Cov[S] = E[C]·Σ + Var[C]·μμᵀ (Wald's identities and their second moment);
- μ and Σ are those of one row below, mixed over what that row draws for itself (law of total covariance);
- C comes from the fanout along a parent edge, and from the weights along a reference;
- at the top the profiles of a segment are mixed.

Var[Y − RX], which is what the cluster-robust interval of a ratio R estimates, then follows exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fanwise.generator.language.spec import Step
from fanwise.generator.moments.laws import ChildLaw, ReferenceLaw, Unknown, ValueLaw
from fanwise.generator.plan import Plan
from fanwise.generator.plan.profiles import LIMIT, Place, Profile, source_of
from fanwise.validator import Contract, Measure, Moments

__all__ = ["Climb", "Totals", "mixed", "summed"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Means x and y, variances xx and yy, covariance xy of one row's (X, Y): rows counted below it, and their total."""

    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0


def mixed(parts: Iterable[tuple[float, Totals]]) -> Totals:
    """Return the totals of a row that is of one of several sorts, each with its weight (law of total covariance)."""
    known = [(weight, part) for weight, part in parts if weight > 0]
    total = math.fsum(weight for weight, _ in known)
    if not total:
        return Totals()
    known = [(weight / total, part) for weight, part in known]
    x = math.fsum(weight * part.x for weight, part in known)
    y = math.fsum(weight * part.y for weight, part in known)
    return Totals(
        x,
        y,
        math.fsum(weight * (part.xx + (part.x - x) ** 2) for weight, part in known),
        math.fsum(weight * (part.xy + (part.x - x) * (part.y - y)) for weight, part in known),
        math.fsum(weight * (part.yy + (part.y - y) ** 2) for weight, part in known),
    )


def summed(count: tuple[float, float], each: Totals) -> Totals:
    """Return the totals of C independent rows, `count` being mean and variance of C (Wald)."""
    mean, variance = count
    return Totals(
        mean * each.x,
        mean * each.y,
        mean * each.xx + variance * each.x**2,
        mean * each.xy + variance * each.x * each.y,
        mean * each.yy + variance * each.y**2,
    )


class Climb:
    """The climb of one measure; raises Unknown where no declared law describes a step of it."""

    def __init__(self, plan: Plan, contract: Contract, measure: Measure) -> None:
        self._expectation = plan.expectation
        self._plan = plan
        self._measure = measure
        axis = contract.axes[measure.axis]
        self._axis: Place = ((), axis.column)
        self._segments = axis.segments
        self._steps = _steps(plan, contract, measure)
        self.tables = (measure.table, *(step.table for step in self._steps))
        self._value = self._value_law()
        self._laws = [self._law(level, step) for level, step in enumerate(self._steps)]
        self._wanted = self._places()
        self._known: dict[tuple[object, ...], Totals] = {}
        self._groups: dict[int, dict[tuple[str | None, ...], list[tuple[Profile, float]]]] = {}
        self._counted = self.tables.index(measure.per, 1) if measure.per in self.tables[1:] else 0

    def moments(self) -> dict[str, Moments]:
        """Return the moments of each segment."""
        top = len(self._steps)
        profiles = self._profiles(top, self._wanted[top] | {self._axis})
        out = {}
        for segment in self._segments:
            own = [(mass, profile) for profile, mass in profiles if profile[self._axis] == segment]
            totals = mixed((mass, self._totals(top, profile)) for mass, profile in own)
            out[segment] = self._moments(math.fsum(mass for mass, _ in own), totals)
        return out

    def _moments(self, carriers: float, totals: Totals) -> Moments:
        """Return the totals in the validator's terms, such that its variances come out as those of Y or Y − RX."""
        if self._measure.aggregate == "count" and self._counted == len(self._steps):
            return Moments(carriers, _exact(totals.y), totals.yy)
        if not totals.x > 0:
            return Moments(carriers, 0.0)
        ratio = totals.y / totals.x
        children = totals.xx
        if self._measure.aggregate == "sum":
            # Where many rows go with small values, Y varies less than its rows alone would have it.
            children = min(children, totals.yy / ratio**2) if ratio else children
            spread = totals.yy - children * ratio**2
        else:
            spread = totals.yy - 2 * ratio * totals.xy + ratio**2 * totals.xx
        return Moments(carriers, _exact(totals.x), children, _exact(ratio), max(spread, 0.0) / totals.x)

    def _value_law(self) -> ValueLaw | None:
        measure = self._measure
        if measure.column is None:
            return None
        column = self._plan.tables[measure.table].columns[measure.column]
        return ValueLaw(column, measure.value, replaced=not measure.without)

    def _law(self, level: int, step: Step) -> ChildLaw | ReferenceLaw:
        table = self._plan.tables[self.tables[level]]
        if step.column is not None:
            return ReferenceLaw(self._expectation, table.name, table.columns[step.column])
        assert table.fanout is not None
        return ChildLaw(table.fanout)

    def _places(self) -> list[frozenset[Place]]:
        """Return, for each table on the way, what must be known of its rows."""
        wanted = self._value.places if self._value else frozenset()
        out = [self._closed(0, wanted)]
        for level, law in enumerate(self._laws):
            carried = self._carried(level, out[level])
            out.append(self._closed(level + 1, law.places.union(carried.values())))
        return out

    def _closed(self, level: int, wanted: frozenset[Place]) -> frozenset[Place]:
        found = self._expectation.with_conditions(self.tables[level], wanted)
        if not all(self._expectation.knows(self.tables[level], place) for place in found):
            raise Unknown
        return found

    def _profiles(self, level: int, wanted: Iterable[Place]) -> list[tuple[dict[Place, str | None], float]]:
        found = self._expectation.profiles(self.tables[level], wanted)
        if len(found) > LIMIT:
            raise Unknown  # covariates were left out of account
        return found

    def _carried(self, level: int, wanted: Iterable[Place]) -> dict[Place, Place]:
        """Return which places of a row are settled by the row above it, and where they stand there."""
        step, bound = self._steps[level], self._plan.tables[self.tables[level]]
        if step.column is None:
            found = ((place, source_of(place, bound)) for place in wanted)
        else:
            found = ((place, (place[0][1:], place[1]) if place[0][:1] == (step,) else None) for place in wanted)
        return {place: source for place, source in found if source is not None}

    def _totals(self, level: int, profile: Profile) -> Totals:
        key = (level, *(profile[place] for place in sorted(self._wanted[level], key=repr)))
        if key not in self._known:
            self._known[key] = self._lowest(profile) if level == 0 else self._above(level, profile)
        return self._known[key]

    def _lowest(self, profile: Profile) -> Totals:
        if self._value is None:
            return Totals(0.0, 1.0)
        value = self._value.at(profile)
        p, q, mean = value.chance, 1 - value.chance, value.mean
        return Totals(p, p * mean, p * q, p * q * mean, p * (value.variance + q * mean**2))

    def _above(self, level: int, profile: Profile) -> Totals:
        """Return the totals of a row with this profile, from those of the rows below it."""
        below = mixed((mass, self._totals(level - 1, child)) for child, mass in self._below(level, profile))
        totals = summed(self._laws[level - 1].at(profile), below)
        if level == self._counted and level < len(self._steps):
            return Totals(1.0, totals.y, 0.0, 0.0, totals.yy)
        return totals

    def _below(self, level: int, profile: Profile) -> list[tuple[Profile, float]]:
        """Return the profiles that a row below one with this profile may have, each with its weight."""
        wanted = self._wanted[level - 1]
        carried = self._carried(level - 1, wanted)
        order = sorted(carried, key=repr)
        if level not in self._groups:
            groups = self._groups.setdefault(level, {})
            for child, mass in self._profiles(level - 1, wanted):
                groups.setdefault(tuple(child[place] for place in order), []).append((child, mass))
        return self._groups[level].get(tuple(profile[carried[place]] for place in order), [])


def _exact(mean: float) -> float:
    """Return a mean without its last digits, so that means which differ by rounding only are equal."""
    return float(f"{mean:.12g}")


def _steps(plan: Plan, contract: Contract, measure: Measure) -> tuple[Step, ...]:
    """Return the path of a measure as steps of the language."""
    steps: list[Step] = []
    table = measure.table
    for columns in measure.path:
        edge = contract.tables[table].edge(columns)
        assert edge is not None
        own = plan.dataset.tables[table].columns
        refs = (c for c in columns if own[c].kind == "ref" and own[c].generator.params["table"] == edge.table)
        steps.append(Step("parent", edge.table) if edge.kind == "parent" else Step("ref", edge.table, next(refs)))
        table = edge.table
    return tuple(steps)
