"""Frames in memory: anything with an Arrow stream (polars, pandas, pyarrow, …), by the names of the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import FanwiseError, SourceError
from fanwise.io.tables.base import AS_ISO, Formats, Reader, TableInfo, Wanted, missing, select

__all__ = ["FrameReader", "kept"]


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
        frame = kept(frame)
        if not hasattr(frame, "__arrow_c_stream__"):
            why = f"{table} is a {type(frame).__name__}, which has no Arrow stream"
            raise SourceError("FW-SOURCE-FORMAT", why, self.hint)
        import duckdb

        try:
            return self._streamed(session, table, frame)
        except (RuntimeError, ImportError, TypeError, ValueError, duckdb.Error, FanwiseError) as error:
            readable = _without_objects(frame)
            if readable is not frame:
                return self._streamed(session, table, readable)
            # pandas without pyarrow, or a damaged frame
            raise SourceError("FW-SOURCE-UNREADABLE", f"{table} cannot be read: {error}", self.hint) from error

    def _streamed(self, session: Session, table: str, frame: Any) -> TableInfo:
        self._streams[table] = session.stream(frame)
        return TableInfo("frame", session.columns(self._streams[table]))

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        return select(wanted, self._streams[table])


def _without_objects(frame: Any) -> Any:
    """Return a pandas frame without the columns of Python objects that Arrow has no type for; else the frame itself."""
    import polars as pl

    lost = []
    for name, kind in getattr(getattr(frame, "dtypes", None), "items", dict)():
        if str(kind) == "object":
            try:
                pl.DataFrame(frame[[name]])
            except (pl.exceptions.PolarsError, RuntimeError, ImportError, TypeError, ValueError):
                lost.append(name)
    return frame.drop(columns=lost) if lost else frame


def _with_typed_nulls(frame: Any) -> Any:
    """Return a frame of polars in which columns without a type are texts: DuckDB refuses the nulls of polars."""
    import polars as pl

    untyped = (
        [name for name, kind in frame.schema.items() if kind == pl.Null] if isinstance(frame, pl.DataFrame) else []
    )
    return frame.with_columns(pl.col(untyped).cast(pl.String)) if untyped else frame


def kept(frame: Any) -> Any:
    """Return a frame that can be read again and again, and that has the names of a pandas index as columns.

    A lazy frame is collected. What is read only once (a pyarrow RecordBatchReader), or runs a query of the caller's
    connection whenever it is read (a DuckDB relation), is copied. Anything else is returned as it is.
    """
    if not hasattr(frame, "__arrow_c_stream__"):
        return frame.collect() if hasattr(frame, "collect") else frame
    index = [name for name in getattr(getattr(frame, "index", None), "names", ()) if name is not None]
    if index and not set(index) & set(frame.columns):
        return frame.reset_index()
    if type(frame).__module__.startswith("polars."):
        return _with_typed_nulls(frame)
    if hasattr(frame, "__len__") and type(frame).__name__ != "DuckDBPyRelation":
        return frame
    import polars as pl

    return pl.DataFrame(frame)
