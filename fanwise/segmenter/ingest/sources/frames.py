"""Frames: what hands out an Arrow stream (polars, pandas, pyarrow, …), by the names of the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.fields import Kind
from fanwise.segmenter.ingest.sources.base import select

if TYPE_CHECKING:
    from fanwise.segmenter.ingest.layout_inference import Tables
    from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["FrameReader"]


@dataclass(slots=True)
class FrameReader:
    """Frames of the caller, read in place."""

    frames: Mapping[str, Any]
    shown: str = "frames"
    folders: Sequence[Path] = ()
    _tables: dict[str, dict[str, str]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def begin(self, warehouse: Warehouse) -> None:
        """Look at the columns."""
        for table, frame in self.frames.items():
            if not hasattr(frame, "__arrow_c_stream__"):
                why = f"{table} is a {type(frame).__name__}, which has no Arrow stream"
                raise SourceError(Problem(why, "give a frame of polars, pandas or pyarrow.", self.shown))
            self._names[table] = warehouse.stream(frame)
            self._tables[table] = warehouse.columns(self._names[table])

    def tables(self) -> Tables:
        """Return what `begin` found."""
        return self._tables

    def open(self, warehouse: Warehouse, table: str, kinds: Mapping[str, Kind], date_format: str | None) -> str:
        """Return the query of one frame's columns."""
        return select(kinds, self._names[table])

    def close(self) -> None:
        """The frames are the caller's."""
