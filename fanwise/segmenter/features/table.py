"""Reads a feature table: who its customers are as hashes, and some columns of some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.io.quoting import quote_ident
from fanwise.segmenter.errors import SourceError
from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["FeatureFile", "Hashes"]

Hashes = npt.NDArray[np.uint64]

MEMORY = "512MB"
PIECE = 131_072
"""Rows of the file that are read at once."""


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """The Parquet file of a feature table, whose rows are known by keyed hashes of the customers' ids.

    The hash is the lower half of MD5 of `SEED:ID`: the same on every machine and version, and for a customer the same
    whatever others there are. Nothing here is secret; it only has to be stable and evenly spread.
    """

    path: Path
    seed: int

    def keys(self) -> tuple[Hashes, FloatArray]:
        """Return hash and lifetime value of every customer, uint64 (N,) and float64 (N,), in the order of the file.

        A value that is null or not finite counts as 0. Raises SourceError if the file cannot be read.
        """
        found = self._fetch(f"SELECT {self._hash()} AS hash, {_finite('value', '0')} AS value FROM read_parquet($path)")
        return found["hash"].astype(np.uint64), found["value"].astype(np.float64)

    def columns(self, names: Sequence[str]) -> FloatArray:
        """Return features of every customer, float64 (N, p), NaN for null, in the order of the file."""
        listed = ", ".join(_finite(name, "'nan'") for name in names)
        found = list(self._fetch(f"SELECT {listed} FROM read_parquet($path)").values())
        matrix = np.empty((len(found[0]), len(found)))
        for index, column in enumerate(found):
            matrix[:, index] = column
        return matrix

    def rows(self, names: Sequence[str], rows: npt.NDArray[np.int64]) -> FloatArray:
        """Return features (n, p) of the customers in some rows of the file, (n,), in that order; NaN for null.

        The file is read piece by piece: memory does not grow with its rows.
        """
        import polars as pl

        found = np.empty((len(rows), len(names)))
        columns = [pl.col(name).cast(pl.Float64) for name in names]
        try:
            scan = pl.scan_parquet(self.path, glob=False).select(columns)
            for start in range(0, int(rows.max(initial=-1)) + 1, PIECE):
                here = np.flatnonzero((rows >= start) & (rows < start + PIECE))
                if len(here):
                    frame = scan.slice(start, PIECE).collect()[rows[here] - start]
                    for index, name in enumerate(names):
                        found[here, index] = frame[name].to_numpy()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise self._unreadable(error) from error
        return np.where(np.isfinite(found), found, np.nan)

    def _hash(self) -> str:
        return f"md5_number_lower(concat('{self.seed}:', CAST(customer_id AS VARCHAR)))"

    def _fetch(self, sql: str, **values: object) -> dict[str, Any]:
        import duckdb

        # A path is not a pattern.
        path = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(self.path))
        try:
            with duckdb.connect(":memory:", config={"memory_limit": MEMORY}) as connection:
                connection.execute("SET enable_progress_bar = false")
                found: dict[str, Any] = connection.execute(sql, {"path": path, **values}).fetchnumpy()
        except duckdb.Error as error:
            raise self._unreadable(error) from error
        return found

    def _unreadable(self, error: Exception) -> SourceError:
        why = f"the feature table cannot be read: {str(error).splitlines()[0][:300]}"
        return SourceError("FW-SOURCE-FEATURES", why, path=str(self.path))


def _finite(name: str, otherwise: str) -> str:
    column = quote_ident(name)
    return f"CASE WHEN isfinite(CAST({column} AS DOUBLE)) THEN {column} ELSE CAST({otherwise} AS DOUBLE) END"
