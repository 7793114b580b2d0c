"""Plan -> chunks -> frames. This file is the engine; everything else is what it calls.

A chunk is a range of root rows with all that hangs below it. Work on it has two steps:

1. `count` draws the fanouts, level by level, which fixes how many rows every table has in the chunk;
2. `build` numbers these rows (each table goes on where the chunk before it ended) and makes the columns.

Nothing else passes between chunks. All draws are functions of row keys, so the layout never changes a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import polars as pl

from fanwise.generator.columns.support.types import as_written
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import FanwiseError, PlanError
from fanwise.generator.language.spec import Column, Fanout
from fanwise.generator.plan import Plan
from fanwise.io.problems import dotted

# Columns times rows of a chunk, hidden ones included: its memory follows them, however wide the tables are. In smaller
# chunks threads meet more often at Python's lock.
CHUNK_CELLS = 3 << 20
_WIDE_ROWS = 16_384  # each column of each chunk costs about 0.1 ms, which has to be little beside its values
_WIDER = 4  # times CHUNK_CELLS, at most, so that a chunk of a wide table has as many rows


@dataclass(frozen=True, slots=True)
class Chunk:
    """Root rows `start` to `stop` of `root`, with everything below them."""

    root: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `index` (counted from 1) of `of` parts of a run: an equal range of the rows of every root.

    count: so many parts in a row, taken as one.
    """

    index: int = 1
    of: int = 1
    count: int = 1

    def span(self, rows: int) -> tuple[int, int]:
        """Return the range of a root's `rows` that belongs to this shard."""
        return rows * (self.index - 1) // self.of, rows * (self.index - 1 + self.count) // self.of

    def before(self) -> Shard:
        """Return all parts whose rows stand before this one's, as one."""
        return Shard(1, self.of, self.index - 1)


WHOLE = Shard()


def chunks(plan: Plan, chunk_rows: int | None = None, shard: Shard = WHOLE) -> Iterator[Chunk]:
    """Yield the chunks of a shard in row order; each aims at `chunk_rows` rows of its largest table.

    None: at `CHUNK_CELLS` cells of all its tables, or more where these are wide.
    """
    for root in plan.roots:
        rows, tree = plan.rows[root.name], (root.name, *root.below)
        cells = sum(plan.expected_rows[name] * len(plan.tables[name].columns) for name in tree)
        largest = max(plan.expected_rows[name] for name in tree)
        wanted = max(CHUNK_CELLS, min(_WIDE_ROWS * cells / max(1, largest), _WIDER * CHUNK_CELLS))
        step = max(1, int(rows * (chunk_rows / largest if chunk_rows else wanted / cells)) if largest else rows)
        begin, end = shard.span(rows)
        yield from (Chunk(root.name, start, min(start + step, end)) for start in range(begin, end, step))


def sizes(plan: Plan, chunk: Chunk, references: TableReferences) -> dict[str, int]:
    """Return the rows of each table in a chunk; the rows of tables without children are not even begun."""
    top = _top(plan, chunk, references)
    found = dict(_sizes(plan, top))
    top.release()
    return found


def _sizes(plan: Plan, ctx: GenerationContext) -> Iterator[tuple[str, int]]:
    yield ctx.table.name, len(ctx)
    for name, child in ctx.table.children.items():
        with _place(plan, _fanout(plan, name)):
            below = ctx.child(name) if child.children else int(child.counts(ctx).sum())
        yield from [(name, below)] if isinstance(below, int) else _sizes(plan, below)


def count(plan: Plan, chunk: Chunk, references: TableReferences) -> dict[str, GenerationContext]:
    """Return a context per table of the chunk: its rows exist, but children are not numbered yet."""
    return dict(_expand(plan, _top(plan, chunk, references)))


def _top(plan: Plan, chunk: Chunk, references: TableReferences) -> GenerationContext:
    root = plan.tables[chunk.root]
    return GenerationContext(root, Rows.of_root(root.name, np.arange(chunk.start, chunk.stop)), None, references)


def _expand(plan: Plan, ctx: GenerationContext) -> Iterator[tuple[str, GenerationContext]]:
    yield ctx.table.name, ctx
    for name in ctx.table.children:
        with _place(plan, _fanout(plan, name)):
            below = ctx.child(name)
        yield from _expand(plan, below)


def _fanout(plan: Plan, name: str) -> Fanout:
    fanout = plan.dataset.tables[name].fanout
    assert fanout is not None
    return fanout


def build(plan: Plan, contexts: Mapping[str, GenerationContext], first: Mapping[str, int]) -> dict[str, pl.DataFrame]:
    """Return the frames of a counted chunk; the rows of each table are numbered from `first[table]`.

    The contexts are let go: a chunk is built once.
    """
    for name, ctx in contexts.items():
        if ctx.parent is not None:
            ctx.rows.number_from(first.get(name, 0))
    frames = {name: frame_of(plan, ctx) for name, ctx in contexts.items() if not plan.dataset.tables[name].hidden}
    for ctx in contexts.values():
        ctx.release()
    return frames


def frame_of(plan: Plan, ctx: GenerationContext) -> pl.DataFrame:
    """Return the written columns of a context whose rows are numbered."""
    table, types = plan.tables[ctx.table.name], plan.schema.made[ctx.table.name].columns
    columns = []
    for name in table.written:
        with _place(plan, table.columns[name].spec):
            columns.append(as_written(ctx.column(name).series(name), types[name].dtype))
    return pl.DataFrame(columns)


@contextmanager
def _place(plan: Plan, at: Column | Fanout) -> Iterator[None]:
    """Say at which column or fanout an error came up: once, here, and not in every kind."""
    try:
        yield
    except PlanError as error:
        raise PlanError(
            p if p.path else plan.dataset.problem(p.code or "FW-DEFECT", at.place, p.why, p.hint)
            for p in error.problems
        ) from error
    except FanwiseError:
        raise
    except Exception as error:
        error.add_note(f"while generating {dotted(at.place)}")
        raise
