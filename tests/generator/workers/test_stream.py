"""Chunks from worker processes: those of threads, in their order, whatever happens to a worker or to the reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.workers.pool import Pool
from fanwise.generator.workers.stream import frames_on_workers
from tests.invariants.test_laws import SCHEMA  # sequences, uuid, unique, distinct_in, references to child tables

CHUNK_ROWS = 60


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load(SCHEMA))


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[Pool]:
    """Return the pools that are entered."""
    opened: list[Pool] = []
    enter = Pool.__enter__

    def remembered(self: Pool) -> Pool:
        opened.append(self)
        return enter(self)

    monkeypatch.setattr(Pool, "__enter__", remembered)
    return opened


def same(found: Iterator[dict[str, pl.DataFrame]], plan: Plan) -> None:
    expected = list(generate(plan, threads=1, chunk_rows=CHUNK_ROWS))
    pieces = list(found)
    assert [list(piece) for piece in pieces] == [list(piece) for piece in expected]
    for piece, wanted in zip(pieces, expected, strict=True):
        for table, frame in wanted.items():
            assert_frame_equal(piece[table], frame)


def test_chunks_of_workers_are_those_of_threads(plan: Plan) -> None:
    same(frames_on_workers(plan, workers=2, chunk_rows=CHUNK_ROWS), plan)


def test_the_chunks_of_a_killed_worker_come_from_another(plan: Plan, pools: list[Pool]) -> None:
    def read() -> Iterator[dict[str, pl.DataFrame]]:
        for number, frames in enumerate(frames_on_workers(plan, workers=2, chunk_rows=CHUNK_ROWS)):
            if number == 1:
                pools[-1]._processes[0].popen.kill()
            yield frames

    same(read(), plan)


def test_no_more_is_made_than_a_slow_reader_can_take(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    stream = Pool.stream

    def watched(self: Pool, tasks: Any, ahead: int) -> Iterator[Any]:
        def counted() -> Iterator[Any]:
            for number, task in enumerate(tasks):
                given.append(number)
                yield task

        return stream(self, counted(), ahead)

    monkeypatch.setattr(Pool, "stream", watched)
    reader = frames_on_workers(plan, workers=2, chunk_rows=CHUNK_ROWS)
    for taken in range(1, 4):
        next(reader)
        assert len(given) <= taken - 1 + 4
    reader.close()


def test_workers_end_with_a_reader_that_stops(plan: Plan, pools: list[Pool]) -> None:
    reader = frames_on_workers(plan, workers=2, chunk_rows=CHUNK_ROWS)
    next(reader)
    started = [process.popen.pid for process in pools[-1]._processes]
    reader.close()

    assert len(started) == 2
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_tables_for_duckdb_may_come_from_workers_with_their_pins(pools: list[Pool]) -> None:
    ds = fanwise.dataset("ecommerce", rows={"customer": 50}, pin={"customer": {0: {"country": "FR"}}})
    other = fanwise.dataset("ecommerce", rows={"customer": 50}, pin={"customer": {0: {"country": "FR"}}})
    query = 'SELECT count(*), sum(gross_amount), min(country) FROM "order" JOIN customer USING (customer_id)'

    assert ds.to_duckdb(workers=2).execute(query).fetchall() == other.to_duckdb().execute(query).fetchall()
    assert len(pools) == 1
    for name in ds.tables:
        assert_frame_equal(ds[name], other[name])
