"""Frames in memory: a mapping from table names to anything with an Arrow stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.validator.contract.model import Table
from fanwise.validator.data.sources.base import Absent, Frame, named_some
from fanwise.validator.errors import Problem

if TYPE_CHECKING:
    from fanwise.validator.data.warehouse import Warehouse

__all__ = ["FrameReader", "Frames"]

Frames = Mapping[str, Frame]


@dataclass(slots=True)
class FrameReader:
    """Views over frames; a lazy frame is collected."""

    frames: Mapping[str, Any]
    folders: Sequence[Path] = ()
    hint: str = "give a polars, pandas or pyarrow frame; pandas needs pyarrow installed."

    def begin(self, warehouse: Warehouse) -> None:
        """Frames are open."""

    def open(self, warehouse: Warehouse, name: str, table: Table) -> None:
        """Define a view over the frame of this name."""
        frame = self.frames.get(name)
        if frame is None:
            names = named_some([str(each) for each in self.frames])
            raise Absent(Problem(f"table {name} is missing", hint=f"the source holds {names}."))
        warehouse.formats[name] = "frame"
        if not hasattr(frame, "__arrow_c_stream__") and hasattr(frame, "collect"):
            frame = frame.collect()
        if not hasattr(frame, "__arrow_c_stream__"):
            raise TypeError(f"{type(frame).__name__} has no Arrow stream")
        warehouse.view(name, f"SELECT * FROM {warehouse.stream(frame)}")

    def close(self) -> None:
        """The views go on reading the frames."""
