"""The seam between frames and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import polars as pl


class FileSink(Protocol):
    """Writes one part file of one table; `suffix` is the file name's ending, with the dot."""

    suffix: str

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet (OSError where the disk refuses)."""
        ...
