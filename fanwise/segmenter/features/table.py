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
        return _matrix(self._fetch(f"SELECT {listed} FROM read_parquet($path)"), 0)

    def chosen(self, names: Sequence[str], hashes: Hashes) -> tuple[Hashes, FloatArray]:
        """Return hashes and features (n, p) of the customers who have these hashes, in ascending order of the hashes.

        The file is streamed: memory does not grow with its rows.
        """
        listed = ", ".join(["hash", *(_finite(name, "'nan'") for name in names)])
        found = self._fetch(
            f"SELECT {listed} FROM (SELECT *, {self._hash()} AS hash FROM read_parquet($path)) "
            "WHERE hash IN (SELECT unnest(CAST($hashes AS UBIGINT[]))) ORDER BY hash, customer_id",
            hashes=hashes.tolist(),
        )
        return next(iter(found.values())).astype(np.uint64), _matrix(found, 1)

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
            said = str(error).splitlines()[0][:300]
            why = f"the feature table cannot be read: {said}"
            raise SourceError("FW-SOURCE-FEATURES", why, path=str(self.path)) from error
        return found


def _finite(name: str, otherwise: str) -> str:
    column = quote_ident(name)
    return f"CASE WHEN isfinite(CAST({column} AS DOUBLE)) THEN {column} ELSE CAST({otherwise} AS DOUBLE) END"


def _matrix(found: dict[str, Any], first: int) -> FloatArray:
    columns = list(found.values())[first:]
    matrix = np.empty((len(columns[0]), len(columns)))
    for index, column in enumerate(columns):
        matrix[:, index] = column
    return matrix
