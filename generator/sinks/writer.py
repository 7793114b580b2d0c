"""Tables to part files: cut at fixed rows, written, hashed and made durable by a pool, with a bounded backlog."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import polars as pl

from generator.content_hash import ContentHash
from generator.errors import FanwiseError, OutputError, Problem
from generator.manifest import FileEntry, TableEntry
from generator.sinks.base import FileSink

__all__ = ["PART_ROWS", "FolderWriter", "type_word"]

PART_ROWS = 1 << 20  # four row groups; at 50 bytes a row a part in the making takes 50 MB
_CHUNK_ROWS = 1 << 14
_BACKLOG = 3  # parts that may wait or be written before `write` waits: the bound of memory


@dataclass(slots=True)
class _Pending:
    """What is known of one table: frames not yet cut, parts begun, and what became of them."""

    frames: deque[pl.DataFrame] = field(default_factory=deque)
    rows: int = 0
    schema: pl.Schema | None = None
    parts: int = 0
    hash: ContentHash = field(default_factory=ContentHash)
    files: list[FileEntry] = field(default_factory=list)


Written = tuple[FileEntry, ContentHash]


class FolderWriter:
    """Writes tables below a folder, `write` in row order, then `finish`; use it in a `with` statement.

    A table of at most `part_rows` rows becomes TABLE.suffix, a larger one TABLE/part-00000.suffix …, each part but the
    last of exactly `part_rows` rows: boundaries depend on rows and options only, never on chunks or threads. Parts are
    written by `pool` (in the caller's thread when None); `write` itself must not be called from that pool, since it
    waits for it. A failing disk is an OutputError naming the file, raised by a later `write` or by `finish`.
    """

    def __init__(
        self, folder: Path, sink: FileSink, *, part_rows: int = PART_ROWS, pool: Executor | None = None
    ) -> None:
        if part_rows < 1:
            raise FanwiseError(f"a part of {part_rows} rows holds nothing")
        self._folder, self._sink, self._part_rows, self._pool = folder, sink, part_rows, pool
        self._tables: dict[str, _Pending] = {}
        self._jobs: deque[tuple[_Pending, Future[Written]]] = deque()

    def __enter__(self) -> FolderWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The folder is about to be removed or published: no job may still write into it.
        for _, job in self._jobs:
            job.cancel()
        for _, job in self._jobs:
            if not job.cancelled():
                job.exception()
        self._jobs.clear()

    def write(self, table: str, frame: pl.DataFrame) -> None:
        """Add `frame`, the next rows of `table` (OutputError when an earlier part could not be written)."""
        pending = self._tables.setdefault(table, _Pending())
        if pending.schema is None:
            pending.schema = frame.schema
        elif pending.schema != frame.schema:
            raise FanwiseError(f"table '{table}': columns changed from {pending.schema} to {frame.schema}")
        if frame.height:
            pending.frames.append(frame)
            pending.rows += frame.height
        # Strictly more: when a part is cut, one more is known to follow, and so are the names of both.
        while pending.rows > self._part_rows:
            self._begin(table, pending, self._cut(pending, self._part_rows))

    def finish(self, schemas: Mapping[str, pl.Schema]) -> dict[str, TableEntry]:
        """Write what is left, wait for all parts, and return what was written, in the order of `schemas`.

        `schemas` names every table; one without rows becomes a file of 0 rows. The folders are durable on return.
        """
        if unknown := sorted(self._tables.keys() - schemas.keys()):
            raise FanwiseError(f"tables were written that have no schema: {', '.join(unknown)}")
        for table, schema in schemas.items():
            pending = self._tables.setdefault(table, _Pending(schema=schema))
            if pending.schema != schema:
                raise FanwiseError(f"table '{table}': planned columns {schema}, written {pending.schema}")
            if pending.rows or not pending.parts:
                rest = self._cut(pending, pending.rows) if pending.rows else pl.DataFrame(schema=schema)
                self._begin(table, pending, rest)
        while self._jobs:
            self._settle()
        self._sync_folders(schemas)
        return {table: self._entry(self._tables[table], schema) for table, schema in schemas.items()}

    def _cut(self, pending: _Pending, rows: int) -> pl.DataFrame:
        """Take the first `rows` pending rows, as chunks that share memory with what was written."""
        taken: list[pl.DataFrame] = []
        left = rows
        while left:
            frame = pending.frames[0]
            if frame.height <= left:
                taken.append(pending.frames.popleft())
                left -= frame.height
            else:
                taken.append(frame.head(left))
                pending.frames[0] = frame.slice(left)
                left = 0
        pending.rows -= rows
        # Chunks are written as they are, but each costs a fixed time per column: many small ones are joined first.
        return pl.concat(taken, rechunk=rows < _CHUNK_ROWS * len(taken)) if len(taken) > 1 else taken[0]

    def _begin(self, table: str, pending: _Pending, frame: pl.DataFrame) -> None:
        alone = not pending.parts and frame.height <= self._part_rows and not pending.rows
        name = f"{table}{self._sink.suffix}" if alone else f"{table}/part-{pending.parts:05d}{self._sink.suffix}"
        pending.parts += 1
        if self._pool is None:
            self._keep(pending, self._write_part(frame, name))
            return
        while len(self._jobs) >= _BACKLOG:
            self._settle()
        self._jobs.append((pending, self._pool.submit(self._write_part, frame, name)))

    def _settle(self) -> None:
        pending, job = self._jobs[0]
        written = job.result()
        self._jobs.popleft()
        self._keep(pending, written)

    def _keep(self, pending: _Pending, written: Written) -> None:
        entry, hashed = written
        pending.files.append(entry)
        pending.hash.merge(hashed)

    def _write_part(self, frame: pl.DataFrame, name: str) -> Written:
        path = self._folder / name
        try:
            path.parent.mkdir(exist_ok=True)
            self._sink.write(frame, path)
            with path.open("r+b") as file:
                os.fsync(file.fileno())
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise self._failure(error, path, frame) from error
        return FileEntry(path=name, rows=frame.height, bytes=size, sha256=digest), ContentHash().update(frame)

    def _sync_folders(self, schemas: Mapping[str, pl.Schema]) -> None:
        large = [self._folder / table for table in schemas if self._tables[table].parts > 1]
        for folder in (*large, self._folder):
            try:
                descriptor = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            except OSError as error:
                raise OutputError(f"{folder}: cannot be made durable: {error.strerror or error}.") from error

    def _failure(self, error: Exception, path: Path, frame: pl.DataFrame) -> OutputError:
        free = f"{shutil.disk_usage(self._folder).free:,}" if self._folder.is_dir() else "unknown"
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error).splitlines()[0]
        why = f"cannot be written: {reason} (bytes needed: about {frame.estimated_size():,}, free: {free})."
        hint = "make room or choose another --out; nothing was published."
        return OutputError(Problem(why=why, hint=hint, path=str(path)))

    def _entry(self, pending: _Pending, schema: pl.Schema) -> TableEntry:
        return TableEntry(
            rows=pending.hash.rows,
            content_hash=pending.hash.hexdigest(),
            columns={name: type_word(dtype) for name, dtype in schema.items()},
            files=tuple(pending.files),
        )


def type_word(dtype: pl.DataType) -> str:
    """Return the word by which the language calls a type (`int64`, `text`, `decimal(10,2)`, …)."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "timestamp"
    if isinstance(dtype, pl.String | pl.Enum | pl.Categorical):
        return "text"
    return "bool" if isinstance(dtype, pl.Boolean) else str(dtype).lower()
