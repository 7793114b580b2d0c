"""Moments of totals in each segment, carried from the rows that are measured up to the table of the axis.

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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fanwise.generator.columns.bound import BoundColumn, BoundTable
from fanwise.generator.language.spec import Covariate, Path, Profile, Step
from fanwise.generator.moments.dependence import is_shared, is_size_biased
from fanwise.generator.moments.laws import INFINITE, CountLaw, ReferenceLaw, Unknown
from fanwise.generator.moments.profiles import LIMIT, Profiles, Weighted, carried

__all__ = ["Measured", "MomentPropagation", "Totals", "mixed", "summed"]


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


@dataclass(frozen=True, slots=True)
class Measured:
    """What is totalled: rows or, of `column`, values or with `label` whether they are it.

    replaced: values that `when` puts in count. path: from the rows to the axis. per: the table whose rows are counted
    as X, where these are not the measured rows themselves.
    """

    path: Path
    column: str | None = None
    label: str | None = None
    replaced: bool = True
    per: str | None = None


class MomentPropagation:
    """Carries the moments of what is measured up to the axis; raises Unknown where no declared law describes a step."""

    def __init__(self, profiles: Profiles, tables: Mapping[str, BoundTable], measured: Measured) -> None:
        self._profiles = profiles
        self._bound = tables
        self._measured = measured
        self._axis: Covariate = ((), measured.path.column)
        self._steps = measured.path.steps
        self.tables = (measured.path.table, *(step.table for step in self._steps))
        own = tables[measured.path.table].columns
        self._column: BoundColumn | None = None if measured.column is None else own[measured.column]
        self._laws = [self._law(level, step) for level, step in enumerate(self._steps)]
        drawn = None if self._column is None else self._column.generator
        if drawn is not None and (is_shared(drawn) or is_size_biased(tables, measured.path.table, drawn)):
            raise Unknown("is correlated with other rows")
        self._wanted = self._covariates()
        self._known: dict[tuple[object, ...], Totals] = {}
        self._groups: dict[int, dict[tuple[str | None, ...], list[Weighted]]] = {}
        self.counted = self.tables.index(measured.per, 1) if measured.per in self.tables[1:] else 0

    def totals(self, segments: Iterable[str]) -> dict[str, tuple[float, Totals, list[tuple[float, Totals]]]]:
        """Return the expected rows of the axis' table in each segment, the totals of one, and those of each sort."""
        top = len(self._steps)
        weighted = self._weighted(top, self._wanted[top] | {self._axis})
        out = {}
        for segment in segments:
            own = [(mass, profile) for profile, mass in weighted if profile[self._axis] == segment]
            sorts = [(mass, self._totals(top, profile)) for mass, profile in own]
            out[segment] = math.fsum(mass for mass, _ in own), mixed(sorts), sorts
        return out

    def _law(self, level: int, step: Step) -> CountLaw:
        table = self._bound[self.tables[level]]
        if step.column is not None:
            if table.columns[step.column].generator.reference is None:
                raise Unknown("follows a column with `references`")
            return ReferenceLaw(self._profiles, table.name, table.columns[step.column])
        assert table.fanout is not None
        kind, home = table.fanout.generator, self.tables[level + 1]
        if is_shared(kind) or is_size_biased(self._bound, home, kind):
            raise Unknown("counts rows that are correlated with others")
        return table.fanout

    def _covariates(self) -> list[frozenset[Covariate]]:
        """Return, for each table on the way, what must be known of its rows."""
        column = self._column
        wanted = frozenset() if column is None else column.covariates_of(replaced=self._measured.replaced)
        out = [self._closed(0, wanted)]
        for level, law in enumerate(self._laws):
            above = self._carried(level, out[level])
            out.append(self._closed(level + 1, law.covariates.union(above.values())))
        return out

    def _closed(self, level: int, wanted: frozenset[Covariate]) -> frozenset[Covariate]:
        found = self._profiles.closed(self.tables[level], wanted)
        if not all(self._profiles.knows(self.tables[level], one) for one in found):
            raise Unknown("depends on computed values")
        return found

    def _weighted(self, level: int, wanted: Iterable[Covariate]) -> list[Weighted]:
        found = self._profiles.of(self.tables[level], wanted)
        if len(found) > LIMIT:
            raise Unknown("depends on too many combinations of values")  # covariates were left out of account
        return found

    def _carried(self, level: int, wanted: Iterable[Covariate]) -> dict[Covariate, Covariate]:
        """Return which covariates of a row are settled by the row above it, and where they stand there."""
        step, bound = self._steps[level], self._bound[self.tables[level]]
        if step.column is None:
            found = ((one, carried(one, bound)) for one in wanted)
        else:
            found = ((one, (one[0][1:], one[1]) if one[0][:1] == (step,) else None) for one in wanted)
        return {one: source for one, source in found if source is not None}

    def _totals(self, level: int, profile: Profile) -> Totals:
        key = (level, *(profile[one] for one in sorted(self._wanted[level], key=repr)))
        if key not in self._known:
            self._known[key] = self._lowest(profile) if level == 0 else self._above(level, profile)
        return self._known[key]

    def _lowest(self, profile: Profile) -> Totals:
        if self._column is None:
            return Totals(0.0, 1.0)
        value = self._column.moments(profile, self._measured.label, replaced=self._measured.replaced)
        if value is None:
            raise _unknown(self._column, profile)
        p, q, mean = value.chance, 1 - value.chance, value.mean
        return Totals(p, p * mean, p * q, p * q * mean, p * (value.variance + q * mean**2))

    def _above(self, level: int, profile: Profile) -> Totals:
        """Return the totals of a row with this profile, from those of the rows below it."""
        below = mixed((mass, self._totals(level - 1, child)) for child, mass in self._below(level, profile))
        count = self._laws[level - 1].moments(profile)
        if count is None or not math.isfinite(count.variance):
            raise Unknown(INFINITE if count is not None else "is a count that has no formula")
        totals = summed((count.mean, count.variance), below)
        if level == self.counted and level < len(self._steps):
            return Totals(1.0, totals.y, 0.0, 0.0, totals.yy)
        return totals

    def _below(self, level: int, profile: Profile) -> list[Weighted]:
        """Return the profiles that a row below one with this profile may have, each with its weight."""
        wanted = self._wanted[level - 1]
        above = self._carried(level - 1, wanted)
        order = sorted(above, key=repr)
        if level not in self._groups:
            groups = self._groups.setdefault(level, {})
            for child, mass in self._weighted(level - 1, wanted):
                groups.setdefault(tuple(child[one] for one in order), []).append((child, mass))
        return self._groups[level].get(tuple(profile[above[one]] for one in order), [])


def _unknown(column: BoundColumn, profile: Profile) -> Unknown:
    """Return why the value of a row with this profile has no moments."""
    case = None if column.when is None else column.when.case_at(profile)
    generator = column.generator if case is None else case
    found = generator.moments(profile)
    if found is None:
        return Unknown(f"is computed by {generator.names[0]}" if generator.names else "is computed")
    if not (math.isfinite(found.mean) and math.isfinite(found.variance)):
        return Unknown(INFINITE)
    return Unknown("has bounds or a type without a formula")
