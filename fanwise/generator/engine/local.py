"""Chunks on the threads of this process, in row order, with a bounded number under way."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import polars as pl

from fanwise.generator.context import GenerationContext
from fanwise.generator.engine.executor import WHOLE, Shard, build, chunks, count, sizes
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.plan import Plan

_AHEAD = 1  # chunks that each thread counts, and builds, ahead of the reader
_READY = 1  # chunks more, which wait for a busy reader while all threads are at work


Wanted = Callable[[Mapping[str, range]], bool]


def generate(
    plan: Plan, *, threads: int | None = None, chunk_rows: int | None = None
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the frames of each chunk, in row order.

    threads: workers, by default one per processor. chunk_rows: rows of a chunk's largest table. Neither changes a
    value.
    """
    return (placed.frames for placed in generate_placed(plan, threads=threads, chunk_rows=chunk_rows))


@dataclass(frozen=True, slots=True)
class Placed:
    """The frames of a chunk, and for each table the rows of the whole table that its frame holds."""

    rows: Mapping[str, range]
    frames: dict[str, pl.DataFrame]


def generate_placed(
    plan: Plan,
    *,
    threads: int | None = None,
    chunk_rows: int | None = None,
    shard: Shard = WHOLE,
    first: Mapping[str, int] | None = None,
    wanted: Wanted | None = None,
    busy: Callable[[], bool] | None = None,
) -> Iterator[Placed]:
    """Yield the chunks of a shard, in row order, with their places.

    first: the row number with which each table goes on in this shard (`count_rows` of the shards before it); roots
    know theirs. wanted: given the places of a counted chunk, says whether it is to be built and yielded. busy: says
    whether the reader has work for threads of its own just now: no new chunk is then begun while more than half as many
    as there are threads, and one for the reader, are under way.
    Counting runs ahead of building, because a chunk's row numbers start where those of the chunks before it end.
    """
    workers = threads or available_processors()
    references = TableReferences(plan.tables)
    waiting = chunks(plan, chunk_rows, shard)
    counted: deque[Future[dict[str, GenerationContext]]] = deque()
    built: deque[tuple[Mapping[str, range], Future[dict[str, pl.DataFrame]]]] = deque()
    ends = row_starts(plan, shard, first)

    def count_ahead() -> None:
        for chunk in islice(waiting, workers * _AHEAD - len(counted)):
            counted.append(pool.submit(count, plan, chunk, references))

    with ThreadPoolExecutor(workers, thread_name_prefix="fanwise") as pool:
        try:
            while True:
                count_ahead()
                at_work = max(1, workers // 2) if busy is not None and busy() else workers
                while counted and len(built) < at_work * _AHEAD + _READY:
                    contexts = counted.popleft().result()
                    starts = {name: ends[name] for name in contexts}
                    ends.update({name: ends[name] + len(ctx) for name, ctx in contexts.items()})  # before the build
                    shown = (name for name in contexts if not plan.dataset.tables[name].hidden)
                    places = {name: range(starts[name], ends[name]) for name in shown}
                    if wanted is None or wanted(places):
                        built.append((places, pool.submit(build, plan, contexts, starts)))
                    else:
                        next(iter(contexts.values())).release()  # of the root, and so all
                    count_ahead()
                if not built:
                    return
                ready, frames = built.popleft()
                yield Placed(ready, frames.result())
        finally:
            for counting in counted:
                counting.cancel()
            for _, building in built:
                building.cancel()


def row_starts(plan: Plan, shard: Shard, first: Mapping[str, int] | None = None) -> dict[str, int]:
    """Return the row number with which each table goes on in a shard; `first` as in `generate_placed`."""
    starts = dict.fromkeys(plan.tables, 0) | dict(first or {})
    return starts | {root.name: shard.span(plan.rows[root.name])[0] for root in plan.roots}


def count_rows(
    plan: Plan, shard: Shard = WHOLE, *, threads: int | None = None, chunk_rows: int | None = None
) -> dict[str, int]:
    """Return the rows of each table in a shard: all its fanouts are drawn, and no column that they do not need."""
    totals = dict.fromkeys(plan.tables, 0)
    references = TableReferences(plan.tables)

    with ThreadPoolExecutor(threads or available_processors(), thread_name_prefix="fanwise") as pool:
        found = pool.map(lambda chunk: sizes(plan, chunk, references), chunks(plan, chunk_rows, shard))
        for counted in found:
            for name, size in counted.items():
                totals[name] += size
    return totals


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
