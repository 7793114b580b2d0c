"""Foreign keys as the files hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanwise.generator.columns.bound import BoundColumn, BoundTable
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.columns.support.stated import carried_from
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Dataset, Step, Table
from fanwise.generator.plan.nulls import Nulls

__all__ = ["ForeignKey", "foreign_keys"]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that hold the `keys` of a row of `table`; `step` leads there, to the parent or along a reference.

    detour: a key carried down, so that names of tables do not go along it.
    """

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    step: Step
    nullable: bool = False
    detour: bool = False


def foreign_keys(
    dataset: Dataset, tables: Mapping[str, BoundTable], nulls: Nulls, name: str
) -> tuple[tuple[ForeignKey, ...], list[Problem]]:
    """Return the foreign keys of a table, the parent's first, and why others are not written.

    A key of which a column is missing or hidden is left out.
    """
    table, bound = dataset.tables[name], tables[name]
    shown = [
        c for c in bound.columns.values() if c.spec.reference and not dataset.tables[c.spec.reference.table].hidden
    ]
    has_parent = table.parent is not None and not dataset.tables[table.parent].hidden
    found = [_parent_key(dataset, table, bound)] if has_parent else []
    found += [_ref_key(dataset, nulls, bound, c) for c in shown if c.generator.reference is not None]
    found += [_stated_key(dataset, nulls, bound, c) for c in shown if c.spec.refers is not None]
    keys = tuple(key for key in found if isinstance(key, ForeignKey))
    return keys, [problem for problem in found if isinstance(problem, Problem)]


def _parent_key(dataset: Dataset, table: Table, bound: BoundTable) -> ForeignKey | Problem:
    parent, step = dataset.tables[table.parent or ""], Step(table.parent or "")
    carried = [_reading(bound, (step,), key) for key in parent.key]
    columns = tuple(column for column in carried if column is not None)
    if parent.key and len(columns) == len(parent.key):
        return ForeignKey(columns, parent.name, parent.key, step)
    missing = [key for key, column in zip(parent.key, carried, strict=True) if column is None]
    if missing:
        why = f"has no column for {', '.join(missing)} of its parent {parent.name}"
        hint = f"add a column {{parent: {missing[0]}}}"
    else:
        why, hint = f"its parent {parent.name} has no key", f"give {parent.name} a key, and this table a column for it"
    return dataset.problem("FW-PLAN-NO-FOREIGN-KEY", table.place, f"{why}, so the foreign key cannot be audited", hint)


def _ref_key(dataset: Dataset, nulls: Nulls, bound: BoundTable, column: BoundColumn) -> ForeignKey | Problem:
    ref, own = column.generator.reference, column.spec
    assert ref is not None
    target, step = dataset.tables[ref.table], Step(ref.table, own.name)
    keys: tuple[str, ...] = (ref.column,)
    columns: tuple[str, ...] = (own.name,)
    why = hint = ""
    if own.hidden:
        why, hint = "hidden", "delete hidden:"
    elif ref.column in target.key and len(target.key) > 1 and not target.columns[ref.column].unique:
        parts = [own.name if part == ref.column else _part(dataset, bound, ref, step, part) for part in target.key]
        keys, columns = target.key, tuple(part for part in parts if part is not None)
        if len(columns) < len(keys):
            missing = next(part for part, found in zip(target.key, parts, strict=True) if found is None)
            why = f"one part of the key of {target.name} ({', '.join(target.key)})"
            hint = f"add a column {{expr: {own.name}.{missing}}}"
    if why:
        why = f"{why}, so the reference cannot be audited"
        return dataset.problem("FW-PLAN-NO-FOREIGN-KEY", own.place, why, hint)
    nullable = any(nulls.column(bound.name, name) and not bound.columns[name].spec.required for name in columns)
    return ForeignKey(columns, target.name, keys, step, nullable)


def _part(dataset: Dataset, bound: BoundTable, ref: ReferenceKind, step: Step, part: str) -> str | None:
    """Return the written column that holds a part of the key referred to.

    It reads the row referred to, or matches it, or both carry the part down from an ancestor that they share.
    """
    found = _reading(bound, (step,), part)
    equal = (own for there, own in ref.match if there.covariate == ((), part) and not own.steps)
    found = found or next((own.column for own in equal if not bound.columns[own.column].spec.hidden), None)
    if found is not None or ref.within is None:
        return found
    origin, shared = carried_from(dataset, ref.table, part), [ref.within]
    while (above := dataset.tables[shared[-1]].parent) is not None:
        shared.append(above)
    if origin[0] not in shared:
        return None
    own = (name for name, column in bound.columns.items() if not column.spec.hidden)
    return next((name for name in own if carried_from(dataset, bound.name, name) == origin), None)


def _stated_key(dataset: Dataset, nulls: Nulls, bound: BoundTable, column: BoundColumn) -> ForeignKey | Problem:
    own, refers = column.spec, column.spec.refers
    assert refers is not None
    if own.hidden:
        why = "hidden, so the reference cannot be audited"
        return dataset.problem("FW-PLAN-NO-FOREIGN-KEY", own.place, why, "delete hidden:")
    nullable = nulls.column(bound.name, own.name) and not own.required
    return ForeignKey((own.name,), refers.target, (refers.column,), refers.steps[0], nullable, own.detour)


def _reading(bound: BoundTable, steps: tuple[Step, ...], key: str) -> str | None:
    """Return the written column that holds, as it is, the column `key` of the row that `steps` lead to."""
    for name, column in bound.columns.items():
        if not column.spec.hidden and column.when is None and column.generator.copies == (steps, key):
            return name
    return None
