"""JSON lines: one object per row, UTF-8, `\\n`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, cast

import polars as pl
import polars.selectors as cs

__all__ = ["JsonLinesSink"]


class JsonLinesSink:
    """Writes one JSON object per row with every column; a null is `null`.

    Timestamps and dates are ISO 8601 texts, decimals are texts (a JSON number would lose digits in most readers),
    floats are the shortest number that reads back equal.
    """

    name: ClassVar[str] = "jsonl"
    compressions: ClassVar[tuple[str, ...]] = ("none", "gzip")

    def __init__(self, compression: str = "none") -> None:
        self.compression = compression
        self.suffix = {"none": ".jsonl", "gzip": ".jsonl.gz"}[compression]

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet. Raises OSError for disk errors."""
        codec = "uncompressed" if self.compression == "none" else self.compression
        # Polars would put a space between date and time.
        texts = frame.with_columns(cs.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.f"))
        texts.write_ndjson(path, compression=cast("Literal['uncompressed', 'gzip']", codec))
