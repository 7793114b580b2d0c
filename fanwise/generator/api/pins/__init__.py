"""Pins: cells have given values, and everything derived from them follows.

A pin wraps the bound column of its cell (`PinnedColumn`); no kind knows of it. So a held segment acts on the fanouts
and amounts below that row by the same road as a drawn one, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from fanwise.generator.api.pins.checks import Checker
from fanwise.generator.api.pins.column import Held, PinnedColumn
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import Problem, UsageError, nearest
from fanwise.generator.plan import BoundTable, Plan

__all__ = ["PinnedColumn", "Pins", "pinned"]

Pins = Mapping[str, Mapping[int, Mapping[str, Any]]]


def pinned(plan: Plan, pins: Pins) -> Plan:
    """Return the plan in which these cells are pinned: table -> row number from 0 -> column -> value.

    Row numbers are those of the data set with all its pins. Raises UsageError, with all problems, for a table, a row
    or a column that is not there, and for a value that breaks a type, a key, a reference or a bound.
    """
    problems = [*_misnamed(plan, pins)]
    if problems:
        raise UsageError(problems)
    tables = _copied(plan.tables)
    # In the order of the plan: a held row of a child is counted after the pins above it have acted.
    for name in plan.tables:
        if pins.get(name):
            _hold(plan, tables, name, pins[name])
    checker = Checker(plan, tables)
    for name in plan.tables:
        for row, cells in pins.get(name, {}).items():
            problems += checker.problems(name, row, cells)
    if problems:
        raise UsageError(problems)
    return replace(plan, tables=tables)


def _misnamed(plan: Plan, pins: Mapping[Any, Any]) -> Iterator[Problem]:
    for table, rows in pins.items():
        if table not in plan.tables:
            yield Problem("FW-USAGE-NAME", f"no table '{table}'", nearest(str(table), plan.tables), "pin")
            continue
        if not isinstance(rows, Mapping):
            yield Problem(
                "FW-USAGE-PIN", "not a mapping of rows", "write {row: {column: value}}", f"pin.{table}", str(rows)
            )
            continue
        for row, cells in rows.items():
            place = f"pin.{table}.{row}"
            if isinstance(row, bool) or not isinstance(row, int) or row < 0:
                yield Problem("FW-USAGE-PIN", "not a row number", "rows are counted from 0", place)
            elif not isinstance(cells, Mapping):
                yield Problem("FW-USAGE-PIN", "not a mapping of cells", "write {column: value}", place, str(cells))
            else:
                known = plan.tables[table].columns
                unknown = [name for name in cells if name not in known]
                yield from (
                    Problem("FW-USAGE-NAME", f"no column '{n}'", nearest(str(n), known), place) for n in unknown
                )


def _copied(tables: Mapping[str, BoundTable]) -> dict[str, BoundTable]:
    """Return the tables with columns of their own, bound to one another and not to the originals."""
    out = {name: replace(table, columns=dict(table.columns)) for name, table in tables.items()}
    for table in out.values():
        table.children = {name: out[name] for name in table.children}
    return out


def _hold(plan: Plan, tables: dict[str, BoundTable], name: str, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Put the pins of one table into its columns."""
    references = TableReferences(tables)
    size = references.size(name)
    why, hint = f"{name} has {size:,} rows", "rows are counted from 0"
    problems = [Problem("FW-USAGE-PIN", why, hint, f"pin.{name}.{row}") for row in rows if row >= size]
    if problems:
        raise UsageError(problems)
    checker = Checker(plan, tables)
    held: dict[str, Held] = {}
    for row, cells in rows.items():
        ctx, place = references.locate(name, np.array([row]))
        key = ctx.rows.keys[place]
        for column, value in cells.items():
            try:
                cell, target = checker.cell(ctx, int(place[0]), column, value)
            except ValueError as error:
                problems.append(
                    Problem("FW-USAGE-PIN", str(error), path=f"pin.{name}.{row}.{column}", value=repr(value))
                )
                continue
            one = Held(key, cell, None if target is None else np.array([target]))
            held[column] = held[column].merge(one) if column in held else one
    if problems:
        raise UsageError(problems)
    columns = tables[name].columns
    pinned = {column: PinnedColumn.over(columns[column], cells_of) for column, cells_of in held.items()}
    tables[name].columns = {**columns, **pinned}
