"""Tables in memory, for tests and the Python API."""

from __future__ import annotations

import polars as pl

__all__ = ["MemorySink"]


class MemorySink:
    """Keeps the frames of each table in the order received."""

    def __init__(self) -> None:
        self.frames: dict[str, list[pl.DataFrame]] = {}

    def write(self, table: str, frame: pl.DataFrame) -> None:
        """Keep `frame`, the next rows of `table`."""
        self.frames.setdefault(table, []).append(frame)

    def table(self, name: str) -> pl.DataFrame:
        """Return all rows of table `name`. Raises KeyError if it has none."""
        return pl.concat(self.frames[name], rechunk=False)
