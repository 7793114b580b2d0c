"""Values of columns as places among sorted keys: to find the row of a key, or the rows of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.values import Values

__all__ = ["SortedKeys"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SortedKeys:
    """Keys in ascending order, each once: text, or numbers as they are kept."""

    keys: pl.Series

    @classmethod
    def of(cls, values: Values) -> Self:
        """Return the values that are there, without null."""
        if values.labels is not None:
            codes = np.asarray(values.data)
            there = codes if values.null is None else codes[~values.null]
            used = np.flatnonzero(np.bincount(there, minlength=len(values.labels)))
            return cls(values.labels.gather(used).unique().sort())
        return cls(_plain(values).drop_nulls().unique().sort())

    def places(self, values: Values) -> Ints:
        """Return the place of each value among the keys, int64 (n,); -1 for null and for other values."""
        if values.labels is not None:  # one search for each text of the pool
            found = self._search(values.labels).take(np.asarray(values.data))
        else:
            found = self._search(_plain(values))
        return found if values.null is None else np.where(values.null, -1, found)

    def _search(self, series: pl.Series) -> Ints:
        if not len(self.keys):
            return np.full(len(series), -1, dtype=np.int64)
        wanted = series if series.dtype == self.keys.dtype else series.cast(self.keys.dtype)
        places = self.keys.search_sorted(wanted).to_numpy().astype(np.int64)
        places = np.minimum(places, len(self.keys) - 1)
        same = (self.keys.gather(places) == wanted).fill_null(False).to_numpy()
        return np.where(same, places, -1)


def _plain(values: Values) -> pl.Series:
    """Return values as text or as numbers: whole ones stay exact."""
    series = values.series()
    return series if series.dtype == pl.String else series.to_physical()
