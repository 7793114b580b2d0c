"""A run on worker processes: they count, make and write; this process deals out the work and keeps the journal."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from fanwise.generator.engine.executor import WHOLE, Shard, chunks
from fanwise.generator.engine.local import row_starts
from fanwise.generator.output.formats import FileSink
from fanwise.generator.output.manifest import FileEntry, part_of
from fanwise.generator.output.publishing.target import as_output_error
from fanwise.generator.output.publishing.writer import Recorder
from fanwise.generator.plan import Plan
from fanwise.generator.workers.blocks import Block, Fragment, Part, blocks_of, left_of
from fanwise.generator.workers.counting import counted
from fanwise.generator.workers.messages import Join, Make, Output, Progress, Setup, Task, Written
from fanwise.generator.workers.pool import Pool

__all__ = ["Made", "write_on_workers"]


class Watcher(Protocol):
    """Receives the progress of a run; `fanwise.generator.run.options.Observer` is one."""

    def advance(self, rows: int, size: int = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Made:
    """What workers made. entries: the part files. rows: of each table, those of kept parts included."""

    entries: tuple[FileEntry, ...]
    rows: Mapping[str, int]


def write_on_workers(
    plan: Plan,
    sink: FileSink,
    folder: Path,
    scratch: Path,
    *,
    workers: int,
    cut: Mapping[str, int],
    journal: Recorder,
    watcher: Watcher,
    kept: Sequence[FileEntry] = (),
    shard: Shard = WHOLE,
    chunk_rows: int | None = None,
) -> Made:
    """Write the part files of a plan below `folder`, except those of tables without rows.

    scratch: an empty or missing folder for fragments, removed at the end. cut: the rows of a part of each table. kept:
    parts that exist. Values, files and hashes are those of a run without workers. Raises what making and writing raise,
    and OutputError where workers cannot be started or die.
    """
    dispatcher = _Dispatcher(journal, watcher, {part_of(entry.path) for entry in kept})
    pieces = list(chunks(plan, chunk_rows, shard))
    before = list(chunks(plan, chunk_rows, shard.before())) if shard.index > 1 else []
    with _empty(scratch), Pool(workers, Setup(plan, Output(sink, folder, scratch, cut)), dispatcher.hear) as pool:
        sizes = counted(pool, [*before, *pieces], workers)
        first = row_starts(plan, shard, _total(plan, sizes[: len(before)]))
        sizes = sizes[len(before) :]
        totals = {table: rows for table, rows in _total(plan, sizes).items() if table in cut}
        # One block for each worker: where two blocks meet, a part of every table is handed over and joined.
        blocks = blocks_of(pieces, sizes, cut, workers)
        dispatcher.deal(pool, [left_of(block, dispatcher.kept) for block in blocks], first, totals)
    return Made(tuple(dispatcher.made.values()), totals)


@contextmanager
def _empty(folder: Path) -> Iterator[None]:
    """Make a folder anew, and remove it in the end."""
    shutil.rmtree(folder, ignore_errors=True)
    with as_output_error(folder):
        folder.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _total(plan: Plan, sizes: Iterable[Mapping[str, int]]) -> dict[str, int]:
    totals = dict.fromkeys(plan.tables, 0)
    for size in sizes:
        for table, rows in size.items():
            totals[table] += rows
    return totals


@dataclass(slots=True)
class _Dispatcher:
    """Deals out blocks, and the parts to join once all their fragments are there; notes what is finished."""

    journal: Recorder
    watcher: Watcher
    kept: set[Part]
    made: dict[Part, FileEntry] = field(default_factory=dict)

    def hear(self, message: Progress | Written) -> None:
        if isinstance(message, Progress):
            self.watcher.advance(message.rows, sum(entry.bytes for entry in self.made.values()))
            return
        self.journal.add(message.entry)
        self.made[message.part] = message.entry

    def deal(self, pool: Pool, blocks: Sequence[Block], first: Mapping[str, int], totals: Mapping[str, int]) -> None:
        missing = Counter(part for block in blocks for part in block.shared)
        found: dict[Part, list[Fragment]] = {part: [] for part in missing}

        def joins(fragments: Any) -> Iterator[Task]:
            for fragment in fragments or ():
                there = found[fragment.part]
                there.append(fragment)
                if len(there) == missing[fragment.part]:
                    yield Join(fragment.part, tuple(sorted(there, key=lambda each: each.row)), totals)

        def again(task: Task) -> Task:
            return replace(task, block=left_of(task.block, self.made)) if isinstance(task, Make) else task

        pool.run([Make(block, first, totals) for block in blocks if block.own or block.shared], joins, again)
