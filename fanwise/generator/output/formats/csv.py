"""CSV files: one header line, UTF-8, `\\n`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import polars as pl

from fanwise.generator.output.formats.iso import iso_texts, json_texts
from fanwise.io.tables.text_files import opened

__all__ = ["CsvSink"]


class CsvSink:
    """Writes CSV without ambiguity: a null is an empty field, an empty text is `""`.

    Floats are the shortest text that reads back equal, timestamps ISO 8601 (`2024-01-31T23:59:00`, with `Z` if they
    have a zone), times of day `23:59:00`, bools true and false. Text with a comma, a quote or a line break is quoted,
    quotes doubled (RFC 4180).
    """

    name: ClassVar[str] = "csv"
    compressions: ClassVar[tuple[str, ...]] = ("none", "gzip")

    def __init__(self, compression: str = "none") -> None:
        self.compression = compression
        self.suffix = {"none": ".csv", "gzip": ".csv.gz"}[compression]

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet. Raises OSError for disk errors."""
        codec = "uncompressed" if self.compression == "none" else self.compression
        iso_texts(json_texts(frame), (pl.Datetime("us", "UTC"), pl.Time())).write_csv(
            path,
            compression=cast("Literal['uncompressed', 'gzip']", codec),
            datetime_format="%Y-%m-%dT%H:%M:%S%.f",
        )

    def first_rows(self, path: Path, count: int) -> Sequence[Mapping[str, Any]]:
        """Return the first rows of a file, as text. Raises ValueError for a text of more than 128 kB."""
        with opened(path) as lines:
            try:
                return list(islice(csv.DictReader(lines), count))
            except csv.Error as error:
                raise ValueError(str(error)) from error
