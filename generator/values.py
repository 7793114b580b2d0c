"""Values: one column of one chunk, on its way through the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.integer[Any]]

TEXT = pl.String()
TIMESTAMP = pl.Datetime("us")


@dataclass(frozen=True, slots=True)
class Values:
    """n values of one column.

    data: shape (n,). int64, float64 or bool as they are; timestamps int64 microseconds and dates int32 days since
    1970-01-01; with `labels`, integer codes into that pool; text without a pool is a polars Series of strings.
    null: True where the value is null, or None when there is none (codes and numbers below a null are arbitrary).
    dtype: the Polars type that `series` returns.
    """

    data: npt.NDArray[Any] | pl.Series
    dtype: pl.DataType
    labels: pl.Series | None = None
    null: Mask | None = None

    def __len__(self) -> int:
        return len(self.data)

    def take(self, index: Index) -> Values:
        """Return the values at `index`, shape (m,)."""
        data = self.data.gather(index) if isinstance(self.data, pl.Series) else self.data[index]
        return replace(self, data=data, null=None if self.null is None else self.null[index])

    def with_null(self, mask: Mask | None) -> Values:
        """Return the values with null also where `mask` is True."""
        if mask is None:
            return self
        return replace(self, null=mask if self.null is None else self.null | mask)

    def series(self, name: str = "") -> pl.Series:
        """Return a Polars Series of type `dtype`."""
        if self.labels is not None:
            out = self.labels.gather(self.data)
        elif isinstance(self.data, pl.Series):
            out = self.data
        else:
            out = pl.Series(self.data)
        if out.dtype != self.dtype:
            out = out.cast(self.dtype)
        if self.null is not None and self.null.any():
            out = pl.select(pl.when(~pl.Series(self.null)).then(out)).to_series()
        return out.alias(name)
