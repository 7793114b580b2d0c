"""How many rows a plan expects of each table, and how many of each profile.

A *profile* is one combination of values of covariates: the segments and categories that some fanout or parameter
depends on. The profiles of a child follow from those of its parent, each weighted by its mean fanout, so a table below
VIPs has as many VIP rows as the declared multipliers say. Different columns of a row count as independent, which they
are unless declared otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from fanwise.generator.columns.bound import BoundColumn, BoundFanout, BoundTable
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Covariate, Profile, Step
from fanwise.generator.moments.sampled_rows import mean_rows

__all__ = ["LIMIT", "Profiles", "Weighted", "carried"]

LIMIT = 20_000  # profiles of one table; beyond it a further covariate is left out of account

Weighted = tuple[dict[Covariate, str | None], float]
"""A profile, and the expected number of rows that have it."""


class Profiles:
    """Expected rows of every table, in all and by profile; computed when first asked for."""

    def __init__(self, tables: Mapping[str, BoundTable]) -> None:
        self._tables = tables
        self._kept: dict[tuple[str, frozenset[Covariate]], list[Weighted]] = {}
        self._counted: dict[str, float | None] = {}

    def rows(self, table: str) -> float:
        """Return the expected number of rows."""
        return sum(mass for _, mass in self.of(table, ()))

    def of(self, table: str, wanted: Iterable[Covariate]) -> list[Weighted]:
        """Return the profiles of a table over these covariates, and what they depend on."""
        at = table, frozenset(wanted)
        if at not in self._kept:
            self._kept[at] = self._make(self._tables[table], self.closed(*at))
        return self._kept[at]

    def closed(self, table: str, wanted: frozenset[Covariate]) -> frozenset[Covariate]:
        """Add what the distribution of a wanted column itself depends on."""
        found, queue = set(wanted), list(wanted)
        while queue:
            steps, column = queue.pop()
            if not steps:
                new = self._tables[table].columns[column].generator.covariates - found
                found |= new
                queue.extend(new)
        return frozenset(found)

    def knows(self, table: str, covariate: Covariate) -> bool:
        """Return whether the distribution of a covariate is known; where it is not, it counts as `else`."""
        steps, column = covariate
        for step in steps:
            if step.down or (
                step.column is not None and not self._knows_targets(self._tables[table].columns[step.column])
            ):
                return False
            table = step.table
        bound = self._tables[table]
        own = bound.columns[column]
        if own.when is not None:
            return False
        above = carried(((), column), bound)
        if above is not None:
            return self.knows(bound.parent or "", above)
        needed = own.generator.covariates
        listed = own.generator.domain(dict.fromkeys(needed)) is not None
        return listed and all(self.knows(table, one) for one in needed)

    def _knows_targets(self, column: BoundColumn) -> bool:
        ref = column.generator.reference
        if ref is None:  # a column with `references`: which row has its value as key is computed
            return False
        if ref.table == ref.own or ref.conditional or column.when is not None:
            return False
        return ref.weight is None or self.weight(ref) is not None

    def weight(self, ref: ReferenceKind) -> BoundColumn | None:
        """Return the column by which a reference is weighted, or None where no known law describes it."""
        if ref.weight is None or ref.weight.steps:
            return None
        column = self._tables[ref.table].columns[ref.weight.column]
        own = column.generator
        if column.when is not None or column.spec.null or own.declared() is None:
            return None
        known = own.moments(dict.fromkeys(own.covariates)) is not None
        return column if known and all(self.knows(ref.table, one) for one in own.covariates) else None

    def weight_covariates(self, ref: ReferenceKind) -> frozenset[Covariate]:
        """Return what the weight of a row referred to depends on, seen from there."""
        weight = self.weight(ref)
        if weight is None:
            return ref.factor_covariates
        itself: frozenset[Covariate] = frozenset({((), weight.spec.name)} if weight.generator.listed else ())
        return ref.factor_covariates | weight.generator.covariates | itself

    def weighted(self, ref: ReferenceKind, wanted: Iterable[Covariate]) -> list[Weighted]:
        """Return the profiles of the table referred to, each with the weight of all its rows."""
        found = self.of(ref.table, {*wanted, *self.weight_covariates(ref)})
        return [(profile, mass * self.weight_at(ref, profile)) for profile, mass in found]

    def weight_at(self, ref: ReferenceKind, profile: Profile) -> float:
        """Return the mean weight of a row referred to that has this profile."""
        weight = self.weight(ref)
        law = weight.generator.moments(profile) if weight is not None else None
        return ref.factor(profile) * (max(law.mean, 0.0) if law is not None else 1.0)

    def _make(self, bound: BoundTable, wanted: frozenset[Covariate]) -> list[Weighted]:
        out = self._inherited(bound, wanted)
        for group in _groups(bound, wanted):
            if len(out) > LIMIT:
                out = [({**profile, **dict.fromkeys(group)}, mass) for profile, mass in out]
                continue
            out = [
                ({**profile, **values}, mass * chance)
                for profile, mass in out
                for values, chance in self._marginal(bound, group, profile)
                if chance > 0
            ]
        return out

    def _inherited(self, bound: BoundTable, wanted: frozenset[Covariate]) -> list[Weighted]:
        if bound.parent is None:
            return [({}, float(bound.rows or 0))]
        if bound.fanout is None:
            raise PlanError(())  # the fanout is among the problems already
        above = {one: source for one in wanted if (source := carried(one, bound)) is not None}
        out: dict[tuple[str | None, ...], float] = {}
        order = sorted(above, key=repr)
        found = self.of(bound.parent, {*above.values(), *bound.fanout.covariates})
        for (profile, mass), mean in zip(found, self._mean_rows(bound, bound.fanout, found), strict=True):
            key = tuple(profile[above[one]] for one in order)
            out[key] = out.get(key, 0.0) + mass * mean
        return [(dict(zip(order, key, strict=True)), mass) for key, mass in out.items()]

    def _mean_rows(self, bound: BoundTable, fanout: BoundFanout, above: list[Weighted]) -> list[float]:
        """Return the mean number of rows below a row of each profile; counted on a sample where it is not known."""
        laws = [fanout.moments(profile) for profile, _ in above]
        means = [0.0 if law is None else law.mean for law in laws]
        if None not in laws and all(self.knows(bound.parent or "", one) for one in fanout.covariates):
            return means
        if bound.name not in self._counted:
            self._counted[bound.name] = mean_rows(self._tables, bound.name)
        counted = self._counted[bound.name]
        if counted is None:
            return means
        total = sum(mass * mean for (_, mass), mean in zip(above, means, strict=True))
        if not total > 0:
            return [counted] * len(means)
        return [mean * counted * sum(mass for _, mass in above) / total for mean in means]

    def _marginal(self, bound: BoundTable, group: tuple[Covariate, ...], profile: Profile) -> Iterator[Weighted]:
        steps, name = group[0]
        if steps and steps[0].down:
            below = {one: (one[0][1:], one[1]) for one in group}
            weighted = self.of(steps[0].table, below.values())
            total = sum(mass for _, mass in weighted)
            for found, mass in weighted if total > 0 else ():
                yield {one: found[at] for one, at in below.items()}, mass / total
            return
        if steps:
            yield from self._referred(bound.columns[steps[0].column or ""], group)
            return
        column = bound.columns[name]
        if column.generator.listed is not None:
            yield from _joint(bound, group)
            return
        for value, chance in column.generator.domain(profile) or [(None, 1.0)]:
            yield {group[0]: value}, chance * (1 - column.spec.null)
        if column.spec.null:
            yield {group[0]: None}, column.spec.null

    def _referred(self, column: BoundColumn, group: tuple[Covariate, ...]) -> Iterator[Weighted]:
        ref = column.generator.reference
        if ref is None or ref.table == ref.own:
            yield dict.fromkeys(group), 1.0
            return
        below = {one: (one[0][1:], one[1]) for one in group}
        weighted = self.weighted(ref, below.values())
        total = sum(mass for _, mass in weighted)
        if not total > 0:
            yield dict.fromkeys(group), 1.0
            return
        for found, mass in weighted:
            yield {one: found[at] for one, at in below.items()}, mass / total * (1 - column.spec.null)
        if column.spec.null:
            yield dict.fromkeys(group), column.spec.null


def _groups(bound: BoundTable, wanted: frozenset[Covariate]) -> list[tuple[Covariate, ...]]:
    """Return the covariates that are not carried down: those behind a reference together, own columns one by one,
    given ones together.

    A column stands after those that its distribution depends on.
    """
    refs: dict[Step, list[Covariate]] = {}
    own: dict[Covariate, None] = {}

    def visit(one: Covariate) -> None:
        if one in own or one[0] or carried(one, bound) is not None:
            return
        for needed in sorted(bound.columns[one[1]].generator.covariates, key=repr):
            visit(needed)
        own[one] = None

    for one in sorted(wanted, key=repr):
        if one[0] and one[0][0].column is not None:
            refs.setdefault(one[0][0], []).append(one)
        visit(one)
    given = tuple(one for one in own if bound.columns[one[1]].generator.listed is not None)
    drawn: list[tuple[Covariate, ...]] = [(one,) for one in own if one not in given]
    below: dict[Step, list[Covariate]] = {}
    for one in sorted(wanted, key=repr):
        if one[0] and one[0][0].down:
            below.setdefault(one[0][0], []).append(one)
    drawn += [tuple(group) for group in below.values()]
    return [*(tuple(group) for group in refs.values()), *([given] if given else []), *drawn]


def _joint(bound: BoundTable, group: tuple[Covariate, ...]) -> Iterator[Weighted]:
    """Yield what the given rows hold at several columns, each combination with its share of the rows."""
    columns = [bound.columns[name].generator.listed or () for _, name in group]
    found = Counter(zip(*columns, strict=True))
    for values, count in found.items():
        yield dict(zip(group, values, strict=True)), count / found.total()


def carried(covariate: Covariate, bound: BoundTable) -> Covariate | None:
    """Return where the parent's row holds what a child's row has there, or None where it is the child's own."""
    steps, column = covariate
    if not steps:
        own = bound.columns[column]
        source = own.generator.copies if own.when is None else None
        if source is None or not source[0]:
            return None
        steps, column = source
    return (steps[1:], column) if steps[0].column is None and not steps[0].down else None
