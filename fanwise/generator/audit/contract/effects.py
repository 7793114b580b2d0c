"""Effects: each multiplier on an axis, and each parameter given per segment, makes one metric (semantics 8).

| declared at | metric |
|---|---|
| a fanout | children per row of the driving parent |
| a `ref` | referring rows per row of the table referred to |
| `boolean`, `bernoulli` | share of `true`, of `1` |
| a `choice` | share of each option whose weight is given per segment |
| another number | mean of the column, without rows that are null or replaced by `when` |

Where one axis acts on a law twice, as a parameter and as a multiplier, the two make one metric.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from fanwise.generator.audit.contract.axis_effects import Acting, acting_on, source_of
from fanwise.generator.columns.choice import Choice
from fanwise.generator.columns.number import Number
from fanwise.generator.columns.ref import Ref
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import ByKey
from fanwise.generator.moments.declared import (
    Law,
    Means,
    declared_factor,
    declared_law,
    declared_number,
    means_by_segment,
    places_of,
)
from fanwise.generator.plan import BoundColumn, Plan
from fanwise.generator.plan.profiles import Profile, places
from fanwise.validator import Effect, Except

__all__ = ["effects_of"]

Found = tuple[str, Effect] | Problem
_COARSE = 0.25  # in standard deviations: a wider step of rounding may move means by more than the audit lets pass


def effects_of(plan: Plan) -> Iterator[Found]:
    """Yield each effect with its name, in the order of the file; a problem for one that the files cannot show."""
    for name in plan.dataset.tables:
        site = _Site(plan, name)
        table = plan.tables[name]
        if table.fanout is not None:
            yield from site.fanout(table.fanout.generator)
        for column in table.columns.values():
            yield from site.column(column)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An effect without its path.

    along: the table that the first edge reaches and the edge's columns (None: not in the files), where the law is that
    of a fanout or a reference. firm: the means have the declared ratio; idle: the multiplier cannot be felt.
    """

    kind: Literal["fanout", "value", "share"]
    name: str
    means: Means | None
    along: tuple[str, tuple[str, ...] | None] | None = None
    column: BoundColumn | None = None
    value: str | None = None
    firm: bool = True
    idle: bool = False
    dispersion: float | None = None


@dataclass(frozen=True, slots=True)
class _Site:
    """One table, and what is needed to describe its effects."""

    plan: Plan
    table: str

    def fanout(self, number: Number) -> Iterator[Found]:
        """Yield the effects of the table's fanout."""
        table = self.plan.dataset.tables[self.table]
        assert table.fanout is not None
        assert table.parent is not None
        spec = table.fanout
        along = table.parent, self._first_edge("parent")
        unbounded_poisson = spec.generator.kind == "poisson" and not spec.min and spec.max is None
        for acting in acting_on(self.plan.dataset, spec.generator):
            one_law = places(number.cells) == {acting.place} and not acting.path.steps
            dispersion = 1.0 if unbounded_poisson and one_law else None
            means = self._means(table.parent, acting, declared_law(number, spec.generator))
            yield self._effect(acting, _Draft("fanout", "", means, along, dispersion=dispersion))

    def column(self, column: BoundColumn) -> Iterator[Found]:
        """Yield the effects of a column."""
        generator, dtype = column.generator, column.dtype
        for acting in acting_on(self.plan.dataset, column.spec.generator):
            if isinstance(generator, Ref):
                yield self._reference(column, generator, acting)
            elif column.spec.hidden:
                yield self._unseen(acting, f"{self.table}.{column.spec.name} is hidden")
            elif isinstance(generator, Choice):
                yield from self._options(column, acting, dtype)
            elif isinstance(generator, Number):
                yield self._number(column, generator, acting, dtype)
            else:
                yield self._unseen(acting, f"the audit does not test '{column.spec.kind}'")

    def _number(self, column: BoundColumn, number: Number, acting: Acting, dtype: pl.DataType) -> Found:
        name, kind = column.spec.name, column.spec.kind
        means = self._counted(column, acting, declared_law(number, column.spec.generator))
        if kind == "boolean" or (kind == "bernoulli" and not self._expects_mean(name, acting)):
            hit = _written(True if kind == "boolean" else 1, dtype)
            return self._effect(acting, _Draft("share", name, means, column=column, value=hit))
        if not dtype.is_numeric():
            return self._unseen(acting, f"{self.table}.{name} is written as text")
        firm = not _is_coarse(column, number)
        return self._effect(acting, _Draft("value", name, means, column=column, firm=firm))

    def _expects_mean(self, column: str, acting: Acting) -> bool:
        wanted = ("mean", self.table, column, acting.axis)
        return any((e.aggregate, e.table, e.column, e.by) == wanted for e in self.plan.dataset.audit.expect)

    def _reference(self, column: BoundColumn, ref: Ref, acting: Acting) -> Found:
        weight, spec = self.plan.expectation.weight(ref), column.spec.generator
        weighing = None
        if weight is not None and ref.weight is not None:
            weighing = declared_law(weight, self.plan.tables[ref.table].columns[ref.weight.column].spec.generator)

        def mean(profile: Profile) -> float:
            return declared_factor(spec, profile) * (1.0 if weighing is None else weighing.mean(profile) or 0.0)

        needed = places_of(spec) | (weighing.places if weighing else frozenset())
        # Drawing without replacement, among few rows, or among earlier rows only, bends the ratio of the weights.
        bent = ref.distinct_in is not None or ref.within is not None or ref.table == ref.own
        return self._effect(
            acting,
            _Draft(
                "fanout",
                ref.name,
                self._means(ref.table, acting, Law(mean, needed)),
                (ref.table, self._first_edge("ref", ref.name)),
                firm=not bent and (ref.weight is None or weight is not None),
                idle=ref.within is not None and _reaches_by_parents(ref, acting),
            ),
        )

    def _options(self, column: BoundColumn, acting: Acting, dtype: pl.DataType) -> Iterator[Found]:
        spec = column.spec.generator
        weights = [weight for _, weight in spec.params["options"]]
        for at, (option, weight) in enumerate(spec.params["options"]):
            if not isinstance(weight, ByKey) or (weight.path.steps, weight.path.column) != acting.place:
                continue

            def mean(profile: Profile, at: int = at) -> float | None:
                known = [declared_number(one, profile) for one in weights]
                numbers = [one for one in known if one is not None]
                return None if len(numbers) < len(known) else numbers[at] / sum(numbers)

            value = _written(option, dtype)
            means = self._counted(column, acting, Law(mean, places_of(spec)))
            yield self._effect(
                acting, _Draft("share", f"{column.spec.name}.{value}", means, column=column, value=value)
            )

    def _first_edge(self, kind: str, column: str | None = None) -> tuple[str, ...] | None:
        keys = self.plan.schema.tables[self.table].foreign_keys
        return next((e.columns for e in keys if e.kind == kind and (column is None or column in e.columns)), None)

    def _counted(self, column: BoundColumn, acting: Acting, law: Law) -> Means | None:
        """Return the means over the rows that `when` does not replace, where that may change them."""
        when = column.spec.when
        if when is None or not law.places - {acting.place}:
            return self._means(self.table, acting, law)
        place = when.path.steps, when.path.column
        cases = when.cases if place != acting.place else {}

        def mean(profile: Profile) -> float | None:
            return None if profile[place] in cases else law.mean(profile)

        return self._means(self.table, acting, Law(mean, law.places | {place}))

    def _means(self, table: str, acting: Acting, law: Law) -> Means | None:
        segments = self.plan.dataset.axes[acting.axis].segments
        return means_by_segment(self.plan.expectation, table, acting.place, law, segments, acting.factors)

    def _effect(self, acting: Acting, draft: _Draft) -> Found:
        """Return the effect with its name, or why the files cannot show it."""
        start, first = draft.along or (self.table, ())
        rest = self.plan.schema.route(start, acting.path.steps)
        if first is None or rest is None:
            return self._unseen(acting, f"the path from {self.table} to {acting.axis} is not in the files")
        if draft.means is None:
            return self._unseen(acting, "no row would show it")
        without: tuple[Except, ...] = ()
        when = draft.column.spec.when if draft.column else None
        if when is not None:
            seen = self.plan.schema.readable(when.path)
            if seen is None:
                return self._unseen(acting, f"'{when.path.text}', which decides the replaced rows, is not in the files")
            without = (Except(seen, tuple(when.cases)),)
        kind = "ref" if draft.kind == "fanout" and draft.name else draft.kind
        name = ".".join(part for part in (kind, self.table, draft.name, acting.path.text) if part)
        return name, Effect(
            kind=draft.kind,
            table=self.table,
            axis=acting.axis,
            path=(first, *rest) if draft.along else rest,
            declared=dict(draft.means.by_segment),
            column=draft.column.spec.name if draft.column else None,
            value=draft.value,
            claim="none" if draft.idle else "ratio" if draft.firm and draft.means.exact else "direction",
            without=without,
            dispersion=draft.dispersion,
            source=source_of(self.plan.dataset, acting.declared),
        )

    def _unseen(self, acting: Acting, why: str) -> Problem:
        hint = "write the columns that it needs, or accept that it is not audited"
        return self.plan.dataset.problem("FW-PLAN-NOT-AUDITED", acting.declared, f"not audited: {why}", hint)


def _written(value: Any, dtype: pl.DataType) -> str:
    """Return how the files spell a value."""
    return str(pl.Series([value]).cast(dtype).cast(pl.String)[0])


def _is_coarse(column: BoundColumn, number: Number) -> bool:
    """Return whether rounding may move the means of a column noticeably."""
    if number.dtype != pl.Float64():
        return False
    steps = [digits for digits in (column.spec.round, column.decimals) if digits is not None]
    step = 10.0 ** -min([*steps, 0] if column.dtype.is_integer() else steps, default=np.inf)
    return any(law is not None and step > _COARSE * law.variance**0.5 for law in number.laws)


def _reaches_by_parents(ref: Ref, acting: Acting) -> bool:
    """Return whether all rows that a `within` reference chooses from share the segment."""
    tables = [ref.table]
    for step in acting.path.steps:
        if step.kind != "parent":
            break
        tables.append(step.table)
    return ref.within in tables
