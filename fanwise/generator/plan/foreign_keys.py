"""Foreign keys as the files hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Column, Dataset, Expression, Step, Table
from fanwise.generator.plan.nulls import Nulls

__all__ = ["ForeignKey", "foreign_keys"]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that hold the `keys` of a row of `table`; of the driving parent, or of a row referred to."""

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    kind: Literal["parent", "ref"]
    nullable: bool = False

    def is_step(self, step: Step) -> bool:
        """Return whether a step of a path goes along this key."""
        return (self.kind, self.table) == (step.kind, step.table) and step.column in {None, *self.columns}


def foreign_keys(dataset: Dataset, nulls: Nulls, table: str) -> tuple[tuple[ForeignKey, ...], list[Problem]]:
    """Return the foreign keys of a table, the parent's first, and why others are not written.

    A key of which a column is missing or hidden is left out.
    """
    own = dataset.tables[table]
    found = [_parent_key(dataset, own)] if own.parent is not None else []
    found += [_ref_key(dataset, nulls, own, column) for column in own.columns.values() if column.kind == "ref"]
    keys = tuple(key for key in found if isinstance(key, ForeignKey))
    return keys, [problem for problem in found if isinstance(problem, Problem)]


def _parent_key(dataset: Dataset, table: Table) -> ForeignKey | Problem:
    parent = dataset.tables[table.parent or ""]
    carried = [_reading(table, (Step("parent", parent.name),), key) for key in parent.key]
    columns = tuple(column for column in carried if column is not None)
    if parent.key and len(columns) == len(parent.key):
        return ForeignKey(columns, parent.name, parent.key, "parent")
    missing = [key for key, column in zip(parent.key, carried, strict=True) if column is None]
    if missing:
        why = f"has no column for {', '.join(missing)} of its parent {parent.name}"
        hint = f"add a column {{parent: {missing[0]}}}"
    else:
        why, hint = f"its parent {parent.name} has no key", f"give {parent.name} a key, and this table a column for it"
    return dataset.problem("FW-PLAN-NO-FOREIGN-KEY", table.place, f"{why}, so the foreign key cannot be audited", hint)


def _ref_key(dataset: Dataset, nulls: Nulls, table: Table, column: Column) -> ForeignKey | Problem:
    target = dataset.tables[str(column.generator.params["table"])]
    key = str(column.generator.params["column"])
    keys: tuple[str, ...] = (key,)
    columns: tuple[str, ...] = (column.name,)
    why = hint = ""
    if column.hidden:
        why, hint = "hidden", "delete hidden:"
    elif key in target.key and len(target.key) > 1 and not target.columns[key].unique:
        step = Step("ref", target.name, column.name)
        parts = [column.name if part == key else _reading(table, (step,), part) for part in target.key]
        keys, columns = target.key, tuple(part for part in parts if part is not None)
        if len(columns) < len(keys):
            missing = next(part for part, found in zip(target.key, parts, strict=True) if found is None)
            why = f"one part of the key of {target.name} ({', '.join(target.key)})"
            hint = f"add a column {{expr: {column.name}.{missing}}}"
    if why:
        return dataset.problem(
            "FW-PLAN-NO-FOREIGN-KEY", column.place, f"{why}, so the reference cannot be audited", hint
        )
    nullable = any(nulls.column(table.name, name) for name in columns)
    return ForeignKey(columns, target.name, keys, "ref", nullable)


def _reading(table: Table, steps: tuple[Step, ...], key: str) -> str | None:
    """Return the written column that holds, as it is, the column `key` of the row that `steps` lead to."""
    for column in table.columns.values():
        if not column.hidden and column.when is None and _copied(table, column) == (steps, key):
            return column.name
    return None


def _copied(table: Table, column: Column) -> tuple[tuple[Step, ...], str] | None:
    """Return what a column copies: `{parent: x}`, or an expression that is nothing but a name."""
    params = column.generator.params
    if column.kind == "parent":
        return (Step("parent", table.parent or ""),), str(params["column"])
    expression = params.get("expression")
    if not isinstance(expression, Expression) or len(expression.names) != 1:
        return None
    path = next(iter(expression.names.values()))
    return (path.steps, path.column) if expression.compiled.is_name else None
