"""Which columns may hold nulls."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from fanwise.generator.language.spec import Below, ByKey, Column, Dataset, End, Expression, Generator, Path

__all__ = ["Nulls"]


class Nulls:
    """Which columns may hold nulls: those declared so, references that may find nothing, and all that reads these."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.column = cache(self._column)

    def path(self, path: Path) -> bool:
        """Return whether what a path leads to may be null."""
        table = path.table
        for step in path.steps:
            if step.column is not None and self.column(table, step.column):
                return True
            table = step.table
        return self.column(path.target, path.column)

    def _column(self, table: str, name: str) -> bool:
        column: Column = self._dataset.tables[table].columns[name]
        cases = column.when.cases.values() if column.when else ()
        return (
            column.null > 0
            or self._generator(table, column.generator)
            or any(case is None or (isinstance(case, Generator) and self._generator(table, case)) for case in cases)
        )

    def _generator(self, table: str, generator: Generator) -> bool:
        params = generator.params
        if generator.kind == "constant":
            return params["value"] is None
        if generator.kind == "parent":
            return self.column(self._dataset.tables[table].parent or "", str(params["column"]))
        if generator.kind == "ref":
            alone = params["table"] == table or params.get("within") is not None
            return alone or self.column(str(params["table"]), str(params["column"]))
        if generator.kind == "rollup":
            return self._rollup(*next(iter(params.items())))
        return any(self._parameter(value) for value in params.values())

    def _rollup(self, aggregate: str, below: Below) -> bool:
        """Return whether an aggregate may be null: where there may be no child, or none with a value."""
        if aggregate in {"sum", "count"}:
            return False
        fanout = self._dataset.tables[below.table].fanout
        least = 0.0
        if fanout is not None:
            kind, params = fanout.generator.kind, fanout.generator.params
            drawn = params.get({"fixed": "value", "integer": "min"}.get(kind, ""), 0.0)
            least = drawn if isinstance(drawn, float) and not fanout.generator.multipliers else 0.0
            least = min(max(least, fanout.min or 0), math.inf if fanout.max is None else fanout.max)
        return least < 1 or self.column(below.table, str(below.column))

    def _parameter(self, value: Any) -> bool:
        """Return whether a parameter may be undetermined for some row, which makes the row's value null."""
        if isinstance(value, Path):
            return self.path(value)
        if isinstance(value, End):
            return value.path is not None and self.path(value.path)
        if isinstance(value, ByKey):
            return value.default is None and self.path(value.path)
        if isinstance(value, Generator):
            return any(self._parameter(inner) for inner in value.params.values())
        if isinstance(value, Expression):
            return any(self.path(path) for path in value.names.values()) or value.compiled.makes_nulls
        if isinstance(value, tuple):
            return any(self._parameter(inner) for inner in value)
        return False
