"""`running`: a sum, count, least or largest value up to and with each row, among the rows below one parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.otherwise import Otherwise
from fanwise.generator.columns.support.exact_sums import EXACT, digits_of, sum_type, written
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.formulas import Series
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.columns.support.siblings import first_siblings, running_sums, steps
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Generator, Path
from fanwise.generator.values import INTEGER, Values

Aggregate = Literal["sum", "count", "min", "max"]
Numbers = npt.NDArray[Any]
_BITS = 2.0**63
_AGGREGATES: tuple[Aggregate, ...] = ("sum", "count", "min", "max")


@dataclass(frozen=True, slots=True)
class Running(ColumnKind):
    """The aggregate of what `path` leads to from the rows so far; nulls do not count, as in SQL.

    A sum begins with `start`, which is read in the first row. Whole numbers, decimals and rounded fractions add up
    exactly: they are summed in units of their last digit, of which there are `places` after the point.
    """

    names: ClassVar[tuple[str, ...]] = ("running",)
    spec: Generator
    aggregate: Aggregate
    path: Path
    start: Otherwise
    places: int | None
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params, place = binding.generator.params, (*binding.generator.place, binding.generator.kind)
        found = [name for name in _AGGREGATES if name in params]
        if len(found) != 1:
            hint = "write one of sum, count, min and max"
            raise binding.error("FW-PLAN-RUNNING", place, f"{len(found)} aggregates, but one is needed", hint)
        aggregate, path = found[0], params[found[0]]
        start, source = Otherwise.bind(binding, "start"), binding.known(path)
        if "start" in params and aggregate != "sum":
            raise binding.error("FW-PLAN-RUNNING", (*place, "start"), "only a sum has a start", "leave it out")
        if "start" in params and not start.dtype.is_numeric():
            why = f"a sum starts with a number, and this is {start.dtype}"
            raise binding.error("FW-PLAN-RUNNING", (*place, "start"), why, "name a numeric column, or write a number")
        boolean, extreme = source.dtype == pl.Boolean(), aggregate in {"min", "max"}
        if aggregate == "count":
            return cls(binding.generator, aggregate, path, start, None, INTEGER)
        if not (source.dtype.is_numeric() or boolean or (extreme and source.dtype.is_temporal())):
            why = f"'{path.text}' holds {source.dtype}, so it has no {aggregate}"
            raise binding.error("FW-PLAN-RUNNING", (*place, aggregate), why, "count it, or name a column of numbers")
        if extreme:
            dtype = INTEGER if boolean else source.dtype
            return cls(binding.generator, aggregate, path, start, source.decimals, dtype)
        terms = [(INTEGER if boolean else source.dtype, source.decimals)]
        terms += [] if start.spec is None else [(start.exact_type, start.decimals)]
        return cls(binding.generator, aggregate, path, start, digits_of(terms), sum_type(terms))

    @property
    def digits(self) -> int | None:
        return self.places

    @property
    def siblings(self) -> Series:
        return Series(self.aggregate, self.path, *self.start.stated)

    def may_be_null(self, nulls: Nullability) -> bool:
        if self.aggregate == "sum":
            return self.start.spec is not None and self.start.may_be_null(nulls)
        return self.aggregate != "count" and nulls.path(self.path)

    def draw(self, ctx: GenerationContext) -> Values:
        values = ctx.value(self.path)
        if self.aggregate == "count":
            ones = np.ones(len(ctx), dtype=np.int64) if values.null is None else (~values.null).astype(np.int64)
            return Values(running_sums(ctx, ones), INTEGER)
        return self._sums(ctx, values) if self.aggregate == "sum" else self._extremes(ctx, values)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact(self.aggregate, f"of {self.path.text} up to this row")
        yield Fact("this row", value_at(ctx.value(self.path), row))
        if self.start.spec is not None:
            yield Fact("start", value_at(self.start.draw(ctx), row - int(ctx.rows.ordinals[row])))

    def _extremes(self, ctx: GenerationContext, values: Values) -> Values:
        data = np.asarray(values.data)
        series = pl.Series("x", data.astype(np.int64) if data.dtype == np.bool_ else data)
        frame = pl.DataFrame([series, pl.Series("parent", ctx.rows.parents)])
        so_far = pl.col("x")
        if values.null is not None:
            frame = frame.with_columns(pl.Series("null", values.null))
            so_far = pl.when(~pl.col("null")).then(so_far)
        so_far = so_far.cum_min() if self.aggregate == "min" else so_far.cum_max()
        found = frame.select(so_far.forward_fill().over("parent")).to_series()
        null = found.is_null().to_numpy() if found.null_count() else None
        return Values(found.fill_null(0).to_numpy(), self.dtype, null=null)

    def _sums(self, ctx: GenerationContext, values: Values) -> Values:
        terms, first, null = _known(values), np.zeros(1, dtype=np.int64), None
        if self.start.spec is not None:
            start, firsts = self.start.draw(ctx), np.flatnonzero(ctx.rows.ordinals == 0)
            begun = _known(start.take(firsts))
            first = np.zeros(len(ctx), dtype=begun.dtype)
            first[firsts] = begun
            null = None if start.null is None else start.null.take(first_siblings(ctx))
        data: Any = self._whole(ctx, terms, first) if self.dtype == INTEGER else self._fractions(ctx, terms, first)
        return Values(data, self.dtype, null=null)

    def _whole(self, ctx: GenerationContext, terms: Numbers, first: Numbers) -> Ints:
        if (_sizes(ctx, terms, first) >= _BITS).any():
            raise PlanError("FW-PLAN-TYPE", f"a sum of {self.path.text} does not fit 64 bits", "clamp its values")
        return running_sums(ctx, terms.astype(np.int64) + first.astype(np.int64))

    def _fractions(self, ctx: GenerationContext, terms: Numbers, first: Numbers) -> Floats:
        if self.places is None:
            return _one_by_one(ctx, terms, first)
        unit = 10.0**self.places
        terms_in_units, first_in_units = np.rint(terms * unit), np.rint(first * unit)
        most = (int(ctx.rows.ordinals.max(initial=0)) + 1) * _size(terms_in_units) + _size(first_in_units)
        exact = np.ones(1, dtype=np.bool_) if most < EXACT else _sizes(ctx, terms_in_units, first_in_units) < EXACT
        if exact.all():
            return running_sums(ctx, (terms_in_units + first_in_units).astype(np.int64)).astype(np.float64) / unit
        if self.dtype.is_decimal():
            why = f"a sum of {self.path.text} has more than 15 digits"
            raise PlanError("FW-PLAN-TYPE", why, "clamp its values, or type: float64")
        here = exact.take(_parents(ctx))
        units = np.where(here, terms_in_units + first_in_units, 0.0).astype(np.int64)
        return np.where(here, running_sums(ctx, units) / unit, _one_by_one(ctx, terms, first))


def _parents(ctx: GenerationContext) -> Ints:
    assert ctx.rows.parents is not None
    return ctx.rows.parents


def _known(values: Values) -> Numbers:
    """Return the numbers, 0 for null."""
    numbers = written(values)
    return numbers if values.null is None else np.where(values.null, np.zeros(1, dtype=numbers.dtype), numbers)


def _sizes(ctx: GenerationContext, terms: Numbers, first: Numbers) -> Floats:
    """Return, for each parent, a number that no sum on the way is farther from 0 than."""
    sizes = np.abs(terms.astype(np.float64)) + np.abs(first.astype(np.float64))
    return np.asarray(np.bincount(_parents(ctx), weights=sizes, minlength=1), dtype=np.float64)


def _size(numbers: Floats) -> float:
    """Return the largest distance from 0."""
    return float(max(numbers.max(initial=0.0), -numbers.min(initial=0.0)))


def _one_by_one(ctx: GenerationContext, terms: Numbers, first: Numbers) -> Floats:
    """Return running sums of fractions, in the order of the rows, which rounds alike wherever a chunk begins."""
    sums: Floats = terms + first.astype(np.float64)
    for rows in steps(ctx):
        sums[rows] += sums[rows - 1]
    return sums
