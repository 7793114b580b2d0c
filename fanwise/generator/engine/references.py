"""Every table of a run as something to refer to.

A table of up to `LIMIT` rows is made once, column by column as asked for, and gathered from. Of a larger one, the rows
that are referred to are made again for each chunk. Both roads run the same code over the same row identities, so they
give the same values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from threading import RLock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.errors import TooManyRows
from fanwise.generator.language.spec import Step
from fanwise.generator.values import Values

T = TypeVar("T")
Ints = npt.NDArray[np.int64]
Numbering = Callable[[GenerationContext], Ints]

LIMIT = 2_000_000
_SLICE = 1 << 15  # rows of a large table that are made again at a time
_ROOTS = 1 << 14  # root rows that are counted at a time
_ROW = 24  # bytes of a row: its key, its place below its parent, and that of its parent
_UNKNOWN = 1 << 32  # rows that are made at once at most, and where the memory of the machine is not known


class TableReferences:
    """Size and contents of the tables of one run; shared by all threads."""

    def __init__(self, tables: Mapping[str, BoundTable], limit: int = LIMIT, most: int | None = None) -> None:
        """most: rows of one table that are made at once; None: as many as this machine could hold."""
        self._tables = tables
        self._limit = limit
        self._most = _held() if most is None else most
        self._lock = RLock()
        self._kept: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned when the key was first asked for in this run, from any thread."""
        if key not in self._kept:
            with self._lock:
                if key not in self._kept:
                    self._kept[key] = make()
        kept: T = self._kept[key]
        return kept

    def admitted(self, parent: GenerationContext, table: str, counts: Ints) -> Ints:
        """Return the counts; raises TooManyRows if so many rows of a table are more than can be made at once."""
        total = float(counts.sum(dtype=np.float64))
        if total > self._most:
            row = int(counts.argmax())
            below = f"{int(counts[row]):,} rows of {table} below it"
            why = f"{parent.name_of(row)} has {below}, more than can be made at once"
            raise TooManyRows("FW-PLAN-BELOW", why)
        return counts

    def size(self, table: str) -> int:
        """Return the table's number of rows in the whole run."""
        bound = self._tables[table]
        return bound.rows if bound.rows is not None else int(self._directory(table)[-1])

    def gather(self, table: str, numbers: Ints, steps: tuple[Step, ...], column: str) -> Values:
        """Return what the steps and the column lead to from the rows with these row numbers, in their order."""
        if not len(numbers):
            return self._context(self._root(table), numbers, _in_order).reach(table).follow(steps, column)
        if self.size(table) <= self._limit:
            return self.once((table, steps, column), lambda: self.whole(table).follow(steps, column)).take(numbers)
        pieces = (numbers[start : start + _SLICE] for start in range(0, len(numbers), _SLICE))
        return Values.concat([self._select(table, piece, steps, column) for piece in pieces])

    def root(self, table: str) -> str:
        """Return the name of the root table above a table; a root's own."""
        return self._root(table).name

    def whole(self, table: str) -> GenerationContext:
        """Return the context of all rows of a table; it is kept, and shared by the tables of one root."""
        root = self._root(table)
        top = self.once(("whole", root.name), lambda: self._context(root, np.arange(root.rows or 0), _in_order))
        return top.reach(table)

    def locate(self, table: str, numbers: Ints) -> tuple[GenerationContext, Ints]:
        """Return a context that holds the rows with these row numbers, and the position of each of them in it.

        It holds all rows below the root rows above them, and no others.
        """
        root = self._root(table)
        if root.name == table:
            owners, place = np.unique(numbers, return_inverse=True)
            return self._context(root, owners, partial(self._numbers, root=root, owners=owners)), place
        directory = self._directory(table)
        owners, place = np.unique(np.searchsorted(directory, numbers, side="right") - 1, return_inverse=True)
        target = self._context(root, owners, partial(self._numbers, root=root, owners=owners)).reach(table)
        sizes = directory[owners + 1] - directory[owners]
        before = np.cumsum(sizes) - sizes
        return target, before[place] + numbers - directory[owners][place]

    def _root(self, table: str) -> BoundTable:
        bound = self._tables[table]
        while bound.parent is not None:
            bound = self._tables[bound.parent]
        return bound

    def _context(self, root: BoundTable, numbers: Ints, numbering: Numbering | None = None) -> GenerationContext:
        return GenerationContext(root, Rows.of_root(root.name, numbers), None, self, numbering)

    def _directory(self, table: str) -> Ints:
        """Return how many rows of a child table are below the root rows before each one, int64 (roots + 1,)."""
        return self.once(("directory", table), lambda: self._count(table))

    def _count(self, table: str) -> Ints:
        root, bound = self._root(table), self._tables[table]
        assert root.rows is not None
        assert bound.parent is not None
        counts = [np.zeros(1, dtype=np.int64)]
        for start in range(0, root.rows, _ROOTS):
            top = self._context(root, np.arange(start, min(start + _ROOTS, root.rows)))
            parent = top.reach(bound.parent)
            # The rows themselves are not made: drawing how many there are is enough.
            below = bound.counts(parent)
            if parent is not top:
                owners = parent.ancestor(root.name)[1]
                below = np.bincount(owners, weights=below, minlength=len(top)).astype(np.int64)
            counts.append(below)
            top.release()
        total: Ints = np.cumsum(np.concatenate(counts))
        return total

    def _select(self, table: str, numbers: Ints, steps: tuple[Step, ...], column: str) -> Values:
        target, place = self.locate(table, numbers)
        found = target.follow(steps, column).take(place)
        target.ancestor(self.root(table))[0].release()
        return found

    def _numbers(self, ctx: GenerationContext, root: BoundTable, owners: Ints) -> Ints:
        """Return the row numbers of a context that holds all rows below the root rows `owners`."""
        directory = self._directory(ctx.table.name)
        sizes = directory[owners + 1] - directory[owners]
        first: Ints = directory[owners] - (np.cumsum(sizes) - sizes)
        numbers: Ints = np.arange(len(ctx)) + np.repeat(first, sizes)
        return numbers


def _held() -> int:
    """Return how many rows the memory of this machine holds at most, before any of their columns is made."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        return _UNKNOWN
    return min(max(memory // _ROW, LIMIT), _UNKNOWN)


def _in_order(ctx: GenerationContext) -> Ints:
    """Return the row numbers of a context that holds all rows of its table."""
    return np.arange(len(ctx))
