"""The laws of generation, asked of any schema: chunks, threads, shards, rows made alone, and large tables change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from fanwise.generator.engine.executor import Shard
from fanwise.generator.engine.local import count_rows, generate, generate_placed
from fanwise.generator.engine.references import LIMIT, TableReferences
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan

__all__ = ["Frames", "assert_laws", "assert_same", "tables"]

Frames = dict[str, pl.DataFrame]


def tables(text: Any, *, chunk_rows: int = 10**6, threads: int = 1, **options: Any) -> Frames:
    """Return all tables of a schema."""
    plan = compile_plan(load(text), **options)
    return _joined(plan, list(generate(plan, threads=threads, chunk_rows=chunk_rows)))


def _joined(plan: Plan, parts: list[Frames]) -> Frames:
    written = [name for name in plan.tables if any(name in part for part in parts)]
    return {name: pl.concat([part[name] for part in parts if name in part]) for name in written}


def assert_same(found: Frames, expected: Frames) -> None:
    """Assert that all tables are the same."""
    assert found.keys() == expected.keys()
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame)


def assert_laws(text: Any) -> Frames:
    """Assert the laws of a schema; return its tables."""
    whole = tables(text)
    for chunk_rows, threads in ((1, 1), (37, 2)):
        assert_same(tables(text, chunk_rows=chunk_rows, threads=threads), whole)
    plan = compile_plan(load(text))
    for of in (2, 3):
        parts: list[Frames] = []
        for index in range(1, of + 1):
            first = count_rows(plan, Shard(index, of).before())
            parts += [placed.frames for placed in generate_placed(plan, shard=Shard(index, of), first=first)]
        assert_same(_joined(plan, parts), whole)
    for limit in (0, LIMIT):
        references = TableReferences(plan.tables, limit)
        for name, frame in whole.items():
            numbers = np.arange(len(frame))[:: max(1, len(frame) // 12)]
            ctx, place = references.locate(name, numbers)
            for column in frame.columns:
                values = ctx.column(column).take(place).series(column)
                assert values.equals(frame[column].gather(numbers)), (name, column, limit)
    return whole
