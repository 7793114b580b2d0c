"""How a run is divided among workers: blocks of chunks, and the part files that lie in one block or in several.

Part files are cut at fixed rows, so a block rarely begins where a part does. A part within one block is written by the
worker that makes the block. Of a part in several blocks each worker hands over its rows as a fragment; when all are
there, any worker joins them. Every row is made once, and the files are those of a run without workers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from fanwise.generator.engine.executor import Chunk

__all__ = ["Block", "Fragment", "Part", "PlacedChunk", "blocks_of", "left_of", "parts_at"]

Part = tuple[str, int]
"""A part file: its table, and its number counted from 0."""


@dataclass(frozen=True, slots=True)
class PlacedChunk:
    """A chunk, and the rows of each table that it makes, counted from the table's first row in this run."""

    chunk: Chunk
    rows: Mapping[str, range]


@dataclass(frozen=True, slots=True)
class Block:
    """Chunks in a row that one worker makes.

    own: the parts that it writes. shared: the parts of which it hands over a fragment.
    """

    number: int
    chunks: tuple[PlacedChunk, ...]
    own: frozenset[Part]
    shared: frozenset[Part]


@dataclass(frozen=True, slots=True)
class Fragment:
    """Rows of a part that lie in one block: an Arrow file, with the place of its first row in the table."""

    part: Part
    row: int
    path: Path


def blocks_of(
    chunks: Sequence[Chunk], sizes: Sequence[Mapping[str, int]], cut: Mapping[str, int], wanted: int
) -> tuple[Block, ...]:
    """Return at most `wanted` blocks of about equal work.

    sizes: the rows of each table in each chunk. cut: the rows of a part of each table.
    """
    placed, weights = _placed(chunks, sizes)
    edges = _edges(weights, wanted)
    groups = [placed[start:stop] for start, stop in pairwise(edges)]
    inside = [set(parts_at(_span(group), cut)) for group in groups]
    seen: dict[Part, int] = {}
    for parts in inside:
        for part in parts:
            seen[part] = seen.get(part, 0) + 1
    return tuple(
        Block(
            number,
            tuple(group),
            frozenset(part for part in parts if seen[part] == 1),
            frozenset(part for part in parts if seen[part] > 1),
        )
        for number, (group, parts) in enumerate(zip(groups, inside, strict=True))
    )


def left_of(block: Block, done: Collection[Part]) -> Block:
    """Return what is left of a block when these parts are finished."""
    return replace(block, own=block.own.difference(done), shared=block.shared.difference(done))


def parts_at(rows: Mapping[str, range], cut: Mapping[str, int]) -> Iterable[Part]:
    """Yield the parts that hold any of these rows."""
    for table, place in rows.items():
        if place and table in cut:
            yield from ((table, number) for number in range(place.start // cut[table], -(-place.stop // cut[table])))


def _placed(chunks: Sequence[Chunk], sizes: Sequence[Mapping[str, int]]) -> tuple[list[PlacedChunk], list[int]]:
    ends: dict[str, int] = {}
    placed, weights = [], []
    for chunk, size in zip(chunks, sizes, strict=True):
        rows = {table: range(ends.get(table, 0), ends.get(table, 0) + count) for table, count in size.items()}
        ends.update({table: place.stop for table, place in rows.items()})
        placed.append(PlacedChunk(chunk, rows))
        weights.append(sum(size.values()))
    return placed, weights


def _edges(weights: Sequence[int], wanted: int) -> list[int]:
    """Return where to cut a row of chunks into groups of about equal weight: the first chunk of each, and the end."""
    before = np.concatenate(([0], np.cumsum(weights)))
    goals = before[-1] * np.arange(1, wanted) / wanted
    return sorted({0, len(weights), *np.searchsorted(before, goals).tolist()})


def _span(group: Sequence[PlacedChunk]) -> dict[str, range]:
    """Return the rows of each table in chunks in a row."""
    out: dict[str, range] = {}
    for placed in group:
        for table, rows in placed.rows.items():
            out[table] = range(out[table].start if table in out else rows.start, rows.stop)
    return out
