"""The interface between frames and files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Protocol

import polars as pl


class FileSink(Protocol):
    """Writes one part file of one table.

    name: the value of `--format`. compressions: the values of `--compression`, the default first. suffix: the ending of
    file names, with the dot.
    """

    name: ClassVar[str]
    compressions: ClassVar[tuple[str, ...]]
    compression: str
    suffix: str

    def __init__(self, compression: str) -> None: ...

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet. Raises OSError for disk errors."""
        ...
