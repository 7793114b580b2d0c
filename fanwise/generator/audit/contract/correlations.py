"""Correlations as promises: each declared number, or the reason why the files do not show it.

What goes along with a hidden column still shows what follows from it: rows below one parent are alike, and two columns
of a row go together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.audit.contract.correlated import Drawn, Route, Unseen, drawn_by, drawn_of
from fanwise.generator.audit.contract.written_scores import expected_of
from fanwise.generator.columns.support.correlation import common, covariance, merged, seen_from
from fanwise.generator.columns.support.segments import Cell, CellAxis
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Alike, ByKey, Correlate, Covariate, Path, Step
from fanwise.generator.moments.dependence import innovations
from fanwise.generator.plan import Plan
from fanwise.io.problems import Place
from fanwise.validator import Correlated, Correlation, ExpectedRows

__all__ = ["DeclaredCorrelation", "correlations_of", "declared_correlations", "expected_rows", "too_few_rows"]

MOST_CELLS = 60
_FAINT = 0.01
"""A correlation that follows from a hidden column and is nearer to 0 is not audited."""


@dataclass(frozen=True, slots=True)
class DeclaredCorrelation:
    """One `correlate` or `alike`: the promise that it is, or why it is none.

    place: of the number, or of what it follows from. sizes: the rows that each label of the promise speaks of.
    """

    drawn: Drawn
    place: Place
    promise: Correlation | None = None
    why: str = ""
    sizes: Mapping[str, ExpectedRows] = field(default_factory=dict)


def correlations_of(plan: Plan) -> Iterator[Correlation]:
    """Yield the correlations that the files can show, table by table."""
    return (each.promise for each in declared_correlations(plan) if each.promise is not None)


def expected_rows(plan: Plan) -> dict[str, Mapping[str, ExpectedRows]]:
    """Return the rows that each promise speaks of, by its id and the labels of its cells."""
    return {each.promise.id: each.sizes for each in declared_correlations(plan) if each.promise is not None}


def declared_correlations(plan: Plan) -> Iterator[DeclaredCorrelation]:
    """Yield each declared correlation, and those that follow from hidden columns."""
    for table in plan.tables:
        found = list(drawn_of(plan, table))
        for drawn in found:
            for one in drawn.spec.correlate:
                yield _declared(plan, drawn, one.place, partial(_with, plan, drawn, one))
            for share in drawn.spec.alike:
                yield _declared(plan, drawn, share.place, partial(_alike, plan, drawn, share))
        if table in plan.schema.tables:
            yield from _implied(plan, found)


def _declared(plan: Plan, drawn: Drawn, place: Place, make: Callable[[], DeclaredCorrelation]) -> DeclaredCorrelation:
    try:
        drawn.check(plan)
        return make()
    except Unseen as why:
        return DeclaredCorrelation(drawn, place, None, str(why))


def _with(plan: Plan, drawn: Drawn, one: Correlate) -> DeclaredCorrelation:
    other, name = drawn_by(plan, one.path.target, one.path.column), plan.schema.readable(one.path)
    if other.unusable:
        raise Unseen(other.unusable)
    if name is None:
        raise Unseen(f"the way from {drawn.table} to {one.path.text} is not in the files")
    given = [CellAxis(one.value.path, tuple(one.value.values))] if isinstance(one.value, ByKey) else []
    axes = merged([*given, *drawn.axes, *seen_from(one.path, other.axes)])
    found = []
    for cell, at in _cells(plan, axes):
        number = one.value if isinstance(one.value, float) else cell.acting(one.value)[0]
        if number:
            theirs = {(steps[len(one.path.steps) :], column): key for (steps, column), key in at.items()}
            label = "" if isinstance(one.value, float) else str(at[one.value.path.covariate] or "else")
            expected = expected_of(drawn.cuts(at), other.cuts(theirs), number)
            found.append(Correlated(cell.keys, number, expected, label))
    promise = _promise(plan, drawn, found, axes, one.place)
    promise = replace(promise, other=name, other_order=other.order)
    covariate = one.value.path.covariate if isinstance(one.value, ByKey) else None
    return DeclaredCorrelation(drawn, one.place, promise, "", _sizes(plan, drawn, promise, covariate))


def _alike(plan: Plan, drawn: Drawn, one: Alike) -> DeclaredCorrelation:
    below, apart = plan.schema.route(drawn.table, one.steps), _apart(plan, drawn, one.steps)
    if below is None or apart is None:
        raise Unseen(f"the files do not show which rows of {drawn.table} have this draw in common, and no other")
    found = []
    for cell, at in _cells(plan, drawn.axes):
        cuts = drawn.cuts(at)
        found.append(Correlated(cell.keys, one.share, expected_of(cuts, cuts, one.share)))
    promise = replace(_promise(plan, drawn, found, drawn.axes, one.place), below=below, apart=apart)
    return DeclaredCorrelation(drawn, one.place, promise, "", _sizes(plan, drawn, promise, None))


def _promise(
    plan: Plan, drawn: Drawn, cells: Sequence[Correlated], axes: Sequence[CellAxis], place: Place
) -> Correlation:
    """Return a promise that does not say yet what its column goes along with."""
    names = [plan.schema.readable(axis.path) for axis in axes]
    by = tuple(name for name in names if name is not None)
    if len(by) < len(names):
        unseen = next(axis.path.text for axis, name in zip(axes, names, strict=True) if name is None)
        raise Unseen(f"{unseen}, on which the distribution depends, is not in the files")
    if not cells:
        raise Unseen("it is 0")
    return Correlation(
        drawn.table, drawn.column, tuple(cells), None, by, drawn.order, (), drawn.clusters(plan), claim=drawn.claim,
        source=source_of(plan.dataset, place), rows=drawn.rows,
    )  # fmt: skip


def _cells(plan: Plan, axes: Sequence[CellAxis]) -> Iterator[tuple[Cell, dict[Covariate, str | None]]]:
    """Yield all combinations of the values of axes, each with the value of every covariate."""
    keys: list[tuple[str | None, ...]] = []
    for axis in axes:
        known = plan.dataset.axes.get(axis.path.axis or "")
        whole = known is not None and set(known.segments) == set(axis.keys)
        keys.append(axis.keys if whole else (*axis.keys, None))
    if math.prod(map(len, keys)) > MOST_CELLS:
        raise Unseen(f"its distribution differs in more than {MOST_CELLS} combinations of segments and categories")
    for chosen in itertools.product(*keys):
        at = {axis.path.covariate: key for axis, key in zip(axes, chosen, strict=True)}
        yield Cell(tuple(axes), chosen, {}, 1.0), at


def _apart(plan: Plan, drawn: Drawn, above: tuple[Step, ...]) -> Route | None:
    """Return the way to the rows that two rows must differ in, () for themselves; None: they may share others too."""
    inner: tuple[Step, ...] = ()
    for steps, _ in innovations(drawn.generator):
        if steps[: len(above)] == above or not steps:
            continue
        if any(step.column is not None for step in steps):
            return None
        inner = max(inner, steps[: len(above) - 1], key=len)
    return () if not inner else plan.schema.route(drawn.table, inner)


def _implied(plan: Plan, found: Sequence[Drawn]) -> Iterator[DeclaredCorrelation]:
    """Yield what follows from correlations with hidden columns, for what is drawn for the rows of one table."""
    seen: list[Drawn] = []
    for drawn in found:
        uniforms = drawn.generator.quantile_of
        hidden = {one.path.steps for one in drawn.spec.correlate if _is_hidden(plan, one)}
        if isinstance(uniforms, str) or uniforms.axes:
            continue
        place = (*drawn.spec.place, "correlate")
        for steps in sorted(hidden, key=len):
            share = common(uniforms.terms({}), steps)
            declared = any(one.steps == steps for one in drawn.spec.alike)
            if steps and not declared and not any(step.column for step in steps) and share >= _FAINT:
                alike = Alike(steps[-1].table, steps, round(share, 6), place)
                yield _declared(plan, drawn, place, partial(_alike, plan, drawn, alike))
        for other in seen if hidden else ():
            yield from _beside(plan, drawn, other, place)
        seen.append(drawn)


def _beside(plan: Plan, drawn: Drawn, other: Drawn, place: Place) -> Iterator[DeclaredCorrelation]:
    """Yield how two columns of a row go together that share draws, where nothing is declared of them."""
    mine, theirs = drawn.generator.quantile_of, other.generator.quantile_of
    assert not isinstance(mine, str)
    assert not isinstance(theirs, str)
    names = {one.path.column for one in drawn.spec.correlate if not one.path.steps}
    if other.rows is not None or other.unusable or other.column in names:
        return
    r = round(covariance(mine.terms({}), theirs.terms({})), 6)
    if abs(r) < _FAINT:
        return
    path = Path(other.column, drawn.table, (), drawn.table, other.column, None)
    one = Correlate(path, r, place)

    def both() -> DeclaredCorrelation:
        other.check(plan)
        return _with(plan, drawn, one)

    yield _declared(plan, drawn, place, both)


def _is_hidden(plan: Plan, one: Correlate) -> bool:
    return plan.dataset.tables[one.path.target].columns[one.path.column].hidden


def _sizes(plan: Plan, drawn: Drawn, promise: Correlation, covariate: Covariate | None) -> dict[str, ExpectedRows]:
    """Return about how many rows each label of a promise speaks of, and how many of them are independent."""
    labels = {cell.label for cell in promise.cells}
    rows = _by_label(plan, drawn.table, covariate, labels)
    least = dict(rows)
    for way in drawn.ways(plan):
        passed = covariate is not None and covariate[0][: len(way)] == way
        above = (covariate[0][len(way) :], covariate[1]) if covariate is not None and passed else None
        there = _by_label(plan, way[-1].table, above, labels)
        least = {label: min(least[label], there[label]) for label in labels}
    return {label: ExpectedRows(rows[label], least[label]) for label in labels}


def _by_label(plan: Plan, table: str, covariate: Covariate | None, labels: set[str]) -> dict[str, float]:
    """Return the expected rows of each label; all of them where nothing tells rows apart."""
    if covariate is None or not plan.profiles.knows(table, covariate):
        return dict.fromkeys(labels, plan.expected_rows[table])
    out = dict.fromkeys(labels, 0.0)
    for profile, mass in plan.profiles.of(table, [covariate]):
        key = profile[covariate]
        label = key if key in labels else "else"
        if label in out:
            out[label] += mass
    return out


def too_few_rows(plan: Plan) -> Iterator[Problem]:
    """Yield the correlations that the audit will not judge: about too few rows are independent of each other."""
    for each in declared_correlations(plan):
        if each.promise is None or each.promise.claim == "none":
            continue
        few = {label: size.independent for label, size in each.sizes.items() if not size.judged}
        if few:
            label, rows = min(few.items(), key=lambda one: one[1])
            what = f"{each.promise.label}{f' of {label}' if label else ''}"
            why = f"{what} will not be judged (SKIPPED): about {rows:,.0f} independent rows"
            hint = f"make {Correlation.fewest} or more, or set claim: none"
            yield plan.dataset.problem("FW-PLAN-FEW-ROWS", each.place, why, hint)
