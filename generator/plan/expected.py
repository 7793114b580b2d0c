"""What a plan expects: how many rows each table has, and how many of each kind of row.

A *profile* is one combination of the segments and categories that some fanout or parameter depends on. The profiles of
a child follow from those of its parent, each weighted by its mean fanout, so a table below VIPs has as many VIP rows as
the declared multipliers say. Different columns of a row count as independent, which they are unless declared otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.columns.choice import Choice
from generator.columns.constant import Constant
from generator.columns.number import CellLaw, Number
from generator.columns.ref import Ref
from generator.language.spec import Dataset, Path, Step
from generator.plan.bound import BoundColumn, BoundTable
from generator.segments import Cells

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
        return self._population(table, frozenset((path.steps, path.column) for path in paths))

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
            self._populations[at] = self._make(table, self._with_conditions(table, wanted))
        return self._populations[at]

    def _with_conditions(self, table: str, wanted: frozenset[Place]) -> frozenset[Place]:
        """Add what the distribution of a wanted column itself depends on."""
        found, queue = set(wanted), list(wanted)
        while queue:
            steps, column = queue.pop()
            if not steps:
                bound = self._tables[table].columns.get(column)
                cells = getattr(bound.generator, "cells", None) if bound else None
                if isinstance(cells, Cells):
                    new = places(cells) - found
                    found |= new
                    queue.extend(new)
        return frozenset(found)

    def _make(self, table: str, wanted: frozenset[Place]) -> list[tuple[dict[Place, str | None], float]]:
        bound = self._tables[table]
        out = self._inherited(bound, wanted)
        for group in _groups(wanted):
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
        if bound.parent is None or bound.fanout is None:
            return [({}, float(bound.rows or 0))]
        carried = {place for place in wanted if place[0] and place[0][0].kind == "parent"}
        above = frozenset((steps[1:], column) for steps, column in carried)
        needed = above | places(bound.fanout.generator.cells)
        out: dict[tuple[str | None, ...], float] = {}
        order = sorted(carried, key=repr)
        for profile, mass in self._population(bound.parent, needed):
            law = law_at(bound.fanout.generator, profile)
            key = tuple(profile[steps[1:], column] for steps, column in order)
            out[key] = out.get(key, 0.0) + mass * (law.mean if law else 0.0)
        return [(dict(zip(order, key, strict=True)), mass) for key, mass in out.items()]

    def _marginal(
        self, bound: BoundTable, group: tuple[Place, ...], profile: Profile
    ) -> Iterator[tuple[dict[Place, str | None], float]]:
        steps, column = group[0]
        if steps:
            yield from self._referred(bound.columns[steps[0].column or ""], group)
            return
        own = bound.columns[column]
        for value, chance in _values(own, profile):
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
        population = self._population(ref.table, frozenset(below.values()) | places(ref.weights.cells))
        weighted = [(p, mass * float(ref.weights.factors[_code(ref.weights.cells, p)])) for p, mass in population]
        total = sum(mass for _, mass in weighted)
        for found, mass in weighted:
            yield {place: found[at] for place, at in below.items()}, mass / total * (1 - column.spec.null)
        if column.spec.null:
            yield dict.fromkeys(group), column.spec.null


def places(cells: Cells) -> frozenset[Place]:
    """Return the places that the cells look at."""
    return frozenset((axis.path.steps, axis.path.column) for axis in cells.axes)


def law_at(number: Number, profile: Profile) -> CellLaw | None:
    """Return the law of the profile's cell."""
    return number.laws[_code(number.cells, profile)]


def _code(cells: Cells, profile: Profile) -> int:
    code = 0
    for axis in cells.axes:
        value = profile[axis.path.steps, axis.path.column]
        place = axis.keys.index(value) if value in axis.keys else len(axis.keys)
        code = code * (len(axis.keys) + 1) + place
    return code


def _groups(wanted: frozenset[Place]) -> list[tuple[Place, ...]]:
    """Return the places that are not carried down: own columns one by one, those behind one reference together."""
    refs: dict[Step, list[Place]] = {}
    own: list[tuple[Place, ...]] = []
    for place in sorted(wanted, key=repr):
        if not place[0]:
            own.append((place,))
        elif place[0][0].kind == "ref":
            refs.setdefault(place[0][0], []).append(place)
    return [tuple(group) for group in refs.values()] + own


def _values(column: BoundColumn, profile: Profile) -> list[tuple[str | None, float]]:
    """Return the values of a column as text with their chances; one unknown value where they are not known."""
    generator: Any = column.generator
    if hasattr(generator, "assignment"):
        return list(generator.assignment.axis.share.items())
    if isinstance(generator, Choice):
        edges = generator.edges[_code(generator.cells, profile)]
        ends = [0.0, *map(float, edges), 1.0]
        return [(_text(option), ends[i + 1] - ends[i]) for i, option in enumerate(generator.options)]
    if isinstance(generator, Constant):
        return [(None if generator.value is None else _text(generator.value), 1.0)]
    if isinstance(generator, Number) and column.spec.generator.kind in {"boolean", "bernoulli"}:
        law = law_at(generator, profile)
        p = law.mean if law else 0.0
        names = ("true", "false") if column.spec.generator.kind == "boolean" else ("1", "0")
        return [(names[0], p), (names[1], 1 - p)]
    return [(None, 1.0)]


def _text(value: Any) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    return str(value)
