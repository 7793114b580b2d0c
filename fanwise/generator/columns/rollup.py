"""`rollup`: what the rows below a row come to: an aggregate of them, all or some, or the first or last one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import DEFAULT_ROUND, Binding, ColumnKind
from fanwise.generator.columns.support.conditions import Condition
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.formulas import Aggregation, Formula, formula_of
from fanwise.generator.columns.support.keys import SortedKeys
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext, Ints
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Below, Generator
from fanwise.generator.values import INTEGER, Mask, Values

_BITS = 2**63
_COUNTS = frozenset({"count", "count_distinct"})
_PICKED = frozenset({"first", "last"})


@dataclass(frozen=True, slots=True)
class Rollup(ColumnKind):
    """The aggregate over the rows below; nulls do not count, as in SQL.

    Without rows a count and a sum are 0, anything else is null. The rows below are made where their parent is, so the
    result is the same wherever the row is made again. Sums of fractions are taken one by one in the order of the rows,
    which rounds alike on every machine. where: only these rows count. by: orders the rows for first and last; of equal
    ones, `first` is the first in the order of the rows, `last` the last.
    """

    names: ClassVar[tuple[str, ...]] = ("rollup",)
    spec: Generator
    aggregate: str
    below: Below
    dtype: pl.DataType
    whole: bool
    where: Condition | None = None
    by: str | None = None

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        aggregate, below = next(iter(params.items()))
        where, by = _where(binding), params.get("by")
        if aggregate in _COUNTS or below.column is None:
            return cls(binding.generator, aggregate, below, INTEGER, True, where)
        source = binding.column_of(below.table, below.column)
        if aggregate in _PICKED:
            name = None if by is None else str(by.column)
            return cls(binding.generator, aggregate, below, source.dtype, source.integral, where, name)
        extreme, boolean = aggregate in {"min", "max"}, source.dtype == pl.Boolean()
        if not (source.dtype.is_numeric() or boolean or (extreme and source.dtype.is_temporal())):
            why = f"{below.text} is neither numbers nor times, so it has no {aggregate}"
            raise binding.error("FW-PLAN-ROLLUP", binding.place(aggregate), why)
        whole = source.integral or boolean
        if extreme:
            return cls(binding.generator, aggregate, below, INTEGER if boolean else source.dtype, whole, where)
        whole = whole and aggregate == "sum"
        return cls(binding.generator, aggregate, below, INTEGER if whole else pl.Float64(), whole, where)

    @property
    def aggregation(self) -> Aggregation:
        return self

    @property
    def condition(self) -> Formula | None:
        """The condition on the rows that count."""
        return None if self.where is None else formula_of(self.where.expression)

    @property
    def integral(self) -> bool:
        return self.whole

    @property
    def digits(self) -> int | None:
        return None if self.aggregate in _PICKED else DEFAULT_ROUND  # a value that is picked stays as it is

    def may_be_null(self, nulls: Nullability) -> bool:
        """Return whether there may be no row below, or none with a value; their sum and their count are then 0."""
        if self.aggregate in {"sum", *_COUNTS} or self.below.column is None:
            return False
        few = self.where is not None or any(map(nulls.childless, self.below.way))
        columns = (self.below.column, *([self.by] if self.by else []))
        return few or any(nulls.column(self.below.table, column) for column in columns)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("rolls up", f"{self.aggregate} of {self.below.text}")
        _, parents, _ = self._rows(ctx)
        yield Fact("rows below", int(np.count_nonzero(parents == row)))

    def _rows(self, ctx: GenerationContext) -> tuple[GenerationContext, Ints, Ints | None]:
        """Return the context below, the row above each of the rows that count, and which they are (None: all)."""
        below, parents = ctx, np.arange(len(ctx))
        for table in self.below.way:
            below = below.child(table)
            assert below.rows.parents is not None
            parents = parents.take(below.rows.parents)
        if self.where is None:
            return below, parents, None
        kept = np.flatnonzero(self.where.holds(below))
        return below, parents[kept], kept

    def draw(self, ctx: GenerationContext) -> Values:
        below, parents, kept = self._rows(ctx)
        n = len(ctx)
        if self.below.column is None:
            return Values(np.bincount(parents, minlength=n), INTEGER)
        values = below.column(self.below.column)
        values = values if kept is None else values.take(kept)
        if self.aggregate in _PICKED:
            order = None if self.by is None else below.column(self.by)
            return self._picked(values, parents, order if order is None or kept is None else order.take(kept), n)
        if values.null is not None:
            some = np.flatnonzero(~values.null)
            values, parents = values.take(some), parents[some]
        counts = np.bincount(parents, minlength=n)
        if self.aggregate == "count":
            return Values(counts, INTEGER)
        if self.aggregate == "count_distinct":
            return Values(_distinct(values, parents, n), INTEGER)
        return self._aggregated(values, parents, counts)

    def _picked(self, values: Values, parents: Ints, by: Values | None, n: int) -> Values:
        """Return the value of the first or last row of each run that has one, in their order or by another column."""
        lost = np.zeros(len(values), dtype=np.bool_)
        for each in (values, by):
            if each is not None and each.null is not None:
                lost |= each.null
        some = np.flatnonzero(~lost)
        if by is not None:
            ranks = by.series().rank("dense").fill_null(0).to_numpy().take(some)
            some = some.take(np.lexsort((some, ranks, parents[some])))
        counts = np.bincount(parents[some], minlength=n)
        if not len(some):
            return values.blank(n)
        ends = np.cumsum(counts)
        at = np.where(counts > 0, ends - counts if self.aggregate == "first" else ends - 1, 0)
        return values.take(some[at]).with_null(_none(counts))

    def _aggregated(self, values: Values, parents: Ints, counts: Ints) -> Values:
        data = np.asarray(values.data)
        data = data.astype(np.int64) if data.dtype == np.bool_ else data
        if self.aggregate in ("min", "max"):
            return Values(_extremes(self.aggregate, data, counts), self.dtype, null=_none(counts))
        if self.whole and data.dtype.kind == "i":  # a pin may hold a whole number, written as a decimal, at a fraction
            return Values(_exact_sums(data, counts, self.below.text), INTEGER)
        # Of no rows at all, the sums are integers.
        sums = np.bincount(parents, weights=data, minlength=len(counts)).astype(np.float64)
        if self.aggregate == "sum":
            return Values(sums, pl.Float64())
        return Values(sums / np.maximum(counts, 1), pl.Float64(), null=_none(counts))


def _where(binding: Binding) -> Condition | None:
    expression = binding.generator.params.get("where")
    if expression is None:
        return None
    types = {name: binding.known(path).dtype for name, path in expression.names.items()}
    return Condition.of(binding.dataset, expression, binding.place("where"), types)


def _distinct(values: Values, parents: Ints, n: int) -> Ints:
    """Return the number of different values of each row above."""
    codes = SortedKeys.of(values).places(values)
    pairs = np.unique(parents * (len(values) + 1) + codes)
    return np.bincount(pairs // (len(values) + 1), minlength=n)


def _none(counts: Ints) -> Mask | None:
    nothing = counts == 0
    return nothing if nothing.any() else None


def _extremes(aggregate: str, data: npt.NDArray[Any], counts: Ints) -> npt.NDArray[Any]:
    """Return the smallest or largest value of each run of `counts` values, 0 where the run is empty."""
    out = np.zeros(len(counts), dtype=data.dtype)
    some = counts > 0
    if len(data):
        function = np.minimum if aggregate == "min" else np.maximum
        out[some] = function.reduceat(data, (np.cumsum(counts) - counts)[some])
    return out


def _exact_sums(data: npt.NDArray[Any], counts: Ints, text: str) -> Ints:
    """Return the sum of each run of `counts` integers (PlanError where one does not fit 64 bits)."""
    ends = np.cumsum(counts)
    total = np.concatenate([[0], np.cumsum(data, dtype=np.int64)])
    largest = max(abs(int(data.min())), abs(int(data.max()))) if len(data) else 0
    if largest * int(counts.max(initial=0)) >= _BITS:
        owners = np.repeat(np.arange(len(counts)), counts)
        if (np.abs(np.bincount(owners, weights=data, minlength=len(counts))) >= _BITS).any():
            raise PlanError(
                "FW-PLAN-ROLLUP", f"a sum of {text} does not fit 64 bits", "clamp its values, or type: float64"
            )
    # Running sums may wrap around beyond 64 bits; differences of two of them are right all the same.
    sums: Ints = total[ends] - total[ends - counts]
    return sums
