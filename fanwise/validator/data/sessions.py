"""The DuckDB session of an audit, by how much there is to read.

To open DuckDB takes as long as many questions about a few thousand rows, so the sessions of small frames are databases
in one DuckDB. Small files are read by one thread, because threads that wait for one another only cost. An audit finds
the same in each session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.io.duckdb_session import Session

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["session_for"]

FEW_CELLS = 500_000
"""Cells of all frames up to which an audit is one of many small ones, such as those of a test suite."""

FEW_BYTES = 4 << 20
"""Bytes of all files up to which more threads save no time. DuckDB gives them parts of 122,880 rows."""


def session_for(source: Location, threads: int | None, memory_limit: str) -> Session:
    """Return the session to read `source` with: an empty one, whose doors are open. threads: None where we choose."""
    if threads is None and isinstance(source, Mapping) and _cells(source) <= FEW_CELLS:
        return Session.of_few_rows(memory_limit=memory_limit)
    if threads is None and isinstance(source, str | Path) and _few_bytes(source):
        threads = 1
    return Session.open(prefix="audit-", threads=threads, memory_limit=memory_limit)


def _cells(frames: Mapping[str, Any]) -> float:
    """Return the cells of all frames; infinite where one does not tell its size without being read."""
    total = 0.0
    for frame in frames.values():
        sized = hasattr(frame, "__arrow_c_stream__") and hasattr(frame, "__len__") and hasattr(frame, "columns")
        if not sized or type(frame).__name__ == "DuckDBPyRelation":  # its length is a query of the caller's connection
            return float("inf")
        total += len(frame) * len(frame.columns)
    return total


def _few_bytes(source: str | Path) -> bool:
    """Return whether the files of a source are small together."""
    total = 0
    try:
        for size in _sizes(Path(source)):
            total += size
            if total > FEW_BYTES:
                return False
    except (OSError, ValueError):
        return False
    return total > 0


def _sizes(path: Path) -> Iterator[int]:
    if path.is_dir():
        for entry in path.iterdir():
            yield from _sizes(entry)
    elif path.is_file():
        yield path.stat().st_size
