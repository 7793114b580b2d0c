"""JSON lines: one object per row, UTF-8, `\\n`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, cast

import polars as pl

from fanwise.generator.output.formats.iso import iso_texts

__all__ = ["JsonLinesSink"]


class JsonLinesSink:
    """Writes one JSON object per row with every column; a null is `null`.

    Timestamps, dates and times of day are ISO 8601 texts (`Z` at the end of timestamps with a zone), decimals are texts
    (a JSON number would lose digits in most readers), floats are the shortest number that reads back equal.
    """

    name: ClassVar[str] = "jsonl"
    compressions: ClassVar[tuple[str, ...]] = ("none", "gzip")

    def __init__(self, compression: str = "none") -> None:
        self.compression = compression
        self.suffix = {"none": ".jsonl", "gzip": ".jsonl.gz"}[compression]

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet. Raises OSError for disk errors."""
        codec = "uncompressed" if self.compression == "none" else self.compression
        texts = iso_texts(frame, (pl.Datetime("us"), pl.Datetime("us", "UTC"), pl.Time()))
        texts.write_ndjson(path, compression=cast("Literal['uncompressed', 'gzip']", codec))
