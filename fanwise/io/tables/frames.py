"""Frames in memory: anything with an Arrow stream (polars, pandas, pyarrow, …), by the names of the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import SourceError
from fanwise.io.tables.base import AS_ISO, Formats, Reader, TableInfo, Wanted, missing, select

__all__ = ["FrameReader"]


class FrameReader(Reader):
    """Frames of the caller, read in place; a lazy frame is collected."""

    hint = "give a polars, pandas or pyarrow frame; pandas needs pyarrow installed."
    shown = "frames"

    def __init__(self, frames: Mapping[str, Any]) -> None:
        self._frames = frames
        self._streams: dict[str, str] = {}

    def names(self) -> Sequence[str]:
        return [str(name) for name in self._frames]

    def find(self, session: Session, table: str) -> TableInfo:
        frame = self._frames.get(table)
        if frame is None:
            raise missing(table, self.names())
        if not hasattr(frame, "__arrow_c_stream__") and hasattr(frame, "collect"):
            frame = frame.collect()
        if not hasattr(frame, "__arrow_c_stream__"):
            why = f"{table} is a {type(frame).__name__}, which has no Arrow stream"
            raise SourceError("FW-SOURCE-FORMAT", why, self.hint)
        try:
            self._streams[table] = session.stream(frame)
        except (RuntimeError, ImportError, TypeError, ValueError) as error:  # pandas without pyarrow, a damaged frame
            raise SourceError("FW-SOURCE-UNREADABLE", f"{table} cannot be read: {error}", self.hint) from error
        return TableInfo("frame", session.columns(self._streams[table]))

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        return select(wanted, self._streams[table])
