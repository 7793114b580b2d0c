"""A file format for Fanwise: `gen run --format avro`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, cast

import polars as pl


class Avro:
    """Apache Avro, written and read by Polars."""

    name: ClassVar[str] = "avro"
    compressions: ClassVar[tuple[str, ...]] = ("snappy", "none")  # the default first
    suffixes: ClassVar[tuple[str, ...]] = (".avro",)

    def __init__(self, compression: str = "snappy") -> None:
        self.compression = compression
        self.suffix = ".avro"

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet."""
        codec = "uncompressed" if self.compression == "none" else self.compression
        frame.write_avro(path, compression=cast("Literal['uncompressed', 'snappy']", codec))

    @staticmethod
    def read(path: Path) -> pl.DataFrame:
        """Return what `write` wrote: the audit reads the files again. Anything with an Arrow stream will do."""
        return pl.read_avro(path)
