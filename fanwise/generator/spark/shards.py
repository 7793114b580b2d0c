"""What a task of Spark works on: a shard of one root's rows, with all that hangs below them.

Nothing here knows Spark; these functions run on executors, one shard at a time in one thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import ceil
from uuid import uuid4

import numpy as np
import polars as pl

from fanwise.generator.engine.executor import Chunk, Shard, build, chunks, count, frame_of, sizes
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import OutputError, Problem, UsageError
from fanwise.generator.output.manifest import versions
from fanwise.generator.plan import Plan

__all__ = ["PlanPayload", "RootShard", "count_rows", "number", "shards_of", "table_frames", "tree_frames"]

SHARD_ROWS = 1_000_000  # expected rows of a shard's largest table: a part file with some reserve


@dataclass(frozen=True, slots=True)
class RootShard:
    """A shard of the rows of `root`; first: the row number with which each table below it goes on there."""

    root: str
    shard: Shard
    first: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanPayload:
    """A plan as it travels to the executors, with the versions that made it.

    identity: the same in all tasks of one call, so that a worker keeps what it has made for the ones before.
    """

    plan: Plan = field(compare=False)
    identity: str = field(default_factory=lambda: uuid4().hex)
    versions: Mapping[str, str] = field(default_factory=lambda: versions(0), compare=False)

    def open(self) -> tuple[Plan, TableReferences]:
        """Return the plan and the tables to refer to, kept from task to task of a worker.

        OutputError where this executor has other versions than the driver: the values or the bytes could differ.
        """
        return _opened(self)


@lru_cache(maxsize=1)
def _opened(payload: PlanPayload) -> tuple[Plan, TableReferences]:
    here = versions(0)
    problems = [
        Problem(
            "FW-SPARK-FAILED",
            f"an executor has {name} {here[name]}, the driver {version}",
            "install the same versions everywhere",
        )
        for name, version in payload.versions.items()
        if here[name] != version
    ]
    if problems:
        raise OutputError(problems)
    return payload.plan, TableReferences(payload.plan.tables)


def shards_of(plan: Plan, shards: int | None = None) -> tuple[RootShard, ...]:
    """Return the shards of a plan, root by root in row order, not yet numbered.

    shards: how many the root with the largest tables is cut into, the others in proportion; by default one for each
    million rows of its largest table. UsageError for fewer than one. Executors and cores have no say in it, because
    part files follow the shards.
    """
    if shards is not None and shards < 1:
        raise UsageError("FW-USAGE-VALUE", "must be at least 1", "leave it out", "shards", str(shards))
    largest = {root.name: max(plan.expected_rows[name] for name in (root.name, *root.below)) for root in plan.roots}
    most = max(largest.values(), default=0.0)
    wanted = shards or max(1, -(-int(most) // SHARD_ROWS))
    out: list[RootShard] = []
    for root, rows in largest.items():
        share = ceil(wanted * (rows / most)) if most else 1
        pieces = max(1, min(share, plan.rows[root]))
        out += (RootShard(root, Shard(index, pieces)) for index in range(1, pieces + 1))
    return tuple(out)


def number(plan: Plan, parts: Sequence[RootShard], rows: Sequence[Mapping[str, int]]) -> tuple[RootShard, ...]:
    """Return the shards with the row numbers they start from; rows: of each table in each shard, in the same order."""
    ends = dict.fromkeys(plan.tables, 0)
    out = []
    for part, found in zip(parts, rows, strict=True):
        out.append(replace(part, first={name: ends[name] for name in found}))
        for name, size in found.items():
            ends[name] += size
    return tuple(out)


def _chunks(plan: Plan, part: RootShard, chunk_rows: int | None = None) -> Iterator[Chunk]:
    return (chunk for chunk in chunks(plan, chunk_rows, part.shard) if chunk.root == part.root)


def count_rows(plan: Plan, references: TableReferences, part: RootShard) -> dict[str, int]:
    """Return the rows of the root and of each table below it in a shard."""
    root = plan.tables[part.root]
    start, stop = part.shard.span(plan.rows[part.root])
    totals = {part.root: stop - start} | dict.fromkeys(root.below, 0)
    if not root.children:
        return totals
    totals[part.root] = 0
    for chunk in _chunks(plan, part):
        for name, size in sizes(plan, chunk, references).items():
            totals[name] += size
    return totals


def tree_frames(
    plan: Plan, references: TableReferences, part: RootShard, chunk_rows: int | None = None
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the root and all tables below it in a numbered shard, chunk by chunk in row order."""
    ends = dict(part.first)
    for chunk in _chunks(plan, part, chunk_rows):
        contexts = count(plan, chunk, references)
        rows = {name: len(ctx) for name, ctx in contexts.items()}
        frames = build(plan, contexts, ends)
        for name, size in rows.items():
            ends[name] += size
        yield frames


def table_frames(plan: Plan, references: TableReferences, part: RootShard, table: str) -> Iterator[pl.DataFrame]:
    """Yield one table in a numbered shard, chunk by chunk in row order; only the tables above it are made with it."""
    ends = dict(part.first)
    for chunk in _chunks(plan, part):
        top, _ = references.locate(part.root, np.arange(chunk.start, chunk.stop))
        ctx = above = top.reach(table)
        while above.parent is not None:
            above.rows.number_from(ends[above.table.name])
            ends[above.table.name] += len(above)
            above = above.parent
        yield frame_of(plan, ctx)
        top.release()
