"""Write tables as part files: cut at fixed rows, written, hashed and made durable by a pool, with a bounded backlog."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Protocol

import polars as pl

from fanwise.generator.columns.support.types import type_word
from fanwise.generator.errors import FanwiseError, OutputError
from fanwise.generator.output.content_hash import ContentHash
from fanwise.generator.output.formats.base import FileSink, describing
from fanwise.generator.output.manifest import FileEntry, TableEntry, part_of
from fanwise.generator.output.publishing.cutting import PART_BYTES, PART_ROWS, bytes_of_row
from fanwise.generator.plan.schema import Words

__all__ = ["FolderWriter", "Recorder", "as_write_error", "pieces", "table_entry", "write_part"]

_SMALL_ROWS, _JOINED_ROWS = 1 << 14, 1 << 16  # smaller frames are joined into one of so many rows
_HELD_BYTES = 3 * PART_BYTES  # bytes of rows that wait or are being written before `write` blocks: the memory bound


class Recorder(Protocol):
    """Hears of each finished part: the journal of a run, or a worker's caller."""

    def add(self, entry: FileEntry) -> None: ...


@dataclass(slots=True)
class _Pending:
    """The state of one table: the current part with its frames and rows, and the other parts.

    width: bytes per row. small: rows of the small frames at the end. end: the row after the last one received. parts:
    finished parts, or None for those being written.
    """

    schema: pl.Schema | None = None
    width: int = 1
    part: int = 0
    frames: list[pl.DataFrame] = field(default_factory=list)
    rows: int = 0
    small: int = 0
    end: int = 0
    parts: dict[int, FileEntry | None] = field(default_factory=dict)


class FolderWriter:
    """Writes tables below a folder: call `write` in row order, then `finish`. Use it in a `with` statement.

    A table of at most `part_rows` rows (for all tables, or by table) becomes TABLE.suffix. A larger one becomes
    TABLE/part-00000.suffix …, where each part except the last has exactly `part_rows` rows: boundaries depend on rows
    and options only, never on chunks or threads. `pool` writes the parts (None: the caller's thread). Do not call
    `write` from that pool, since it waits for it. A disk error is an OutputError that names the file, raised by a later
    `write` or by `finish`.

    kept: parts that an earlier writer with the same options finished; their rows are skipped and need not be passed.
    only: the parts to write, where others write the rest; end with `flush`. journal: records each finished part.
    words: the descriptions of tables, for files that can hold them.
    """

    def __init__(
        self,
        folder: Path,
        sink: FileSink,
        *,
        part_rows: int | Mapping[str, int] = PART_ROWS,
        pool: Executor | None = None,
        kept: Iterable[FileEntry] = (),
        only: Collection[tuple[str, int]] | None = None,
        journal: Recorder | None = None,
        words: Mapping[str, Words] = MappingProxyType({}),
    ) -> None:
        smallest = part_rows if isinstance(part_rows, int) else min(part_rows.values(), default=1)
        if smallest < 1:
            raise FanwiseError("FW-DEFECT", f"a part of {smallest} rows holds nothing")
        self._folder, self._sink, self._part_rows, self._pool = folder, sink, part_rows, pool
        self._only, self._journal, self._words = only, journal, words
        self._tables: dict[str, _Pending] = {}
        self._kept: set[tuple[str, int]] = set()
        for entry in kept:
            table, index = part_of(entry.path)
            self._kept.add((table, index))
            self._tables.setdefault(table, _Pending()).parts[index] = entry
        self._jobs: deque[tuple[_Pending, int, int, Future[FileEntry]]] = deque()
        self._held = 0  # bytes of rows in memory: of current parts, and of parts being written
        self.bytes = 0
        """Bytes of the finished parts, without the kept ones."""

    def __enter__(self) -> FolderWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The folder will be removed or published: no job may still write into it.
        for *_, job in self._jobs:
            job.cancel()
        for *_, job in self._jobs:
            if not job.cancelled():
                job.exception()
        self._jobs.clear()

    def lacks(self, table: str, rows: range) -> bool:
        """Return whether any of these rows of `table`, counted from its first row here, is in no kept part."""
        size = self._rows_of_part(table)
        parts = range(rows.start // size, -(-rows.stop // size)) if rows else ()
        return any((table, index) not in self._kept for index in parts)

    def busy(self) -> bool:
        """Return whether parts are being written just now."""
        return any(not job.done() for *_, job in self._jobs)

    def write(self, table: str, frame: pl.DataFrame, at: int | None = None) -> None:
        """Add `frame`, rows of `table` from row `at` of those written here (None: the next rows).

        Rows in kept parts may be omitted. Raises OutputError if an earlier part could not be written.
        """
        pending = self._tables.setdefault(table, _Pending())
        if pending.schema is None:
            pending.schema, pending.width = frame.schema, bytes_of_row(frame.schema)
        elif pending.schema != frame.schema:
            raise FanwiseError("FW-DEFECT", f"table '{table}': columns changed from {pending.schema} to {frame.schema}")
        start = pending.end if at is None else at
        pending.end = start + frame.height
        for index, offset, piece in pieces(frame, start, self._rows_of_part(table)):
            if index != pending.part:
                # Only now: the name of this part depends on whether another one follows.
                self._close_part(table, pending)
                pending.part = index
            if (table, index) in self._kept or (self._only is not None and (table, index) not in self._only):
                continue
            if offset != pending.rows or index in pending.parts:
                raise FanwiseError("FW-DEFECT", f"table '{table}': rows do not continue at row {start}")
            pending.frames.append(piece)
            pending.rows += piece.height
            pending.small = pending.small + piece.height if piece.height < _SMALL_ROWS else 0
            if pending.small >= _JOINED_ROWS:
                _join_small(pending)
            self._held += piece.height * pending.width
            while self._jobs and (self._held > _HELD_BYTES or self._jobs[0][-1].done()):
                self._settle()

    def finish(self, schemas: Mapping[str, pl.Schema]) -> dict[str, TableEntry]:
        """Write the remaining rows, wait for all parts, and return the tables in the order of `schemas`.

        `schemas` has every table. A table without rows becomes a file of 0 rows. The folders are durable on return.
        """
        if unknown := sorted(self._tables.keys() - schemas.keys()):
            raise FanwiseError("FW-DEFECT", f"tables without a schema were written: {', '.join(unknown)}")
        for table, schema in schemas.items():
            pending = self._tables.setdefault(table, _Pending())
            if pending.schema not in (None, schema):  # None: no rows were received, or all of them existed already
                raise FanwiseError("FW-DEFECT", f"table '{table}': planned columns {schema}, written {pending.schema}")
            if not pending.rows and not pending.parts:
                pending.frames.append(pl.DataFrame(schema=schema))
            if pending.frames:
                self._begin(table, pending, alone=not pending.parts and not pending.part)
        while self._jobs:
            self._settle()
        self._sync_folders(schemas)
        return {table: self._entry(table, schema) for table, schema in schemas.items()}

    def flush(self, totals: Mapping[str, int]) -> None:
        """Write the remaining rows and wait for all parts. totals: the rows of whole tables, which decide names."""
        for table, pending in self._tables.items():
            if pending.frames:
                self._begin(table, pending, alone=totals[table] <= self._rows_of_part(table))
        while self._jobs:
            self._settle()

    def _rows_of_part(self, table: str) -> int:
        return self._part_rows if isinstance(self._part_rows, int) else self._part_rows[table]

    def _close_part(self, table: str, pending: _Pending) -> None:
        if pending.rows:
            if pending.rows != self._rows_of_part(table):
                raise FanwiseError("FW-DEFECT", f"table '{table}': part {pending.part} has {pending.rows} rows")
            self._begin(table, pending, alone=False)

    def _begin(self, table: str, pending: _Pending, *, alone: bool) -> None:
        """Submit the current part for writing."""
        _join_small(pending)
        index, frames, held = pending.part, pending.frames, pending.rows * pending.width
        frame = pl.concat(frames, rechunk=False) if len(frames) > 1 else frames[0]
        name = f"{table}{self._sink.suffix}" if alone else f"{table}/part-{index:05d}{self._sink.suffix}"
        pending.frames, pending.rows, pending.parts[index] = [], 0, None
        if self._pool is None:
            self._done(pending, index, held, self._write_part(frame, name))
        else:
            self._jobs.append((pending, index, held, self._pool.submit(self._write_part, frame, name)))

    def _settle(self) -> None:
        pending, index, held, job = self._jobs[0]
        written = job.result()
        self._jobs.popleft()
        self._done(pending, index, held, written)

    def _done(self, pending: _Pending, index: int, held: int, entry: FileEntry) -> None:
        pending.parts[index] = entry
        self.bytes += entry.bytes
        self._held -= held

    def _write_part(self, frame: pl.DataFrame, name: str) -> FileEntry:
        sink = describing(self._sink, self._words.get(part_of(name)[0]))
        entry = write_part(self._folder, sink, frame, name)
        if self._journal is not None:
            with as_write_error(self._folder, self._folder / name, frame):
                self._journal.add(entry)
        return entry

    def _sync_folders(self, schemas: Mapping[str, pl.Schema]) -> None:
        large = [self._folder / table for table in schemas if len(self._tables[table].parts) > 1]
        for folder in (*large, self._folder):
            try:
                descriptor = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            except OSError as error:
                raise OutputError(
                    "FW-OUTPUT-WRITE", f"{folder}: cannot be made durable: {error.strerror or error}."
                ) from error

    def _entry(self, table: str, schema: pl.Schema) -> TableEntry:
        parts = sorted(self._tables[table].parts.items())
        files = tuple(entry for _, entry in parts if entry is not None)
        if [index for index, _ in parts] != list(range(len(files))):
            raise FanwiseError("FW-DEFECT", f"table '{table}': parts are missing between the first and the last")
        return table_entry(files, schema)


def write_part(folder: Path, sink: FileSink, frame: pl.DataFrame, name: str) -> FileEntry:
    """Write rows as one part below a folder, durably; raises OutputError that names the file."""
    path = folder / name
    with as_write_error(folder, path, frame):
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)  # an existing file may be a hard link to one in another folder
        sink.write(frame, path)
        with path.open("r+b") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        return FileEntry(name, frame.height, size, digest, ContentHash().update(frame).hexdigest())


@contextmanager
def as_write_error(folder: Path, path: Path, frame: pl.DataFrame) -> Iterator[None]:
    """Turn an error of writing `frame` to `path` into an OutputError with the space that is needed and free."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        free = f"{shutil.disk_usage(folder).free:,}" if folder.is_dir() else "unknown"
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error).splitlines()[0]
        why = f"cannot be written: {reason} (bytes needed: about {frame.estimated_size():,}, free: {free})."
        hint = "free disk space or choose another --out; nothing was published."
        raise OutputError("FW-OUTPUT-WRITE", why, hint, str(path)) from error


def table_entry(files: Sequence[FileEntry], schema: pl.Schema) -> TableEntry:
    """Return the entry of a table with these parts, in row order."""
    whole = ContentHash()
    for entry in files:
        whole.merge(ContentHash.from_hexdigest(entry.content_hash))
    columns = {name: type_word(dtype) for name, dtype in schema.items()}
    return TableEntry(whole.rows, whole.hexdigest(), columns, tuple(files))


def pieces(frame: pl.DataFrame, start: int, size: int) -> Iterator[tuple[int, int, pl.DataFrame]]:
    """Yield (part, row within it, rows) of a frame whose first row is `start`; the rows share its memory."""
    row = 0
    while row < frame.height:
        index, offset = divmod(start + row, size)
        piece = frame.slice(row, size - offset)
        yield index, offset, piece
        row += piece.height


def _join_small(pending: _Pending) -> None:
    """Join the small frames at the end of the current part.

    Chunks are written as they are, but each costs a fixed time per column, and many small pieces of text need twice the
    memory of one. Joining them early never needs the memory of a whole part a second time.
    """
    frames, pending.small = pending.frames, 0
    first = len(frames)
    while first and frames[first - 1].height < _SMALL_ROWS:
        first -= 1
    if len(frames) - first > 1:
        frames[first:] = [pl.concat(frames[first:], rechunk=True)]
