"""Which rows the values of a column refer to, where `references` names the key that they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

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

    def make() -> _Index:
        return _Index.of(references.gather(table, np.arange(size), (), refers.column))

    rows = references.once(("index", table, refers.column), make).find(values)
    lost = rows < 0
    return Reference(table, np.where(lost, 0, rows), lost if lost.any() else None)


@dataclass(frozen=True, slots=True)
class _Index:
    """The rows of a table by their key: sorted, with the row number of each."""

    keys: pl.Series
    rows: Ints

    @classmethod
    def of(cls, keys: Values) -> Self:
        series = _plain(keys)
        order = series.arg_sort(nulls_last=True)
        rows: Ints = order.to_numpy().astype(np.int64)
        return cls(series.gather(order).drop_nulls(), rows)

    def find(self, values: Values) -> Ints:
        """Return the row of each value, int64 (n,); -1 for null and for a value that is no key."""
        if values.labels is not None:  # one search for each text of the pool
            found = self._search(values.labels).take(np.asarray(values.data))
        else:
            found = self._search(_plain(values))
        return found if values.null is None else np.where(values.null, -1, found)

    def _search(self, series: pl.Series) -> Ints:
        if not len(self.keys):
            return np.full(len(series), -1, dtype=np.int64)
        wanted = series.cast(self.keys.dtype)
        places: npt.NDArray[np.int64] = self.keys.search_sorted(wanted).to_numpy().astype(np.int64)
        places = np.minimum(places, len(self.keys) - 1)
        same = (self.keys.gather(places) == wanted).fill_null(False).to_numpy()
        return np.where(same, self.rows.take(places), -1)


def _plain(values: Values) -> pl.Series:
    """Return values as text or as numbers: whole ones stay exact."""
    series = values.series()
    return series if series.dtype == pl.String else series.to_physical()


def carried_from(dataset: Dataset, table: str, name: str) -> tuple[str, str]:
    """Return the table and column that a column's values are carried down from; its own where they are not."""
    while True:
        column = dataset.tables[table].columns[name]
        path = column.source if column.kind == "parent" else None
        expression = column.generator.params.get("expression")
        if isinstance(expression, Expression) and expression.compiled.is_name:
            path = next(iter(expression.names.values()))
        if path is None or column.when is not None or not path.steps or any(step.column for step in path.steps):
            return table, name
        table, name = path.target, path.column
