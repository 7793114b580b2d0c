"""Chunks on the threads of this process, in row order, with a bounded number under way."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import polars as pl

from generator.context import GenerationContext
from generator.executor import build, chunks, count
from generator.plan import Plan
from generator.references import TableReferences

_AHEAD = 1  # chunks counted, and chunks built, ahead of the reader for each thread


def generate(
    plan: Plan, *, threads: int | None = None, chunk_rows: int | None = None
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the frames of each chunk, in row order.

    threads: workers, by default one per processor. chunk_rows: rows of a chunk's largest table. Neither changes a
    value.
    Counting runs ahead of building, because a chunk's row numbers start where those of the chunks before it end.
    """
    workers = threads or available_processors()
    references = TableReferences(plan.tables)
    waiting = chunks(plan, chunk_rows)
    counted: deque[Future[dict[str, GenerationContext]]] = deque()
    built: deque[Future[dict[str, pl.DataFrame]]] = deque()
    first: dict[str, int] = dict.fromkeys(plan.tables, 0)
    with ThreadPoolExecutor(workers, thread_name_prefix="fanwise") as pool:
        try:
            while True:
                for chunk in islice(waiting, workers * _AHEAD - len(counted)):
                    counted.append(pool.submit(count, plan, chunk, references))
                while counted and len(built) < workers * _AHEAD:
                    contexts = counted.popleft().result()
                    starts = dict(first)
                    for name, ctx in contexts.items():  # before the build, which lets the contexts go
                        first[name] += len(ctx)
                    built.append(pool.submit(build, plan, contexts, starts))
                if not built:
                    return
                yield built.popleft().result()
        finally:
            for future in counted:
                future.cancel()
            for frames in built:
                frames.cancel()


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
