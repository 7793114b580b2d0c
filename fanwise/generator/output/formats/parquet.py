"""Parquet files: compressed column by column, with types and statistics; the default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import polars as pl
from polars._typing import ParquetCompression

from fanwise.generator.output.formats.described import DescribedSchema
from fanwise.generator.output.formats.iso import json_texts
from fanwise.generator.plan.schema import Words

__all__ = ["ROW_GROUP", "ParquetSink"]

# Fixed, so that the bytes of a file depend on its rows and options only. Groups twice as large need a tenth more time
# and space, because dictionaries of keys outgrow their page.
ROW_GROUP = 1 << 17
_ZSTD_LEVEL = 1  # level 3 takes 1.3 times as long for files that are 3 % smaller


class ParquetSink:
    """Writes Parquet with row groups of 131,072 rows; zstd level 1 by default.

    Descriptions are the value of `description` in the metadata of the fields, and for the table in that of the file.
    """

    name: ClassVar[str] = "parquet"
    compressions: ClassVar[tuple[str, ...]] = ("zstd", "snappy", "lz4", "gzip", "none")
    suffix = ".parquet"

    def __init__(self, compression: str = "zstd", words: Words | None = None) -> None:
        self.compression, self._words = compression, words or Words()

    def described(self, words: Words) -> Self:
        """Return a sink like this one that writes these words into its files."""
        found = copy(self)
        found._words = words
        return found

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet. Raises OSError for disk errors."""
        codec = "uncompressed" if self.compression == "none" else self.compression
        frame.write_parquet(
            path,
            compression=cast("ParquetCompression", codec),
            compression_level=_ZSTD_LEVEL if codec == "zstd" else None,
            row_group_size=ROW_GROUP,
            metadata={"description": self._words.table} if self._words.table else None,
            arrow_schema=DescribedSchema(frame.schema, self._words.columns) if self._words.columns else None,
        )

    def first_rows(self, path: Path, count: int) -> Sequence[Mapping[str, Any]]:
        """Return the first rows of a file, nested values as JSON."""
        return json_texts(pl.read_parquet(path, n_rows=count, glob=False)).to_dicts()
