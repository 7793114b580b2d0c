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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from fanwise.generator.audit.contract.axis_effects import AxisEffect, axis_effects, inner_effects, source_of
from fanwise.generator.audit.contract.bending import bent_reference, most_bent
from fanwise.generator.audit.contract.reading import Off, Reader
from fanwise.generator.columns import ColumnKind
from fanwise.generator.columns.bound import BoundColumn, BoundFanout, BoundTable
from fanwise.generator.columns.support.laws import Claim, Declared
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.columns.support.types import spelled
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Claim as Promise
from fanwise.generator.language.spec import Profile
from fanwise.generator.moments.declared import Means, means_by_segment
from fanwise.generator.moments.dependence import is_shared, is_size_biased
from fanwise.generator.moments.distinct import chance_to_be_drawn
from fanwise.generator.plan import Plan
from fanwise.io.problems import Place
from fanwise.validator import Effect, Except, Source

__all__ = ["effects_of"]

Found = tuple[str, Effect] | Problem
_BENT = 0.002  # of a ratio, below which drawing without replacement counts as drawing with it
_WRITE_THEM = "write the columns that it needs, or accept that it is not audited"
_FIXES = {
    "fanout": "drop what bends it",
    "value": "write more decimals (`round`, `type`)",
    "share": "drop what bends it",
}


def effects_of(plan: Plan) -> Iterator[Found]:
    """Yield each effect with its name, in the order of the file; a problem for what the files cannot show of one.

    An effect of which nothing is claimed may well be unseen.
    """
    for name in plan.dataset.tables:
        site = _Site(plan, name)
        table = plan.tables[name]
        if plan.dataset.tables[name].hidden:
            yield from site.hidden(table)
            continue
        if table.fanout is not None:
            yield from site.fanout(table.fanout)
        for column in table.columns.values():
            yield from site.column(column)


def _asked_for(promise: Promise, found: Iterator[Found]) -> Iterator[Found]:
    return (each for each in found if promise != "none" or not isinstance(each, Problem))


@dataclass(frozen=True, slots=True)
class _Draft:
    """An effect without its path.

    edge: the table that the first edge reaches and the edge's columns (None: not in the files), where the law is that
    of a fanout or a reference. promise: `claim` of the file. bent: why the means have another ratio than the declared
    one, if they have. inert: the multiplier has no effect. place: of the numbers per segment, where the axis has others
    too. exposure: what the means are per unit of.
    """

    kind: Literal["fanout", "value", "share"]
    name: str
    means: Means | None
    promise: Promise
    edge: tuple[str, tuple[str, ...] | None] | None = None
    column: BoundColumn | None = None
    value: str | None = None
    bent: str = ""
    inert: bool = False
    dispersion: float | None = None
    place: Place = ()
    exposure: str | None = None


@dataclass(frozen=True, slots=True)
class _Site:
    """One table, and what is needed to describe its effects."""

    plan: Plan
    table: str

    def hidden(self, table: BoundTable) -> Iterator[Found]:
        """Yield why no effect of a hidden table is audited."""
        specs = [column.spec.generator for column in table.columns.values()]
        for spec in [table.fanout.spec.generator, *specs] if table.fanout is not None else specs:
            yield from (
                self._unseen(acting, f"{self.table} is hidden") for acting in axis_effects(self.plan.dataset, spec)
            )

    def fanout(self, fanout: BoundFanout) -> Iterator[Found]:
        """Yield the effects of the table's fanout."""
        generator, claims = fanout.generator, fanout.spec.claims
        for acting in axis_effects(self.plan.dataset, fanout.spec.generator, nested=generator.per_unit is not None):
            yield from _asked_for(claims.of(acting.axis), self._rows(fanout, acting))

    def _rows(self, fanout: BoundFanout, acting: AxisEffect) -> Iterator[Found]:
        parent, generator = self.plan.tables[self.table].parent, fanout.generator
        assert parent is not None
        exposure, declared = self._exposure(parent, generator), generator.declared()
        if declared is None:
            yield self._unseen(acting, f"the audit does not test '{fanout.spec.generator.kind}'")
            return
        if isinstance(exposure, Off):
            yield self._unseen(acting, str(exposure))
            return
        one_law = fanout.covariates == {acting.path.covariate} and not acting.path.steps
        dispersion = generator.dispersion if one_law and not is_shared(generator) else None
        means, bent = self._means(parent, acting, declared), generator.bent or self._biased(parent, generator)
        if exposure is not None and (fanout.spec.min is not None or fanout.spec.max is not None):
            bent = bent or "`min` and `max` bend numbers with an exposure"
        edge, promise = (parent, self._first_edge(None)), fanout.spec.claims.of(acting.axis)
        draft = _Draft("fanout", "", means, promise, edge, bent=bent, dispersion=dispersion, exposure=exposure)
        yield from self._effect(acting, draft)

    def column(self, column: BoundColumn) -> Iterator[Found]:
        """Yield the effects of a column."""
        generator, claims = column.generator, column.spec.claims
        for acting in axis_effects(self.plan.dataset, column.spec.generator, nested=generator.per_unit is not None):
            yield from _asked_for(claims.of(acting.axis), self._values(column, acting))
        for acting in inner_effects(self.plan.dataset, column.spec.generator):
            hint = "give the number a column of its own, or add claim: none to the column"
            unseen = self._unseen(acting, f"it acts inside the values of {self.table}.{column.spec.name}", hint)
            yield from _asked_for(claims.of(acting.axis), iter((unseen,)))

    def _values(self, column: BoundColumn, acting: AxisEffect) -> Iterator[Found]:
        generator = column.generator
        exposure = self._exposure(self.table, generator)
        if isinstance(exposure, Off):
            yield self._unseen(acting, str(exposure))
            return
        claims = list(generator.claims(acting.path.covariate))
        if generator.reference is not None:
            yield from self._effect(acting, self._reference(column, generator.reference, acting))
        elif column.spec.hidden:
            yield self._unseen(acting, f"{self.table}.{column.spec.name} is hidden")
        elif not claims and not generator.shown_elsewhere(acting.path.covariate):
            yield self._unseen(acting, f"the audit does not test '{column.spec.kind}'")
        for claim in claims if not column.spec.hidden else ():
            yield from self._claim(column, claim, acting, exposure)

    def _exposure(self, table: str, kind: ColumnKind) -> str | Off | None:
        """Return the expression of what a mean is per unit of, or why the files do not show it; None: of rows."""
        if kind.per_unit is None:
            return None
        try:
            return Reader(self.plan, {}, table).exposure(kind.per_unit)
        except Off as why:
            return why

    def _claim(self, column: BoundColumn, claim: Claim, acting: AxisEffect, exposure: str | None) -> Iterator[Found]:
        name, biased = column.spec.name, self._biased(self.table, column.generator)
        promise = column.spec.claims.of(acting.axis)
        if column.spec.when is not None and column.spec.generator.correlate:
            biased = biased or "the rows that `when` replaces may be correlated with the values"
        means = self._counted(column, acting, claim.declared)
        if claim.measure == "share" and not (claim.is_mean and self._expects_mean(name, acting)):
            hit = spelled(claim.value, column.dtype)
            full = name if claim.is_mean else f"{name}.{hit}"
            draft = _Draft("share", full, means, promise, column=column, value=hit, bent=biased, place=claim.place)
        elif column.dtype.is_numeric():
            bent = "" if claim.kept else self._rounded(column, acting, claim.declared, means)
            if exposure is not None and column.spec.clamp is not None:
                bent = "`clamp` bends numbers with an exposure"
            bent = biased or bent
            draft = _Draft("value", name, means, promise, column=column, bent=bent, exposure=exposure)
        else:
            yield self._unseen(acting, f"{self.table}.{name} is written as text")
            return
        yield from self._effect(acting, draft)

    def _biased(self, home: str, kind: ColumnKind) -> str:
        """Return how correlations bend a ratio: where there are more rows the higher a value is."""
        biased = is_size_biased(self.plan.tables, home, kind)
        return "the number of rows is correlated with the values" if biased else ""

    def _rounded(self, column: BoundColumn, acting: AxisEffect, declared: Declared, means: Means | None) -> str:
        """Return how rounding bends a ratio, by the example of the pair that it bends most."""

        def mean(profile: Profile) -> float | None:
            found = column.generator.moments(profile)
            return found.mean if found is not None and found.chance else None

        written = self._counted(column, replace(acting, factors=None), Declared(mean, declared.covariates))
        if means is None or written is None:
            return "rounding bends it"
        return most_bent(means.by_segment, written.by_segment, "after rounding", "rounds to 0")[1]

    def _expects_mean(self, column: str, acting: AxisEffect) -> bool:
        wanted = ("mean", self.table, column, acting.axis)
        return any((e.aggregate, e.table, e.column, e.by) == wanted for e in self.plan.dataset.audit.expect)

    def _reference(self, column: BoundColumn, ref: ReferenceKind, acting: AxisEffect) -> _Draft:
        weight = self.plan.profiles.weight(ref)
        declared = ref.declared_weight(None if weight is None else weight.generator.declared())
        means = self._means(ref.table, acting, declared)
        bent = bent_reference(ref, known=ref.weight is None or weight is not None)
        return _Draft(
            "fanout",
            ref.name,
            means,
            "none"
            if ref.conditional and not ref.within
            else column.spec.claims.of(acting.axis),  # what is wanted decides, and a weight only within it
            (ref.table, self._first_edge(ref.name)),
            bent=self._without_repeats(ref, acting, means, bent) if ref.distinct_in else bent,
            inert=ref.within is not None and _reaches_by_parents(ref, acting),
        )

    def _without_repeats(self, ref: ReferenceKind, acting: AxisEffect, means: Means | None, unknown: str) -> str:
        """Return how `distinct_in` bends a ratio, if it does; `unknown` where no formula says."""
        drawn = None if ref.conditional else chance_to_be_drawn(self.plan.profiles, self.plan.tables, self.table, ref)
        found = drawn and self._means(ref.table, replace(acting, factors=None), drawn)
        if means is None or not found:
            return unknown
        after = f"where the rows below one {ref.distinct_in} differ"
        off, bent = most_bent(means.by_segment, found.by_segment, after, "is never drawn")
        return bent if off > _BENT else ""

    def _first_edge(self, column: str | None) -> tuple[str, ...] | None:
        keys = self.plan.schema.made[self.table].foreign_keys
        return next((key.columns for key in keys if key.step.column == column), None)

    def _counted(self, column: BoundColumn, acting: AxisEffect, declared: Declared) -> Means | None:
        """Return the means over the rows that `when` does not replace, where that may change them."""
        when, at = column.spec.when, acting.path.covariate
        if when is None or not declared.covariates - {at}:
            return self._means(self.table, acting, declared)
        by = when.path.covariate
        cases = when.cases if by != at else {}

        def mean(profile: Profile) -> float | None:
            return None if profile[by] in cases else declared.mean(profile)

        return self._means(self.table, acting, Declared(mean, declared.covariates | {by}))

    def _means(self, table: str, acting: AxisEffect, declared: Declared) -> Means | None:
        segments, at = self.plan.dataset.axes[acting.axis].segments, acting.path.covariate
        return means_by_segment(self.plan.profiles, table, at, declared, segments, acting.factors)

    def _effect(self, acting: AxisEffect, draft: _Draft) -> Iterator[Found]:
        """Yield the effect with its name, and that it has only its order where the file claims more."""
        effect = self._seen(acting, draft)
        yield effect
        if not isinstance(effect, Problem) and draft.promise == "ratio" and effect[1].claim == "direction":
            why = draft.bent or "another column that it depends on may go along with the axis"
            hint = f"{_FIXES[draft.kind]}, or write `claim: {{{acting.axis}: direction}}`"
            problem = self.plan.dataset.problem
            yield problem("FW-PLAN-ORDER-ONLY", acting.declared, f"order only: {why}", hint)

    def _seen(self, acting: AxisEffect, draft: _Draft) -> Found:
        """Return the effect with its name, or why the files cannot show it."""
        start, first = draft.edge or (self.table, ())
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
        place = draft.place or acting.declared
        return name, Effect(
            kind=draft.kind,
            table=self.table,
            axis=acting.axis,
            path=(first, *rest) if draft.edge else rest,
            declared=dict(draft.means.by_segment),
            column=draft.column.spec.name if draft.column else None,
            value=draft.value,
            claim=_least(draft),
            without=without,
            dispersion=draft.dispersion,
            negative=draft.means.negative,
            exposure=draft.exposure,
            source=source_of(self.plan.dataset, place),
            sources={name: self._number(place, name) for name in draft.means.by_segment},
        )

    def _number(self, place: Place, segment: str) -> Source:
        """Return where the number of a segment stands: at its own key, or at `else`."""
        dataset = self.plan.dataset
        given = dataset.document.at(place)
        key = segment if isinstance(given, Mapping) and segment in given else "else"
        return source_of(dataset, (*place, key) if isinstance(given, Mapping) and key in given else place)

    def _unseen(self, acting: AxisEffect, why: str, hint: str = _WRITE_THEM) -> Problem:
        return self.plan.dataset.problem("FW-PLAN-NOT-AUDITED", acting.declared, f"not audited: {why}", hint)


def _least(draft: _Draft) -> Promise:
    """Return the claim of the file, or less where the data cannot keep it."""
    if draft.inert or draft.promise == "none":
        return "none"
    averaged = draft.exposure is not None and draft.means is not None and draft.means.averaged
    exact = not draft.bent and draft.means is not None and draft.means.exact and not averaged
    return draft.promise if exact else "direction"


def _reaches_by_parents(ref: ReferenceKind, acting: AxisEffect) -> bool:
    """Return whether all rows that a `within` reference chooses from share the segment."""
    tables = [ref.table]
    for step in acting.path.steps:
        if step.column is not None:
            break
        tables.append(step.table)
    return ref.within in tables
