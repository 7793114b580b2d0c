"""The sizes of all chunks, counted by workers."""

from __future__ import annotations

from collections.abc import Sequence

from fanwise.generator.engine.executor import Chunk
from fanwise.generator.workers.messages import Count
from fanwise.generator.workers.pool import Pool

__all__ = ["counted"]

_COUNTS = 4  # tasks of counting for each worker, so that none waits long for the last one


def counted(pool: Pool, pieces: Sequence[Chunk], workers: int) -> list[dict[str, int]]:
    """Return the rows of each table in each chunk."""
    step = max(1, -(-len(pieces) // (workers * _COUNTS)))
    tasks = [Count(tuple(pieces[start : start + step])) for start in range(0, len(pieces), step)]
    return [size for result in pool.run(tasks) for size in result]
