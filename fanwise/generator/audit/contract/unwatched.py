"""Which differences are not leaks: what an axis may move through other columns, and what nothing is claimed of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fanwise.generator.audit.contract.axis_effects import axis_effects
from fanwise.generator.language.spec import Claims, Step
from fanwise.generator.plan import Plan
from fanwise.generator.plan.influences import Influences
from fanwise.validator import Contract, Measure, metrics_of, watched_name

__all__ = ["steps_of", "with_unwatched", "without_unseen_ranks"]


def steps_of(plan: Plan, measure: Measure) -> tuple[Step, ...]:
    """Return the path of a measure as steps of the language."""
    steps: list[Step] = []
    table = measure.table
    for columns in measure.path:
        key = next(key for key in plan.schema.made[table].foreign_keys if key.columns == columns)
        steps.append(key.step)
        table = key.table
    return tuple(steps)


def without_unseen_ranks(plan: Plan, contract: Contract) -> Contract:
    """Return the contract without the ranks of axes that act only on what the files do not show.

    An axis with a rank and no effect at all must show a difference somewhere. One whose effects are all unseen, such as
    a fanout with a hidden exposure, has effects: it is unknown where else they show.
    """
    judged = {effect.axis for effect in contract.effects.values()}
    judged |= {entry.axis for entry in contract.expectations.values()}
    tables = plan.dataset.tables.values()
    specs = [column.generator for table in tables for column in table.columns.values()]
    specs += [table.fanout.generator for table in tables if table.fanout is not None]
    acting = {found.axis for spec in specs for found in axis_effects(plan.dataset, spec)}
    unseen = acting - judged
    axes = {name: replace(axis, rank=()) if name in unseen else axis for name, axis in contract.axes.items()}
    return replace(contract, axes=axes)


def with_unwatched(plan: Plan, contract: Contract) -> Contract:
    """Return the contract with what each axis may change without an effect of its own."""
    found = dict.fromkeys(_unwatched(plan, contract))
    own = {axis: tuple(name for at, name in found if at == axis) for axis in contract.axes}
    axes = {name: replace(axis, unwatched=own[name]) for name, axis in contract.axes.items()}
    return replace(contract, axes=axes)


def _unwatched(plan: Plan, contract: Contract) -> Iterator[tuple[str, str]]:
    influences = Influences(plan.dataset)
    for metric in metrics_of(contract):
        measure = metric.measure
        if metric.role != "watch":
            continue
        steps = steps_of(plan, measure)
        moved = influences.may_move(plan.dataset.axes[measure.axis], measure.table, measure.column, steps)
        if moved or _claims(plan, measure, steps).of(measure.axis) == "none":
            yield measure.axis, watched_name(measure)


def _claims(plan: Plan, measure: Measure, steps: tuple[Step, ...]) -> Claims:
    table = plan.dataset.tables[measure.table]
    column = measure.column or steps[0].column
    made = table.columns[column] if column else table.fanout
    return made.claims if made is not None else Claims()
