"""What a worker does: count chunks, make a block, join a part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import polars as pl

from fanwise.generator.engine.executor import build, count, sizes
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.output.manifest import FileEntry, part_of
from fanwise.generator.output.publishing.target import as_output_error
from fanwise.generator.output.publishing.writer import FolderWriter, pieces
from fanwise.generator.workers.blocks import Fragment, Part, parts_at
from fanwise.generator.workers.messages import Count, Frames, Join, Make, Output, Progress, Setup, Task, Written

__all__ = ["Worker"]

Say = Callable[[Progress | Written], None]


class Worker:
    """Does tasks one after another. say: hears of rows and of finished parts."""

    def __init__(self, setup: Setup, say: Say) -> None:
        self._setup, self._say = setup, say
        self._references = TableReferences(setup.plan.tables)

    def do(self, task: Task) -> Any:
        """Return the result of a task. Raises what making and writing raise."""
        match task:
            case Count():
                return [sizes(self._setup.plan, chunk, self._references) for chunk in task.chunks]
            case Make():
                return self._make(task)
            case Join():
                self._join(task)
                return None
            case Frames():
                plan = self._setup.plan
                return build(plan, count(plan, task.chunk, self._references), task.starts)

    @property
    def _output(self) -> Output:
        assert self._setup.output is not None
        return self._setup.output

    def _make(self, task: Make) -> list[Fragment]:
        plan, cut, block = self._setup.plan, self._output.cut, task.block
        wanted = block.own | block.shared
        shared: dict[Part, list[tuple[int, pl.DataFrame]]] = {part: [] for part in block.shared}
        with self._writer(block.own) as writer:
            for placed in block.chunks:
                if wanted.isdisjoint(parts_at(placed.rows, cut)):
                    continue
                starts = {table: task.first[table] + rows.start for table, rows in placed.rows.items()}
                frames = build(plan, count(plan, placed.chunk, self._references), starts)
                for table, frame in frames.items():
                    start = placed.rows[table].start
                    writer.write(table, frame, at=start)
                    for index, _, piece in pieces(frame, start, cut[table]):
                        if (table, index) in shared:
                            shared[table, index].append((start, piece))
                        start += piece.height
                self._say(Progress(sum(frame.height for frame in frames.values())))
            writer.flush(task.totals)
        return [self._kept(part, block.number, found) for part, found in sorted(shared.items()) if found]

    def _kept(self, part: Part, block: int, found: list[tuple[int, pl.DataFrame]]) -> Fragment:
        frame = pl.concat([piece for _, piece in found], rechunk=False)
        path = self._output.scratch / f"{part[0]}-{part[1]}-{block}.arrow"
        with as_output_error(path):
            path.unlink(missing_ok=True)
            with path.open("wb") as file:
                frame.write_ipc(file)
        return Fragment(part, found[0][0], path)

    def _join(self, task: Join) -> None:
        """Write a part. The fragments stay, for another worker if this one dies before it says that it is done."""
        table, _ = task.part
        with self._writer({task.part}) as writer:
            for fragment in task.fragments:
                with as_output_error(fragment.path):
                    frame = pl.read_ipc(fragment.path)
                writer.write(table, frame, at=fragment.row)
            writer.flush(task.totals)

    def _writer(self, parts: Iterable[Part]) -> FolderWriter:
        output, only = self._output, frozenset(parts)
        return FolderWriter(
            output.folder, output.sink, part_rows=output.cut, only=only, journal=_Announced(self._say),
            words=self._setup.plan.schema.words,
        )  # fmt: skip


class _Announced:
    """A journal whose lines go to the caller, which keeps the one of the run."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def add(self, entry: FileEntry) -> None:
        self._say(Written(part_of(entry.path), entry))
