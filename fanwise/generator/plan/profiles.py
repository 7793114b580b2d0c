"""What a plan expects: how many rows each table has, and how many of each kind of row.

A *profile* is one combination of the segments and categories that some fanout or parameter depends on. The profiles of
a child follow from those of its parent, each weighted by its mean fanout, so a table below VIPs has as many VIP rows as
the declared multipliers say. Different columns of a row count as independent, which they are unless declared otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from fanwise.generator.columns.choice import Choice
from fanwise.generator.columns.constant import Constant
from fanwise.generator.columns.number import CellLaw, Number
from fanwise.generator.columns.ref import Ref
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Dataset, Path, Step
from fanwise.generator.plan.bound import BoundColumn, BoundTable

Place = tuple[tuple[Step, ...], str]
Profile = Mapping[Place, str | None]

LIMIT = 20_000  # profiles of one table; beyond it a further covariate is left out of account


@dataclass(frozen=True, slots=True)
class Mixture:
    """Mean and variance of a number over a group of rows; `rows` is the expected size of the group."""

    rows: float
    mean: float
    variance: float


class Expectation:
    """Expected rows and profiles of every table of a plan; computed when first asked for."""

    def __init__(self, dataset: Dataset, tables: Mapping[str, BoundTable]) -> None:
        self._dataset = dataset
        self._tables = tables
        self._populations: dict[tuple[str, frozenset[Place]], list[tuple[dict[Place, str | None], float]]] = {}

    def rows(self, table: str) -> float:
        """Return the expected number of rows."""
        return sum(mass for _, mass in self.population(table, ()))

    def population(self, table: str, paths: Iterable[Path]) -> list[tuple[dict[Place, str | None], float]]:
        """Return the profiles of a table over these paths, each with its expected number of rows."""
        return self.profiles(table, ((path.steps, path.column) for path in paths))

    def profiles(self, table: str, wanted: Iterable[Place]) -> list[tuple[dict[Place, str | None], float]]:
        """Return the profiles of a table over these places (and what they depend on), each with its expected rows."""
        return self._population(table, frozenset(wanted))

    def knows(self, table: str, place: Place) -> bool:
        """Return whether the distribution of what stands at a place is known; where it is not, it counts as `else`."""
        steps, column = place
        for step in steps:
            if step.kind == "ref" and not self._knows_targets(self._tables[table].columns[step.column or ""]):
                return False
            table = step.table
        own = self._tables[table].columns[column]
        if own.when is not None:
            return False
        source = source_of(((), column), self._tables[table])
        if source is not None:
            return self.knows(self._tables[table].parent or "", source)
        return _is_listed(own.generator) and all(self.knows(table, one) for one in conditions(own.generator))

    def _knows_targets(self, column: BoundColumn) -> bool:
        ref = column.generator
        assert isinstance(ref, Ref)
        if ref.table == ref.own or ref.within is not None or column.when is not None:
            return False
        return ref.weight is None or self.weight(ref) is not None

    def weight(self, ref: Ref) -> Number | None:
        """Return the law of the column by which a reference is weighted, or None where it has none that is known."""
        if ref.weight is None or ref.weight.steps:
            return None
        column = self._tables[ref.table].columns[ref.weight.column]
        if column.when is not None or column.spec.null or not isinstance(column.generator, Number):
            return None
        known = all(self.knows(ref.table, place) for place in places(column.generator.cells))
        return column.generator if known else None

    def weighted(self, ref: Ref, wanted: Iterable[Place]) -> list[tuple[dict[Place, str | None], float, float]]:
        """Return the profiles of the table referred to: each with its rows, and the mean weight of one of them."""
        weight = self.weight(ref)
        needed = {*wanted, *places(ref.weights.cells), *(places(weight.cells) if weight else ())}
        out = []
        for profile, mass in self.profiles(ref.table, needed):
            out.append((profile, mass, self.weight_at(ref, profile)))
        return out

    def weight_at(self, ref: Ref, profile: Profile) -> float:
        """Return the mean weight of a row referred to that has this profile."""
        weight = self.weight(ref)
        law = law_at(weight, profile) if weight else None
        factor = float(ref.weights.factors[code_at(ref.weights.cells, profile)])
        return factor * (max(law.mean, 0.0) if law else 1.0)

    def fanout(self, table: str, profile: Profile) -> CellLaw | None:
        """Return the law of the number of children in `table` of a parent row with this profile."""
        fanout = self._tables[table].fanout
        assert fanout is not None
        return law_at(fanout.generator, profile)

    def mixture(self, table: str, number: Number, paths: Iterable[Path]) -> dict[tuple[str | None, ...], Mixture]:
        """Return mean and variance of a number of `table`'s rows for each combination of values at `paths`."""
        by = [(path.steps, path.column) for path in paths]
        needed = frozenset(by) | places(number.cells)
        sums: dict[tuple[str | None, ...], list[float]] = {}
        for profile, mass in self._population(table, needed):
            law = law_at(number, profile)
            if law is None or not mass:
                continue
            total = sums.setdefault(tuple(profile[place] for place in by), [0.0, 0.0, 0.0])
            total[0] += mass
            total[1] += mass * law.mean
            total[2] += mass * (law.variance + law.mean**2)
        return {
            key: Mixture(rows, first / rows, max(second / rows - (first / rows) ** 2, 0.0))
            for key, (rows, first, second) in sums.items()
        }

    def _population(self, table: str, wanted: frozenset[Place]) -> list[tuple[dict[Place, str | None], float]]:
        at = (table, wanted)
        if at not in self._populations:
            self._populations[at] = self._make(table, self.with_conditions(table, wanted))
        return self._populations[at]

    def with_conditions(self, table: str, wanted: frozenset[Place]) -> frozenset[Place]:
        """Add what the distribution of a wanted column itself depends on."""
        found, queue = set(wanted), list(wanted)
        while queue:
            steps, column = queue.pop()
            if not steps:
                new = conditions(self._tables[table].columns[column].generator) - found
                found |= new
                queue.extend(new)
        return frozenset(found)

    def _make(self, table: str, wanted: frozenset[Place]) -> list[tuple[dict[Place, str | None], float]]:
        bound = self._tables[table]
        out = self._inherited(bound, wanted)
        for group in self._groups(bound, wanted):
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

    def _inherited(self, bound: BoundTable, wanted: frozenset[Place]) -> list[tuple[dict[Place, str | None], float]]:
        if bound.parent is None:
            return [({}, float(bound.rows or 0))]
        if bound.fanout is None:
            raise PlanError(())  # the fanout is among the problems already
        above = {place: source for place in wanted if (source := source_of(place, bound)) is not None}
        needed = frozenset(above.values()) | places(bound.fanout.generator.cells)
        out: dict[tuple[str | None, ...], float] = {}
        order = sorted(above, key=repr)
        for profile, mass in self._population(bound.parent, needed):
            law = law_at(bound.fanout.generator, profile)
            key = tuple(profile[above[place]] for place in order)
            out[key] = out.get(key, 0.0) + mass * (law.mean if law else 0.0)
        return [(dict(zip(order, key, strict=True)), mass) for key, mass in out.items()]

    def _groups(self, bound: BoundTable, wanted: frozenset[Place]) -> list[tuple[Place, ...]]:
        """Return the places that are not carried down: those behind a reference together, then own columns one by one.

        A column stands after those that its distribution depends on.
        """
        refs: dict[Step, list[Place]] = {}
        own: dict[Place, None] = {}

        def visit(place: Place) -> None:
            if place in own or place[0] or source_of(place, bound) is not None:
                return
            for needed in sorted(conditions(bound.columns[place[1]].generator), key=repr):
                visit(needed)
            own[place] = None

        for place in sorted(wanted, key=repr):
            if place[0] and place[0][0].kind == "ref":
                refs.setdefault(place[0][0], []).append(place)
            visit(place)
        return [tuple(group) for group in refs.values()] + [(place,) for place in own]

    def _marginal(
        self, bound: BoundTable, group: tuple[Place, ...], profile: Profile
    ) -> Iterator[tuple[dict[Place, str | None], float]]:
        steps, column = group[0]
        if steps:
            yield from self._referred(bound.columns[steps[0].column or ""], group)
            return
        own = bound.columns[column]
        for value, chance in values_at(own.generator, profile):
            yield {group[0]: value}, chance * (1 - own.spec.null)
        if own.spec.null:
            yield {group[0]: None}, own.spec.null

    def _referred(
        self, column: BoundColumn, group: tuple[Place, ...]
    ) -> Iterator[tuple[dict[Place, str | None], float]]:
        ref = column.generator
        assert isinstance(ref, Ref)
        below = {place: (place[0][1:], place[1]) for place in group}
        if ref.table == ref.own:
            yield dict.fromkeys(group), 1.0
            return
        weighted = [(profile, mass * weight) for profile, mass, weight in self.weighted(ref, below.values())]
        total = sum(mass for _, mass in weighted)
        if not total > 0:
            yield dict.fromkeys(group), 1.0
            return
        for found, mass in weighted:
            yield {place: found[at] for place, at in below.items()}, mass / total * (1 - column.spec.null)
        if column.spec.null:
            yield dict.fromkeys(group), column.spec.null


def places(cells: Cells) -> frozenset[Place]:
    """Return the places that the cells look at."""
    return frozenset((axis.path.steps, axis.path.column) for axis in cells.axes)


def law_at(number: Number, profile: Profile) -> CellLaw | None:
    """Return the law of the profile's cell."""
    return number.laws[code_at(number.cells, profile)]


def code_at(cells: Cells, profile: Profile) -> int:
    """Return the number of the profile's cell."""
    code = 0
    for axis in cells.axes:
        value = profile[axis.path.steps, axis.path.column]
        place = axis.keys.index(value) if value in axis.keys else len(axis.keys)
        code = code * (len(axis.keys) + 1) + place
    return code


def conditions(generator: Any) -> frozenset[Place]:
    """Return the places that a generator's parameters depend on."""
    cells = getattr(generator, "cells", None)
    return places(cells) if isinstance(cells, Cells) else frozenset()


def source_of(place: Place, bound: BoundTable) -> Place | None:
    """Return where the parent's row holds what a child's row has at `place`, or None where it is the child's own."""
    steps, column = place
    if steps:
        return (steps[1:], column) if steps[0].kind == "parent" else None
    own = bound.columns[column]
    if own.spec.kind != "parent" or own.when is not None:
        return None
    return (), str(own.spec.generator.params["column"])


def _is_listed(generator: Any) -> bool:
    return hasattr(generator, "assignment") or isinstance(generator, Choice | Constant) or _is_coin(generator)


def _is_coin(generator: Any) -> bool:
    return isinstance(generator, Number) and any(law and law.family.name == "bernoulli" for law in generator.laws)


def values_at(generator: Any, profile: Profile) -> list[tuple[str | None, float]]:
    """Return the values that a generator draws, as text, with their chances; (None, 1.0) where they are not known."""
    if hasattr(generator, "assignment"):
        return list(generator.assignment.axis.share.items())
    if isinstance(generator, Choice):
        code = code_at(generator.cells, profile)
        if generator.missing[code]:
            return [(None, 1.0)]
        ends = [0.0, *map(float, generator.edges[code]), 1.0]
        return [(_text(option), ends[i + 1] - ends[i]) for i, option in enumerate(generator.options)]
    if isinstance(generator, Constant):
        return [(None if generator.value is None else _text(generator.value), 1.0)]
    law = law_at(generator, profile) if _is_coin(generator) else None
    if law is None:
        return [(None, 1.0)]
    names = ("true", "false") if generator.dtype == pl.Boolean() else ("1", "0")
    return [(names[0], law.mean), (names[1], 1 - law.mean)]


def _text(value: Any) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    return str(value)
