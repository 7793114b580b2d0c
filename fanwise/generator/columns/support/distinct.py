"""Distinct draws below one ancestor: clashes are redrawn, earlier rows have the right of way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

LANES = 64
_NEAR, _FAR = 4, 32  # rows back that every row is compared with; and where sorting beats comparing


def distinct_draws(
    first: Ints, groups: Ints, redraw: Callable[[Ints, int], Ints], lowest: Ints, sizes: Ints | None = None
) -> Ints:
    """Return draws that differ from those of earlier rows of the same group, int64 (n,).

    first: the draws of lane 0; negative ones stand for null and never clash. groups: group of each row, rows of a group
    standing together. redraw(rows, lane): new draws for these rows. lowest: per row, the least value that it may take.
    sizes: how many it may take, where that differs within a group; a row that finds none is then negative.

    All groups go through the passes in step, and pass p redraws on lane p, so a row's value depends only on itself and
    on earlier rows of its group: never on chunks, nor on rows that follow. Rows that still clash after 64 passes take
    the least value that no earlier row has (it may lie beyond what the caller has to offer; the caller looks).
    """
    values, rows = first.copy(), np.arange(len(first))
    clash = _clashes(values, groups)
    for lane in range(1, LANES + 1):
        if not clash.size:
            return values
        values[clash] = redraw(clash, lane)
        rows = _members(rows, groups, clash)
        clash = rows[_clashes(values.take(rows), groups.take(rows))]
    while clash.size:
        rows = _members(rows, groups, clash)
        head = clash[np.flatnonzero(np.diff(groups[clash], prepend=-1))]
        values[head] = lowest[head] + _least_free(values, groups, rows, head, lowest)
        if sizes is not None:
            values[head] = np.where(values[head] < lowest[head] + sizes[head], values[head], -1)
        clash = rows[_clashes(values[rows], groups[rows])]
    return values


def _members(rows: Ints, groups: Ints, chosen: Ints) -> Ints:
    """Return those of `rows` (ascending) whose group holds one of the `chosen` rows."""
    marked = np.zeros(int(groups[rows[-1]]) + 1, dtype=np.bool_)
    marked[groups[chosen]] = True
    return rows.take(np.flatnonzero(marked.take(groups.take(rows))))


def _clashes(values: Ints, groups: Ints) -> Ints:
    """Return the positions of rows that share their value with an earlier row of their group, ascending."""
    if not len(values):
        return np.empty(0, dtype=np.int64)
    # One number for group and value; rows of a chunk times rows of a table stay far below 2^63.
    places = groups * (int(values.max()) + 1)
    places += values
    clash = np.zeros(len(values), dtype=np.bool_)
    for back in range(1, _NEAR + 1):
        clash[back:] |= places[back:] == places[:-back]
    back = _NEAR + 1
    rows = np.flatnonzero(groups[back:] == groups[:-back]) + back
    while rows.size and back < _FAR:
        clash[rows.take(np.flatnonzero(places.take(rows) == places.take(rows - back)))] = True
        back += 1
        rows = rows[np.searchsorted(rows, back) :]
        rows = rows.take(np.flatnonzero(groups.take(rows) == groups.take(rows - back)))
    if rows.size:
        order = np.argsort(places, kind="stable")
        clash[order[1:]] = places[order[1:]] == places[order[:-1]]
    clash &= values >= 0
    return np.flatnonzero(clash)


def _least_free(values: Ints, groups: Ints, rows: Ints, head: Ints, lowest: Ints) -> Ints:
    """Return, for each head row, the least offset from `lowest` that no earlier row of its group has."""
    place = np.full(int(groups[rows[-1]]) + 1, -1, dtype=np.int64)
    place[groups[head]] = head
    earlier = rows[(rows < place[groups[rows]]) & (values[rows] >= lowest[place[groups[rows]]])]
    offset, group = values[earlier] - lowest[place[groups[earlier]]], groups[earlier]
    order = np.lexsort((offset, group))
    offset, group = offset[order], group[order]
    begin = np.searchsorted(group, groups[head])
    count = np.searchsorted(group, groups[head], side="right") - begin
    free = count.copy()
    rank = np.arange(len(group)) - np.repeat(begin, count) if len(group) else np.empty(0, dtype=np.int64)
    gap = np.flatnonzero(offset != rank)
    owner = np.searchsorted(groups[head], group[gap])
    np.minimum.at(free, owner, rank[gap])
    return free
