"""GenerationContext: the rows of one table in one chunk, and all that they can see.

A context answers three questions about its rows: what is in this column, what does this path lead to, and what does the
mixer say for this column and lane. A parent's column is carried down by the row's parent index; a reference is gathered
from the row number that the reference drew. So a segment reaches every table below it, however the row refers to it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Path, Step
from fanwise.generator.numerics.randomness import Bits, child_keys, root_keys, uniform
from fanwise.generator.values import Mask, Values

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
T = TypeVar("T")

SCORE = " score"
"""Behind the name of a column: the normal scores of the uniforms that it is drawn from, and not its values."""


@dataclass(slots=True)
class Rows:
    """The identity of n rows of one table.

    keys: uint64 (n,). ordinals: int64 (n,), from 0 within the parent; a root's is its row number.
    parents: int64 (n,), positions in the parent context's rows; None for a root.
    """

    keys: Bits
    ordinals: Ints
    parents: Ints | None
    _numbers: Ints | None = None
    _later: Callable[[], Ints] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def numbers(self) -> Ints:
        """The row numbers within the table over the whole run, int64 (n,); a child's are known only after counting."""
        if self._numbers is None:
            if self._later is None:
                raise PlanError(
                    "FW-PLAN-ROW-NUMBER",
                    "a fanout depends on a row number, and row numbers are known only after all fanouts are drawn",
                )
            self._numbers = self._later()
        return self._numbers

    def number_from(self, first: int) -> None:
        """Number the rows `first`, `first` + 1, …"""
        self._numbers = np.arange(first, first + len(self))

    def number_later(self, make: Callable[[], Ints]) -> None:
        """Let `make` number the rows only when they are needed: counting a table's rows may be expensive."""
        self._later = make

    @classmethod
    def of_root(cls, table: str, numbers: Ints) -> Rows:
        """Return the rows of a root table with these row numbers."""
        return cls(root_keys(table, numbers), numbers, None, numbers)

    @classmethod
    def below(cls, table: str, parent: Rows, counts: Ints) -> Rows:
        """Return the children of `parent`, `counts[i]` of row i, not yet numbered."""
        ends = np.cumsum(counts)
        # np.repeat takes 3 ns a row where counts are small; the sum of steps, one at each change of parent, takes 1.
        rows = int(ends[-1]) if len(ends) else 0
        parents = np.cumsum(np.bincount(ends[:-1], minlength=rows)[:rows])
        ordinals = np.arange(rows)
        ordinals -= (ends - counts).take(parents)
        return cls(child_keys(table, parent.keys.take(parents), ordinals), ordinals, parents)


class ColumnSource(Protocol):
    """A column of the plan: makes the values of a context's rows."""

    def values(self, ctx: GenerationContext) -> Values: ...

    def targets(self, ctx: GenerationContext) -> Reference:
        """Return the rows referred to (reference columns only)."""
        ...


class TableSource(Protocol):
    """A table of the plan, as far as a context needs it."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> Mapping[str, ColumnSource]: ...

    @property
    def children(self) -> Mapping[str, TableSource]:
        """The tables whose driving parent this is."""
        ...

    @property
    def below(self) -> frozenset[str]:
        """The names of all tables below this one, at any depth."""
        ...

    def source(self, name: str) -> ColumnSource:
        """Return a column, or with SCORE behind its name, its normal scores."""
        ...

    def counts(self, parent: GenerationContext) -> Ints:
        """Return the number of rows of this table that each row of its parent's context has."""
        ...


class References(Protocol):
    """Every table of the run as something to refer to."""

    def size(self, table: str) -> int:
        """Return the table's number of rows in the whole run."""
        ...

    def gather(self, table: str, numbers: Ints, steps: tuple[Step, ...], column: str) -> Values:
        """Return what `steps` and `column` lead to from the rows with these row numbers."""
        ...

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned when the key was first asked for in this run, from any thread."""
        ...

    def admitted(self, parent: GenerationContext, table: str, counts: Ints) -> Ints:
        """Return how many rows of a table are made below each of these: the counts, but fewer in a sample.

        Raises TooManyRows if they are more than can be made at once.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reference:
    """The rows that a reference column refers to, with null where there is none.

    rows: int64 (n,), row numbers of `table` in the run or, where `near` is given, positions in that context.
    """

    table: str
    rows: Ints
    null: Mask | None = None
    near: GenerationContext | None = None

    def follow(self, references: References, steps: tuple[Step, ...], column: str) -> Values:
        """Return what the steps and the column lead to from the rows referred to."""
        if self.near is not None:
            values = self.near.follow(steps, column)
            found = values.take(self.rows) if len(values) else values.blank(len(self.rows))
            return found.with_null(self.null)
        return references.gather(self.table, self.rows, steps, column).with_null(self.null)


@dataclass(slots=True)
class GenerationContext:
    """Rows of one table in one chunk; columns are made when first asked for, and kept.

    numbering: numbers the rows of each context below this one; None where a chunk is numbered after counting.
    """

    table: TableSource
    rows: Rows
    parent: GenerationContext | None
    references: References
    numbering: Callable[[GenerationContext], Ints] | None = None
    _children: dict[str, GenerationContext] = field(default_factory=dict)
    _columns: dict[str, Values] = field(default_factory=dict)
    _paths: dict[tuple[tuple[Step, ...], str], Values] = field(default_factory=dict)
    _targets: dict[str, Reference] = field(default_factory=dict)
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def uniform(self, key: int, lane: int = 0) -> Floats:
        """Return one uniform in (0, 1) per row for the column with this key."""
        return uniform(self.rows.keys, key, lane)

    def column(self, name: str) -> Values:
        """Return a column of this table, or its normal scores (see SCORE)."""
        if name not in self._columns:
            self._columns[name] = self.table.source(name).values(self)
        return self._columns[name]

    def targets(self, name: str) -> Reference:
        """Return the rows that the reference column `name` refers to."""
        if name not in self._targets:
            self._targets[name] = self.table.columns[name].targets(self)
        return self._targets[name]

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned when the key was first asked for; it is kept as long as the rows."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept

    def known(self, key: Hashable) -> Any:
        """Return what is kept under a key, or None."""
        return self._kept.get(key)

    def value(self, path: Path) -> Values:
        """Return what `path` leads to from each row."""
        return self.follow(path.steps, path.column)

    def follow(self, steps: tuple[Step, ...], column: str) -> Values:
        """Return the column that the steps lead to from each row; null where a reference on the way is null."""
        if not steps:
            return self.column(column)
        at = (steps, column)
        if at not in self._paths:
            self._paths[at] = self._follow(steps[0], steps[1:], column)
        return self._paths[at]

    def _follow(self, step: Step, rest: tuple[Step, ...], column: str) -> Values:
        if step.down:  # one row for each of these, in the same order
            return self.child(step.table).follow(rest, column)
        if step.column is None:
            assert self.parent is not None
            assert self.rows.parents is not None
            return self.parent.follow(rest, column).take(self.rows.parents)
        return self.targets(step.column).follow(self.references, rest, column)

    def codes(self, path: Path, keys: tuple[str, ...]) -> Codes:
        """Return the position in `keys` of what `path` leads to, int32 (n,); len(keys) for anything else and null."""
        return codes_of(self.value(path), keys)

    def child(self, name: str) -> GenerationContext:
        """Return the context of a child table: the rows fanned out from these."""
        if name not in self._children:
            table = self.table.children[name]
            counts = self.references.admitted(self, name, table.counts(self))
            rows = Rows.below(name, self.rows, counts)
            child = GenerationContext(table, rows, self, self.references, self.numbering)
            if self.numbering is not None:
                rows.number_later(partial(self.numbering, child))
            self._children[name] = child
        return self._children[name]

    def release(self) -> None:
        """Release all rows and columns here and below; the context cannot be used afterwards.

        Contexts point at one another, and the collector of cycles counts objects, not bytes: it would come too late.
        """
        for child in self._children.values():
            child.release()
        for kept in (self._children, self._columns, self._paths, self._targets, self._kept):
            kept.clear()
        nothing = np.empty(0, dtype=np.int64)
        self.rows = Rows(self.rows.keys[:0].copy(), nothing, nothing, nothing)

    def name_of(self, row: int) -> str:
        """Return what a message calls a row, counted from 0: `row 3 of account`, `row 0 below row 3 of account`."""
        if self.parent is None or self.rows.parents is None:
            return f"row {int(self.rows.numbers[row]):,} of {self.table.name}"
        return f"row {int(self.rows.ordinals[row]):,} below {self.parent.name_of(int(self.rows.parents[row]))}"

    def reach(self, name: str) -> GenerationContext:
        """Return the context of this table or of one below it, at any depth."""
        if name == self.table.name:
            return self
        for child in self.table.children.values():
            if child.name == name:
                return self.child(name)
            if name in child.below:
                return self.child(child.name).reach(name)
        raise KeyError(name)

    def ancestor(self, table: str) -> tuple[GenerationContext, Ints]:
        """Return the context of the driving ancestor `table`, and the position of each row's ancestor there."""
        ctx, index = self, None
        while ctx.table.name != table:
            assert ctx.parent is not None
            assert ctx.rows.parents is not None
            index, ctx = ctx.rows.parents if index is None else ctx.rows.parents[index], ctx.parent
        return ctx, np.arange(len(self)) if index is None else index


def codes_of(values: Values, keys: tuple[str, ...]) -> Codes:
    """Return the position in `keys` of each value as text, int32 (n,); len(keys) for anything else and for null."""
    place = {key: position for position, key in enumerate(keys)}
    if values.labels is not None:
        table = np.array([place.get(label, len(keys)) for label in values.labels], dtype=np.int32)
        out = table.take(np.asarray(values.data))
    elif values.dtype == pl.Boolean():
        table = np.array([place.get("false", len(keys)), place.get("true", len(keys))], dtype=np.int32)
        out = table[np.asarray(values.data).astype(np.int8)]
    elif values.dtype.is_numeric():
        out = np.full(len(values), len(keys), dtype=np.int32)
        for key, position in place.items():
            if (number := _number(key)) is not None:
                out[np.asarray(values.data) == number] = position
    elif values.dtype.is_nested():
        hint = "name a column of texts, numbers or booleans"
        raise PlanError("FW-PLAN-TYPE", f"values of the type {values.dtype} have no categories", hint)
    else:
        text = values.series().cast(pl.String)
        coded = text.replace_strict(list(keys), list(range(len(keys))), default=len(keys), return_dtype=pl.Int32)
        out = coded.fill_null(len(keys)).to_numpy().copy()
    if values.null is not None:
        out[values.null] = len(keys)
    return out


def _number(key: str) -> float | None:
    """Return the number that a key is written as, or None."""
    try:
        return float(key)
    except ValueError:
        return None
