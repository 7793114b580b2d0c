"""The names pass of distributions and spreads: columns, covariates and numbers of each are there and fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from fanwise.io.problems import Place
from fanwise.validator.contract.conditions import ConditionError, parse_condition, parse_truth, resolve_name
from fanwise.validator.contract.model import Axis, Cell, Distribution, Spread, Table, View
from fanwise.validator.contract.rules import Wrong, unknown

__all__ = ["law_problems", "spread_problems"]

_CODE = "FW-CONTRACT-DISTRIBUTION"
_ENDS = {"lag": ("start",), "place": ("start", "end")}
"""Which ends a view cannot do without."""


def law_problems(tables: Mapping[str, Table], axes: Mapping[str, Axis], at: int, law: Distribution) -> Iterator[Wrong]:
    """Yield the problems of one distribution."""
    place: Place = ("distributions", at)
    if law.table not in tables:
        yield unknown((*place, "table"), "table", law.table, tables)
        return
    table = tables[law.table]
    if (law.column is None) == (law.per is None):
        yield (
            _CODE,
            place,
            "has both 'column' and 'per', or neither",
            "give a column, or the parent whose rows are counted",
        )
        return
    if law.column is not None and law.column not in table.columns:
        yield unknown((*place, "column"), f"column of {law.table}", law.column, table.columns)
        return
    if law.per is not None and (table.parent is None or table.parent.table != law.per):
        yield _CODE, (*place, "per"), f"{law.per} is not the parent of {law.table}", "name the parent"
        return
    names = [(("by", index), name) for index, name in enumerate(law.by)]
    names += [(("without", index), rows.name) for index, rows in enumerate(law.without)]
    for where, name in names:
        try:
            resolve_name(tables, axes, law.home, name)
        except ConditionError as error:
            yield error.code, (*place, *where), error.why, error.hint
    if law.view is not None:
        yield from _view(tables, axes, (*place, "view"), law, law.view)
    for index, cell in enumerate(law.cells):
        yield from _cell((*place, "cells", index), law, cell)


def _view(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], place: Place, law: Distribution, view: View
) -> Iterator[Wrong]:
    if law.column is None:
        yield _CODE, place, "there is no column to look at", "name the column"
        return
    type_name = tables[law.table].columns[law.column].type
    texts = type_name.startswith(("text", "varchar", "char"))
    fits = texts if view.what == "character" else type_name in ("date", "timestamp")
    if not fits:
        why = f"{law.table}.{law.column} is {type_name}, which has no {view.what}"
        yield _CODE, (*place, "what"), why, "name another"
    if view.what == "character" and not view.at:
        yield _CODE, (*place, "at"), "the place of the character is missing", "count from 1, or from -1 at the end"
    ends = {"start": view.start, "end": view.end, "where": view.where}
    for name in _ENDS.get(view.what, ()):
        if ends[name] is None:
            yield _CODE, (*place, name), f"'{view.what}' needs it", "give an expression of the row"
    for name, text in ends.items():
        try:
            if text is not None:
                (parse_truth if name == "where" else parse_condition)(tables, axes, law.table, text)
        except ConditionError as error:
            yield error.code, (*place, name), error.why, error.hint


def _cell(place: Place, law: Distribution, cell: Cell) -> Iterator[Wrong]:
    if len(cell.at) != len(law.by):
        yield _CODE, (*place, "at"), f"{len(cell.at)} values for {len(law.by)} names", "give one for each name of 'by'"
    shares = [share for _, share in cell.at_most]
    if any(not 0 <= share <= 1 for share in shares):
        yield _CODE, (*place, "at_most"), "a share is not between 0 and 1", "write [point, share]"
    if any(a >= b for a, b in pairwise(cell.at_most)) or any(a > b for a, b in pairwise(shares)):
        yield _CODE, (*place, "at_most"), "points and shares do not increase", "sort them by the point"
    if sum(share for _, share in cell.shares) > 1 + 1e-9:
        yield _CODE, (*place, "shares"), "the shares sum to more than 1", "lower them"


def spread_problems(tables: Mapping[str, Table], axes: Mapping[str, Axis], at: int, spread: Spread) -> Iterator[Wrong]:
    """Yield the problems of one spread of references."""
    place: Place = ("spreads", at)
    if spread.table not in tables:
        yield unknown((*place, "table"), "table", spread.table, tables)
        return
    edge = tables[spread.table].edge(spread.columns)
    if edge is None:
        known = ["+".join(each.columns) for each in tables[spread.table].edges]
        yield unknown((*place, "columns"), f"reference of {spread.table}", "+".join(spread.columns), known)
        return
    if spread.zipf is not None:
        beside = {"a weight": spread.weight, "by": spread.by, "other": spread.other}
        for word in (word for word, given in beside.items() if given):
            yield _CODE, (*place, "zipf"), f"there is {word} too", "keep one of them"
    if spread.other:
        others = [one.columns for one in tables[spread.table].edges if one.table == edge.table and one != edge]
        if spread.other not in others:
            where, what = (*place, "other"), f"other reference to {edge.table}"
            yield unknown(where, what, "+".join(spread.other), map("+".join, others))
    if edge.table not in tables:
        return
    asked: list[tuple[Place, str]] = [(("by", at), text) for at, text in enumerate(spread.by)]
    if spread.weight is not None:
        asked.append((("weight",), spread.weight))
    for where, text in asked:
        try:
            parse_condition(tables, axes, edge.table, text)
        except ConditionError as error:
            yield error.code, (*place, *where), error.why, error.hint
