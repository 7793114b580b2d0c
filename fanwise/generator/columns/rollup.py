"""`rollup`: what the rows below a row come to: their count, or the sum, least, largest or mean of a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext, Ints
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Below, Generator
from fanwise.generator.values import INTEGER, Mask, Values

_BITS = 2**63


@dataclass(frozen=True, slots=True)
class Rollup(ColumnKind):
    """The aggregate over the direct children; nulls do not count, as in SQL.

    Without children a count and a sum are 0, anything else is null. Children are made where their parent is, so the
    result is the same wherever the row is made again. Sums of fractions are taken one by one in the order of the
    children, which rounds alike on every machine.
    """

    names: ClassVar[tuple[str, ...]] = ("rollup",)
    spec: Generator
    aggregate: str
    below: Below
    dtype: pl.DataType
    whole: bool

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        aggregate, below = next(iter(binding.generator.params.items()))
        if aggregate == "count" or below.column is None:
            return cls(binding.generator, aggregate, below, INTEGER, True)
        source = binding.column_of(below.table, below.column)
        extreme, boolean = aggregate in {"min", "max"}, source.dtype == pl.Boolean()
        if not (source.dtype.is_numeric() or boolean or (extreme and source.dtype.is_temporal())):
            why = f"{below.text} is neither numbers nor times, so it has no {aggregate}"
            raise binding.error("FW-PLAN-ROLLUP", binding.place(aggregate), why)
        whole = source.integral or boolean
        if extreme:
            return cls(binding.generator, aggregate, below, INTEGER if boolean else source.dtype, whole)
        whole = whole and aggregate == "sum"
        return cls(binding.generator, aggregate, below, INTEGER if whole else pl.Float64(), whole)

    @property
    def integral(self) -> bool:
        return self.whole

    def may_be_null(self, nulls: Nullability) -> bool:
        """Return whether there may be no child, or none with a value; their sum and their count are then 0."""
        if self.aggregate in {"sum", "count"} or self.below.column is None:
            return False
        return nulls.childless(self.below.table) or nulls.column(self.below.table, self.below.column)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("rolls up", f"{self.aggregate} of {self.below.text}")
        yield Fact("rows below", int(np.count_nonzero(ctx.child(self.below.table).rows.parents == row)))

    def draw(self, ctx: GenerationContext) -> Values:
        child = ctx.child(self.below.table)
        assert child.rows.parents is not None
        parents, n = child.rows.parents, len(ctx)
        if self.below.column is None:
            return Values(np.bincount(parents, minlength=n), INTEGER)
        values = child.column(self.below.column)
        if values.null is not None:
            kept = np.flatnonzero(~values.null)
            values, parents = values.take(kept), parents[kept]
        counts = np.bincount(parents, minlength=n)
        if self.aggregate == "count":
            return Values(counts, INTEGER)
        return self._aggregated(values, parents, counts)

    def _aggregated(self, values: Values, parents: Ints, counts: Ints) -> Values:
        data = np.asarray(values.data)
        data = data.astype(np.int64) if data.dtype == np.bool_ else data
        if self.aggregate in ("min", "max"):
            return Values(_extremes(self.aggregate, data, counts), self.dtype, null=_none(counts))
        if self.whole and data.dtype.kind == "i":  # a pin may hold a whole number, written as a decimal, at a fraction
            return Values(_exact_sums(data, counts, self.below.text), INTEGER)
        sums = np.bincount(parents, weights=data, minlength=len(counts))
        if self.aggregate == "sum":
            return Values(sums, pl.Float64())
        return Values(sums / np.maximum(counts, 1), pl.Float64(), null=_none(counts))


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
