"""The seam between frames and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Protocol

import polars as pl


class FileSink(Protocol):
    """Writes one part file of one table.

    name: the word of `--format`. compressions: the words of `--compression`, the default first.
    suffix: the file name's ending, with the dot.
    """

    name: ClassVar[str]
    compressions: ClassVar[tuple[str, ...]]
    compression: str
    suffix: str

    def __init__(self, compression: str) -> None: ...

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet (OSError where the disk refuses)."""
        ...
