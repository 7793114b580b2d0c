"""Arrow IPC files (Feather 2): read by mapping them into memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import polars as pl
from polars._typing import IpcCompression

from fanwise.generator.output.formats.arrow_footer import describe_file
from fanwise.generator.output.formats.iso import json_texts
from fanwise.generator.plan.schema import Words

__all__ = ["ArrowSink"]

_BATCH = 1 << 16  # rows; fixed, so that the bytes of a file depend on its rows and options only


class ArrowSink:
    """Writes Arrow IPC with record batches of 65,536 rows, uncompressed so that it can be mapped.

    Text is written in the oldest layout (offsets and bytes): more readers support it than views, and the bytes of views
    depend on how the text was computed. Descriptions are the value of `description` in the metadata of the fields, and
    for the table in that of the schema.
    """

    name: ClassVar[str] = "arrow"
    compressions: ClassVar[tuple[str, ...]] = ("none", "zstd", "lz4")
    suffix = ".arrow"

    def __init__(self, compression: str = "none", words: Words | None = None) -> None:
        self.compression, self._words = compression, words or Words()

    def described(self, words: Words) -> Self:
        """Return a sink like this one that writes these words into its files."""
        found = copy(self)
        found._words = words
        return found

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet. Raises OSError for disk errors."""
        codec = "uncompressed" if self.compression == "none" else self.compression
        frame.write_ipc(
            path,
            compression=cast("IpcCompression", codec),
            compat_level=pl.CompatLevel.oldest(),
            record_batch_size=_BATCH,
        )
        if self._words.columns or self._words.table:
            describe_file(path, frame.schema, self._words)

    def first_rows(self, path: Path, count: int) -> Sequence[Mapping[str, Any]]:
        """Return the first rows of a file, nested values as JSON."""
        return json_texts(pl.read_ipc(path, n_rows=count)).to_dicts()
