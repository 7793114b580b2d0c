"""Bound tables and columns: a schema whose kinds are ready to draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns import ColumnKind
from fanwise.generator.columns.number import Number
from fanwise.generator.columns.parent import Parent
from fanwise.generator.columns.ref import Ref
from fanwise.generator.columns.support.instants import as_date, as_timestamp
from fanwise.generator.context import GenerationContext, Reference
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Column, Dataset, Fanout, Path
from fanwise.generator.numerics.randomness import uniform
from fanwise.generator.numerics.rounding import round_half_away
from fanwise.generator.values import INTEGER, TIMESTAMP, Mask, Values

DEFAULT_ROUND = 6


@dataclass(frozen=True, slots=True)
class BoundWhen:
    """Replacements by the value that `path` leads to; a generator for each of `keys`."""

    path: Path
    keys: tuple[str, ...]
    generators: tuple[ColumnKind, ...]
    dtype: pl.DataType

    def apply(self, ctx: GenerationContext, values: Values) -> Values:
        """Return the values with the cases put in, as `dtype`."""
        codes = ctx.codes(self.path, self.keys)
        series = values.series().cast(self.dtype)
        for place, generator in enumerate(self.generators):
            here = codes == place
            if not here.any():
                continue
            drawn = generator.draw(ctx)
            if drawn.null is not None and drawn.null.all():
                values = Values.of(series).with_null(here)
                series = values.series()
                continue
            case = drawn.series().cast(self.dtype)
            series = pl.select(pl.when(pl.Series(here)).then(case).otherwise(series)).to_series()
        return Values.of(series)

    def nulls(self, ctx: GenerationContext) -> Mask:
        """Return where a case puts null in."""
        codes = ctx.codes(self.path, self.keys)
        out = np.zeros(len(ctx), dtype=np.bool_)
        for place, generator in enumerate(self.generators):
            drawn = generator.draw(ctx)
            if drawn.null is not None:
                out |= (codes == place) & drawn.null
        return out


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """A column ready to draw: its generator, then clamp, when, round, null, type.

    dtype: the Polars type of its values. integral: they are kept as integers (decimals, too, may be).
    """

    dataset: Dataset
    spec: Column
    generator: ColumnKind
    null_key: int
    dtype: pl.DataType
    integral: bool
    when: BoundWhen | None = None

    @classmethod
    def of(cls, dataset: Dataset, spec: Column, generator: ColumnKind, null_key: int, when: BoundWhen | None) -> Self:
        """Return the column with its type: the declared one, else that which is drawn."""
        drawn = _known(generator.dtype) if when is None else stored_type(when.dtype)
        integral = generator.integral if when is None else drawn.is_integer()
        if spec.type is None:
            return cls(dataset, spec, generator, null_key, drawn, integral, when)
        dtype = polars_type(spec.type)
        if not dtype.is_decimal():
            integral = dtype.is_integer()
        return cls(dataset, spec, generator, null_key, dtype, integral, when)

    @property
    def decimals(self) -> int | None:
        """The digits after the point that values are rounded to, or None where they are not."""
        if isinstance(self.dtype, pl.Decimal):
            return self.dtype.scale
        if self.dtype != pl.Float64():
            return None
        if self.spec.round is not None:
            return max(self.spec.round, 0)
        return DEFAULT_ROUND if isinstance(self.generator, Number) else None

    def values(self, ctx: GenerationContext) -> Values:
        """Return the column of the context's rows."""
        values = self._clamped(self.generator.draw(ctx))
        if self.when is not None:
            values = self.when.apply(ctx, values)
        values = self._rounded(values)
        if self.spec.null:
            values = values.with_null(self._null(ctx))
        return self._typed(values)

    def targets(self, ctx: GenerationContext) -> Reference:
        """Return the rows that a reference column refers to, null where the column is."""
        assert isinstance(self.generator, Ref)
        found = self.generator.targets(ctx)
        null = found.null
        if self.when is not None:
            null = _either(null, self.when.nulls(ctx))
        if self.spec.null:
            null = _either(null, self._null(ctx))
        return replace(found, null=null)

    def _null(self, ctx: GenerationContext) -> Mask:
        return uniform(ctx.rows.keys, self.null_key) < self.spec.null

    def _clamped(self, values: Values) -> Values:
        if self.spec.clamp is None:
            return values
        low, high = self.spec.clamp
        data = np.asarray(values.data)
        if low is not None:
            data = np.maximum(data, data.dtype.type(low))
        if high is not None:
            data = np.minimum(data, data.dtype.type(high))
        return replace(values, data=data)

    def _rounded(self, values: Values) -> Values:
        digits = self.spec.round
        if values.dtype != pl.Float64():
            return values
        if digits is None:
            if isinstance(self.generator, Parent | Ref):  # a key stays equal to the one it is read from
                return values
            digits = DEFAULT_ROUND
        return replace(values, data=round_half_away(values.data, digits))

    def _typed(self, values: Values) -> Values:
        wanted = self.spec.type
        if wanted is None:
            return values
        try:
            return cast(values, wanted)
        except (pl.exceptions.PolarsError, OverflowError) as error:
            why = f"a value does not fit type {wanted}: {str(error).splitlines()[0]}"
            hint = "choose a wider type or clamp the values"
            raise PlanError(self.dataset.problem("FW-PLAN-TYPE", (*self.spec.place, "type"), why, hint)) from None


def _either(a: Mask | None, b: Mask) -> Mask:
    return b if a is None else a | b


def cast(values: Values, wanted: str) -> Values:
    """Return the values as the language's type `wanted`; whole numbers are rounded half to even."""
    if wanted == "date" and values.dtype == TIMESTAMP:
        return as_date(values)
    if wanted == "timestamp" and values.dtype == pl.Date():
        return as_timestamp(values)
    target = polars_type(wanted)
    if _fits(values, target):
        return replace(values, dtype=target)
    series = values.series()
    if series.dtype == pl.Float64 and target.is_integer():
        series = pl.Series(np.rint(series.fill_null(0.0).to_numpy()))
    if wanted in {"date", "timestamp"} and series.dtype == pl.String:
        return Values.of(series.str.to_date("%Y-%m-%d") if wanted == "date" else _instants(series))
    out = series.cast(target)
    if target.is_decimal():
        return replace(values, dtype=target)
    if target.is_integer() or target.is_float():
        wide = out.cast(pl.Int64 if target.is_integer() else pl.Float64)
        return replace(Values.of(wide), dtype=target).with_null(values.null)
    return Values.of(out).with_null(values.null)


_LARGEST: Mapping[pl.DataType, int] = {
    pl.Int8(): (1 << 7) - 1, pl.Int16(): (1 << 15) - 1, pl.Int32(): (1 << 31) - 1, pl.Int64(): (1 << 63) - 1,
}  # fmt: skip


def _fits(values: Values, target: pl.DataType) -> bool:
    """Return whether `series` can make the target of all numbers as they are: then nothing is converted here."""
    if values.labels is not None:
        return False
    if isinstance(target, pl.Decimal) and values.dtype in {INTEGER, pl.Float64()}:
        most = 10 ** (target.precision - target.scale) - 1  # rounding to the scale may add up to ½
    elif target.is_integer() and values.dtype == INTEGER:
        most = _LARGEST[target]
    else:
        return False
    numbers = np.asarray(values.data)
    return not len(numbers) or bool(-most < numbers.min() and numbers.max() < most)


def _instants(texts: pl.Series) -> pl.Series:
    """Return texts as instants: a day, to the minute or to the second, with `T` or a blank."""
    plain = texts.str.replace("T", " ", literal=True).str.strip_suffix("Z")
    frame = plain.to_frame("text").with_columns(size=pl.col("text").str.len_bytes())
    ending = pl.when(pl.col("size") == 10).then(pl.lit(" 00:00:00")).when(pl.col("size") == 16).then(pl.lit(":00"))
    whole = frame.select(pl.col("text") + ending.otherwise(pl.lit(""))).to_series()
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")


def stored_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type in which the engine keeps a series of this type."""
    return Values.of(pl.Series(dtype=dtype)).dtype


def common_type(types: Iterable[pl.DataType]) -> pl.DataType:
    """Return the type that a column of the first of these types takes where values of the others are put in.

    It is text where one is text, and a column of nulls is text. Raises PolarsError where no type fits.
    """
    first, *others = types
    found = dict.fromkeys([_known(first), *(dtype for dtype in others if dtype != pl.Null())])
    if pl.String() in found:
        return pl.String()
    return pl.concat([pl.Series(dtype=dtype).to_frame() for dtype in found], how="vertical_relaxed").dtypes[0]


def _known(dtype: pl.DataType) -> pl.DataType:
    return pl.String() if dtype == pl.Null() else dtype


def polars_type(wanted: str) -> pl.DataType:
    """Return the Polars type of a type name of the language."""
    if wanted.startswith("decimal"):
        precision, _, scale = wanted.removeprefix("decimal").strip("() ").partition(",")
        return pl.Decimal(int(precision), int(scale or 0))
    simple: Mapping[str, pl.DataType] = {
        "int8": pl.Int8(), "int16": pl.Int16(), "int32": pl.Int32(), "int64": pl.Int64(),
        "float32": pl.Float32(), "float64": pl.Float64(), "text": pl.String(), "date": pl.Date(),
        "timestamp": TIMESTAMP, "bool": pl.Boolean(),
    }  # fmt: skip
    return simple[wanted]


@dataclass(frozen=True, slots=True)
class BoundFanout:
    """Children per parent row, ready to draw."""

    spec: Fanout
    generator: Number

    def counts(self, parent: GenerationContext) -> npt.NDArray[np.int64]:
        """Return the number of children of each row, int64 (n,), within min and max; none where undetermined."""
        values = self.generator.draw(parent)
        counts = np.asarray(values.data).astype(np.int64, copy=False)
        if values.null is not None:
            counts = np.where(values.null, 0, counts)
        counts = np.maximum(counts, max(self.spec.min or 0, 0))
        return counts if self.spec.max is None else np.minimum(counts, self.spec.max)


@dataclass(slots=True)
class BoundTable:
    """A table ready to generate; `rows` is set for roots, `fanout` for children."""

    name: str
    parent: str | None
    rows: int | None
    fanout: BoundFanout | None
    columns: dict[str, BoundColumn] = field(default_factory=dict)
    children: dict[str, BoundTable] = field(default_factory=dict)
    below: frozenset[str] = frozenset()

    def counts(self, parent: GenerationContext) -> npt.NDArray[np.int64]:
        """Return the number of rows that each row of the parent's context has here, int64 (n,)."""
        assert self.fanout is not None
        return self.fanout.counts(parent)

    @property
    def written(self) -> tuple[str, ...]:
        """The names of the columns that are written, in the order of the file."""
        return tuple(name for name, column in self.columns.items() if not column.spec.hidden)
