"""Values: one column of one chunk, on its way through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.integer[Any]]

INTEGER = pl.Int64()
TEXT = pl.String()
TIMESTAMP = pl.Datetime("us")
UNKNOWN = pl.Null()  # the type of a generator that passes on what it reads elsewhere


def _empty_texts(n: int) -> pl.Series:
    return pl.Series([""] * n, dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Values:
    """n values of one column.

    data: shape (n,). int64, float64 or bool as they are; timestamps int64 microseconds and dates int32 days since
    1970-01-01, times of day int64 nanoseconds since midnight; with `labels`, integer codes into that pool; text without
    a pool, and values with parts, are a polars Series.
    null: True where the value is null, or None when there is none (codes and numbers below a null are arbitrary).
    dtype: the Polars type that `series` returns.
    """

    data: npt.NDArray[Any] | pl.Series
    dtype: pl.DataType
    labels: pl.Series | None = None
    null: Mask | None = None

    def __len__(self) -> int:
        return len(self.data)

    @classmethod
    def of(cls, series: pl.Series) -> Values:
        """Return the values of a Polars Series."""
        null = series.is_null().to_numpy() if series.null_count() else None
        if isinstance(series.dtype, pl.Struct | pl.List):
            return cls(series, series.dtype, null=null)
        if series.dtype in (pl.String, pl.Null):
            return cls(series.cast(TEXT), TEXT, null=null)
        if isinstance(series.dtype, pl.Datetime) and series.dtype != TIMESTAMP:
            series = series.cast(TIMESTAMP)
        elif series.dtype.is_integer() and series.dtype != pl.Int64:
            series = series.cast(pl.Int64)
        elif series.dtype == pl.Float32:
            series = series.cast(pl.Float64)
        physical = series.to_physical()
        if null is not None:  # the call costs more than most columns of a small chunk
            physical = physical.fill_null(0 if series.dtype != pl.Boolean else False)
        return cls(physical.to_numpy(), series.dtype, null=null)

    def take(self, index: Index) -> Values:
        """Return the values at `index`, shape (m,)."""
        data = self.data[index] if isinstance(self.data, pl.Series) else self.data.take(index)
        return replace(self, data=data, null=None if self.null is None else self.null[index])

    def blank(self, n: int) -> Values:
        """Return n nulls of this type."""
        if isinstance(self.data, pl.Series):
            data: npt.NDArray[Any] | pl.Series = self.data.clear(n) if self.dtype != TEXT else _empty_texts(n)
        else:
            data = np.zeros(n, dtype=self.data.dtype)
        return replace(self, data=data, null=np.ones(n, dtype=np.bool_))

    @classmethod
    def concat(cls, pieces: Sequence[Values]) -> Values:
        """Return the pieces of one column, in order; at least one, all of one type and pool."""
        if len(pieces) == 1:
            return pieces[0]
        first = pieces[0]
        null = None
        if any(piece.null is not None for piece in pieces):
            null = np.concatenate([np.zeros(len(p), np.bool_) if p.null is None else p.null for p in pieces])
        if isinstance(first.data, pl.Series):
            return replace(first, data=pl.concat([pl.Series(p.data) for p in pieces]), null=null)
        return replace(first, data=np.concatenate([np.asarray(p.data) for p in pieces]), null=null)

    def with_null(self, mask: Mask | None) -> Values:
        """Return the values with null also where `mask` is True."""
        if mask is None:
            return self
        return replace(self, null=mask if self.null is None else self.null | mask)

    def series(self, name: str = "") -> pl.Series:
        """Return a Polars Series of type `dtype`."""
        if self.labels is not None:
            out = self.labels[np.asarray(self.data)]
        elif isinstance(self.data, pl.Series):
            out = self.data
        else:
            out = pl.Series(self.data)
        if self.null is not None and self.null.any():  # before the cast, which what is under a null need not fit
            out = pl.select(pl.when(~pl.Series(self.null)).then(out)).to_series()
        if out.dtype != self.dtype:
            out = out.cast(self.dtype)
        return out.alias(name)
