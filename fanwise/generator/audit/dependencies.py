"""What a metric's values are made from, as far as a pilot must know: is it of finite variance, and can it be made."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.generator.columns.bound import BoundColumn, BoundFanout
from fanwise.generator.language.names.tables import paths_in
from fanwise.generator.language.spec import Below, Column, Path, Step
from fanwise.generator.moments.laws import Unknown
from fanwise.generator.plan import Plan
from fanwise.validator import Measure

__all__ = ["Needs"]

Node = tuple[str, str | None]
"""A column of a table, or the number of a table's rows below one of its parent (None)."""


class Needs:
    """All columns and fanouts that a metric depends on."""

    def __init__(self, plan: Plan, measure: Measure, steps: tuple[Step, ...]) -> None:
        self._plan = plan
        counted = list(self._along(measure.table, steps))
        value = [] if measure.column is None or measure.aggregate == "share" else [(measure.table, measure.column)]
        self._nodes = self._closed([*counted, *value])

    def check(self, limit: int) -> None:
        """Raise Unknown where something has no finite variance, or refers to a child table of over `limit` rows."""
        for table, name in self._nodes:
            if self._infinite(table, name):
                told = f"{table}.{name}" if name else f"the number of {table}"
                raise Unknown(f"depends on {told}, which has no finite variance")
            ref = None if name is None else self._plan.tables[table].columns[name].generator.reference
            if ref is not None and self._plan.tables[ref.table].parent and self._plan.expected_rows[ref.table] > limit:
                raise Unknown(f"reads {ref.table}, which has more rows than a pilot makes")

    def _along(self, table: str, steps: tuple[Step, ...]) -> Iterator[Node]:
        """Yield what decides how many rows of `table` a row at the end of the steps has."""
        for step in steps:
            yield table, step.column
            table = step.table

    def _closed(self, start: list[Node]) -> list[Node]:
        found: dict[Node, None] = {}
        queue = list(start)
        while queue:
            node = queue.pop()
            if node not in found:
                found[node] = None
                queue.extend(self._direct(*node))
        return list(found)

    def _direct(self, table: str, name: str | None) -> Iterator[Node]:
        spec = self._plan.dataset.tables[table]
        part = spec.fanout if name is None else (spec.columns[name].generator, spec.columns[name].when)
        for path in paths_in(part):
            yield from self._on(path)
        if name is not None:
            for below in spec.columns[name].generator.params.values():
                if isinstance(below, Below):
                    yield from ((table, None) for table in below.way)
                    if below.column is not None:
                        yield below.table, below.column

    def _on(self, path: Path) -> Iterator[Node]:
        table = path.table
        for step in path.steps:
            if step.column is not None:
                yield table, step.column
            table = step.table
        yield path.target, path.column

    def _infinite(self, table: str, name: str | None) -> bool:
        bound = self._plan.tables[table]
        if name is None:
            return bound.fanout is not None and bound.parent is not None and self._wild(bound.parent, bound.fanout)
        return self._wild(table, bound.columns[name])

    def _wild(self, table: str, drawn: BoundColumn | BoundFanout) -> bool:
        """Return whether some row's value has no finite variance by its own law; bounds make any law finite."""
        spec, generator = drawn.spec, drawn.generator
        bounds = spec.clamp if isinstance(spec, Column) else (spec.min, spec.max)
        if bounds is not None and None not in bounds:
            return False
        for profile, _ in self._plan.profiles.of(table, generator.covariates):
            found = generator.moments(profile)
            if found is not None and not (math.isfinite(found.mean) and math.isfinite(found.variance)):
                return True
        return False
