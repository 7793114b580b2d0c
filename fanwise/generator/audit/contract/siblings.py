"""Rules on the rows below one parent: what follows from the row before or after, and what comes in order.

| declared at | rule |
|---|---|
| `previous`, `next`, `running` | `series` |
| `ordinal` | `series`: a sum of steps |
| `order: ascending`, `after` with `chain`, `arrival` | `ascends` |
| `intervals` with `overlap: false` | `before` |
| `states` | `moves` |
| `entered` | `stays` |
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import polars as pl

from fanwise.generator.audit.contract.reading import Off, Reader
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support import formulas
from fanwise.generator.language.spec import Path
from fanwise.generator.values import TIMESTAMP
from fanwise.validator import Column, Moves, Series, Stays

__all__ = ["sibling_rules"]


def sibling_rules(reader: Reader, bound: BoundColumn, column: Column) -> dict[str, Any]:
    """Return the rules of a column that speak of other rows below the same parent (raises Off)."""
    kind = bound.generator
    found, before, replaced = kind.siblings, kind.ends_before, bound.spec.when is not None
    ascends = bool(kind.ascends) and bound.dtype.is_temporal() and not replaced
    if found is None and before is None and not ascends:
        return {}
    _ordered(reader)
    rules: dict[str, Any] = {"ascends": True} if ascends else {}
    pinned = before is not None and type(reader.plan.tables[reader.name].columns[before.column]) is not BoundColumn
    if before is not None and not replaced and not pinned:
        rules["before"] = _own(reader, before)
    if isinstance(found, formulas.Series):
        rules["series"] = _series(reader, bound, column, found)
    elif isinstance(found, formulas.Numbered):
        rules["series"] = _numbered(bound, column, found)
    elif replaced and found is not None:
        raise Off("rows that `when` replaces hide the state before")
    elif isinstance(found, formulas.Moves):
        if bound.dtype != pl.String():
            raise Off(f"it is written as {column.type}")
        named = None if isinstance(found.start, str) else _own(reader, found.start)
        rules["moves"] = Moves(found.start if isinstance(found.start, str) else None, found.next, named)
    elif isinstance(found, formulas.Stays):
        if bound.dtype != TIMESTAMP:
            raise Off(f"it is written as {column.type}")
        lasts = {
            state: (float(math.floor(low)), high if math.isinf(high) else float(math.floor(high)))
            for state, (low, high) in found.lasts.items()
        }
        rules["stays"] = Stays(_own(reader, found.column), reader.end(found.start, day=False), lasts)
    return rules


def _ordered(reader: Reader) -> None:
    """Raise Off where the files do not show which rows are below one parent, and in which order."""
    if reader.tables[reader.name].parent is None:
        raise Off(f"{reader.name} does not hold the key of its parent")
    if reader.order(reader.name) is None:
        raise Off(f"no column of {reader.name} tells the order of its rows")


def _own(reader: Reader, path: Path) -> str:
    return reader.readable(replace(path, table=reader.name))


def _series(reader: Reader, bound: BoundColumn, column: Column, found: formulas.Series) -> Series:
    if found.off:
        raise Off(found.off)
    source = reader.plan.tables[found.column.target].columns[found.column.column]
    sorts = {_sort(bound.dtype), _sort(source.dtype)} if found.take != "count" else {_sort(bound.dtype)}
    if len(sorts) > 1:
        raise Off(f"it is written as {column.type}")
    if bound.dtype == pl.Float32() or source.dtype == pl.Float32():
        raise Off("it is written as float32")
    start = None if found.start is None else reader.value(found.start)
    return Series(found.take, _own(reader, found.column), start)


def _numbered(bound: BoundColumn, column: Column, found: formulas.Numbered) -> Series:
    """Return the sum of steps that gives a row its number."""
    if not bound.dtype.is_integer():
        raise Off(f"it is written as {column.type}")
    return Series("sum", str(found.step), str(found.start - found.step))


def _sort(dtype: pl.DataType) -> str:
    """Return what a value can be compared with."""
    return "time" if dtype.is_temporal() else "text" if dtype == pl.String() else "number"
