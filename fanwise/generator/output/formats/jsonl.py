"""JSON lines: one object per row, UTF-8, `\\n`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import polars as pl

from fanwise.generator.output.formats.iso import iso_texts
from fanwise.io.tables.text_files import opened

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

    def first_rows(self, path: Path, count: int) -> Sequence[Mapping[str, Any]]:
        """Return the first rows of a file, nested values as they are."""
        with opened(path) as lines:
            return [json.loads(line) for line in islice(lines, count)]
