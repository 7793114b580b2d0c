"""Which rows the values of a column refer to, where `references` names the key that they are of."""

from __future__ import annotations

import numpy as np

from fanwise.generator.columns.support.keys import SortedKeys
from fanwise.generator.context import GenerationContext, Ints, Reference
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Dataset, Expression, Path
from fanwise.generator.values import Values

__all__ = ["carried_from", "stated_targets"]


def stated_targets(ctx: GenerationContext, values: Values, refers: Path, above: str | None) -> Reference:
    """Return the rows of a table whose key the values are; null where a value is null or the key of no row.

    above: the ancestor that is the table itself, where the key is carried down from there.
    """
    if above is not None:
        near, index = ctx.ancestor(above)
        return Reference(above, index, values.null, near)
    table, references = refers.target, ctx.references
    size = references.size(table)
    if not size and len(ctx):
        raise PlanError("FW-PLAN-NO-TARGET", f"{table} has no rows to refer to", f"give {table} more rows")

    def make() -> tuple[SortedKeys, Ints]:
        values = references.gather(table, np.arange(size), (), refers.column)
        keys = SortedKeys.of(values)
        places = keys.places(values)
        rows = np.zeros(len(keys.keys), dtype=np.int64)
        known = np.flatnonzero(places >= 0)
        rows[places[known]] = known
        return keys, rows

    keys, numbers = references.once(("rows by key", table, refers.column), make)
    places = keys.places(values)
    lost = places < 0
    rows = numbers.take(np.where(lost, 0, places)) if len(numbers) else np.zeros(len(ctx), dtype=np.int64)
    return Reference(table, rows, lost if lost.any() else None)


def carried_from(dataset: Dataset, table: str, name: str) -> tuple[str, str]:
    """Return the table and column that a column's values are carried down from; its own where they are not."""
    while True:
        column = dataset.tables[table].columns[name]
        path = column.source if column.kind == "parent" else None
        expression = column.generator.params.get("expression")
        if isinstance(expression, Expression) and expression.compiled.is_name:
            path = next(iter(expression.names.values()))
        if (
            path is None
            or column.when is not None
            or not path.steps
            or any(step.column or step.down for step in path.steps)
        ):
            return table, name
        table, name = path.target, path.column
