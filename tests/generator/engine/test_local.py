"""Chunks on threads: how many are under way is bounded, and is nobody's business but the machine's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest

from fanwise.generator.engine import local
from fanwise.generator.engine.executor import build, chunks
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from tests.invariants.test_laws import SCHEMA

THREADS = 4


class Counting(ThreadPoolExecutor):
    """Counts the chunks that were given to be built."""

    begun = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        type(self).begun += fn is build
        return super().submit(fn, *args, **kwargs)


@pytest.mark.parametrize(("busy", "ahead"), [(None, THREADS), (False, THREADS), (True, THREADS // 2)])
def test_chunks_ahead_of_the_reader(monkeypatch: pytest.MonkeyPatch, busy: bool | None, ahead: int) -> None:
    monkeypatch.setattr(local, "ThreadPoolExecutor", Counting)
    monkeypatch.setattr(Counting, "begun", 0)
    plan = compile_plan(load(SCHEMA))
    asked = None if busy is None else lambda: busy
    seen: dict[str, list[pl.DataFrame]] = {}
    for number, placed in enumerate(local.generate_placed(plan, threads=THREADS, chunk_rows=5, busy=asked), start=1):
        assert Counting.begun <= number + ahead  # one that waits for the reader, and one for each thread at work
        for table, frame in placed.frames.items():
            seen.setdefault(table, []).append(frame)

    assert Counting.begun > 2 * THREADS
    alone = list(local.generate(plan, threads=1))
    for table, frames in seen.items():
        assert pl.concat(frames).equals(pl.concat([each[table] for each in alone if table in each]))


@pytest.mark.parametrize(("columns", "rows"), [(3, 1 << 20), (30, 104_857), (400, 16_384), (2000, 6_291)])
def test_chunks_of_wide_tables_are_not_short(columns: int, rows: int) -> None:
    wide = {"rows": 3 << 20, "columns": {f"c{at}": {"constant": 1} for at in range(columns)}}
    plan = compile_plan(load({"fanwise": 1, "name": "wide", "tables": {"wide": wide}}))

    chunk = next(chunks(plan))

    assert chunk.stop - chunk.start == rows
