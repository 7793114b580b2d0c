"""Chunks made by worker processes and handed to the caller in row order."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from fanwise.generator.engine.executor import WHOLE, chunks
from fanwise.generator.engine.local import row_starts
from fanwise.generator.plan import Plan
from fanwise.generator.workers.counting import counted
from fanwise.generator.workers.messages import Frames, Setup, Task
from fanwise.generator.workers.pool import Pool

__all__ = ["frames_on_workers"]

_AHEAD = 2  # chunks of each worker that are made or wait for the caller


def frames_on_workers(plan: Plan, *, workers: int, chunk_rows: int | None = None) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the frames of each chunk, in row order, as `generate` does. The workers end with the iterator.

    Raises what making raises, and OutputError where workers cannot be started or die.
    """
    pieces = list(chunks(plan, chunk_rows))
    with Pool(workers, Setup(plan), lambda _: None) as pool:
        sizes = counted(pool, pieces, workers)

        def tasks() -> Iterator[Task]:
            ends = row_starts(plan, WHOLE)
            for chunk, size in zip(pieces, sizes, strict=True):
                yield Frames(chunk, {table: ends[table] for table in size})
                ends.update({table: ends[table] + rows for table, rows in size.items()})

        yield from pool.stream(tasks(), workers * _AHEAD)
