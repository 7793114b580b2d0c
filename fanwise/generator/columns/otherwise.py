"""A value for rows that have nothing to look back at: null, a literal, a column in scope, or a generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.instants import as_date, as_timestamp, end_values
from fanwise.generator.columns.support.nulls import Nullability, may_be_undetermined
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import End, Generator, Path
from fanwise.generator.values import INTEGER, TIMESTAMP, UNKNOWN, Mask, Values

__all__ = ["Otherwise", "merged", "merged_type"]

_PRECISION = 38


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The value to take instead. decimals: its digits after the point, None where they are not known."""

    given: Path | End | ColumnKind | None
    spec: Any
    dtype: pl.DataType
    decimals: int | None

    @classmethod
    def bind(cls, binding: Binding, parameter: str) -> Otherwise:
        """Return the value that a parameter of role `otherwise` gives; null where there is none."""
        spec = binding.generator.params.get(parameter)
        if spec is None:
            return cls(None, None, UNKNOWN, 0)
        if isinstance(spec, Path):
            known = binding.known(spec)
            return cls(spec, spec, known.dtype, 0 if known.dtype.is_integer() else known.decimals)
        if isinstance(spec, End):
            return cls(spec, spec, TIMESTAMP, None)
        literal = not isinstance(spec, Generator)
        made = binding.bind(Generator("constant", {"value": spec}) if literal else spec, parameter)
        digits = len(repr(spec).rpartition(".")[2]) if isinstance(spec, float) and spec % 1 else 0
        return cls(made, spec, made.dtype, digits if literal else made.digits)

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number, also one written with a point."""
        return self.dtype.is_integer() or (isinstance(self.spec, float) and self.spec % 1 == 0)

    @property
    def exact_type(self) -> pl.DataType:
        """The type as a term of a sum: a literal is a decimal of its own digits."""
        if self.is_whole:
            return INTEGER
        literal = isinstance(self.spec, float)
        return pl.Decimal(_PRECISION, self.decimals or 0) if literal else self.dtype

    @property
    def stated(self) -> tuple[Path | End | str | float | bool | None, str]:
        """What is stated, and why nobody can compute it again, or ""."""
        if self.given is None or isinstance(self.given, Path | End):
            return self.given, ""
        if not isinstance(self.spec, Generator):
            return self.spec, ""
        known = self.given.possible or ()
        return (known[0], "") if len(known) == 1 else (None, "the value of its first row is drawn")

    def may_be_null(self, nulls: Nullability) -> bool:
        """Return whether it may be null."""
        return self.spec is None or may_be_undetermined(self.spec, nulls)

    def draw(self, ctx: GenerationContext) -> Values:
        """Return the value for each row of the context."""
        if self.given is None:
            return Values(np.zeros(len(ctx), dtype=np.int64), INTEGER, null=np.ones(len(ctx), dtype=np.bool_))
        if isinstance(self.given, Path):
            return ctx.value(self.given)
        return end_values(ctx, self.given) if isinstance(self.given, End) else self.given.draw(ctx)


def merged_type(own: pl.DataType, other: Otherwise) -> pl.DataType | None:
    """Return the type of values of both; None where they do not go together."""
    if other.dtype in (own, UNKNOWN):
        return own
    if own.is_temporal() and other.dtype.is_temporal():
        return own if isinstance(other.given, End) else TIMESTAMP
    if not (own.is_numeric() and other.dtype.is_numeric()):
        return None
    if own.is_integer() and other.is_whole:
        return INTEGER
    scales = [kind.scale if isinstance(kind, pl.Decimal) else 0 for kind in (own, other.dtype)]
    literal = isinstance(other.spec, int | float) and other.decimals is not None and other.decimals <= scales[0]
    if own.is_decimal() and (literal or (other.is_whole and not isinstance(other.spec, Path))):
        return own
    exact = (own.is_decimal() or own.is_integer()) and (other.dtype.is_decimal() or other.is_whole or literal)
    return pl.Decimal(_PRECISION, max(scales)) if exact else pl.Float64()


def merged(where: Mask, own: Values, other: Values, dtype: pl.DataType) -> Values:
    """Return `own`, and `other` where the mask says so, as values of `dtype` (see `merged_type`)."""
    if other.null is not None and other.null[where].all():
        return own.with_null(where)
    if dtype == pl.String():
        found = pl.select(pl.when(pl.Series(where)).then(other.series()).otherwise(own.series())).to_series()
        return Values.of(found)
    if dtype == TIMESTAMP:
        own, other = as_timestamp(own), as_timestamp(other)
    if dtype == pl.Date() and other.dtype == TIMESTAMP:
        other = as_date(other)
    null = None
    if own.null is not None or other.null is not None:
        nothing = np.zeros(len(own), dtype=np.bool_)
        null = np.where(where, nothing if other.null is None else other.null, nothing if own.null is None else own.null)
    data = np.where(where, np.asarray(other.data), np.asarray(own.data))
    return Values(data.astype(np.int32) if dtype == pl.Date() else data, dtype, null=null)
