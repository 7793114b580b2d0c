"""Shards: together they are the run, whatever their number, the threads and the size of chunks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from fanwise.generator.engine.executor import WHOLE, Shard
from fanwise.generator.engine.local import count_rows, generate, generate_placed
from fanwise.generator.errors import UsageError
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.run.shards import MOST_SHARDS, default_target, first_rows, parse_shard, shard_word
from tests.invariants.test_laws import SCHEMA  # sequences, uuid, unique, distinct_in, references to child tables

Frames = dict[str, pl.DataFrame]


def joined(parts: Mapping[str, list[pl.DataFrame]]) -> Frames:
    return {name: pl.concat(frames) for name, frames in parts.items()}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load(SCHEMA))


@pytest.fixture(scope="module")
def whole(plan: Plan) -> Frames:
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in plan.tables}
    for frames in generate(plan, threads=1):
        for name, frame in frames.items():
            parts[name].append(frame)
    return joined(parts)


@given(of=st.sampled_from([1, 2, 3, 7, 100]), chunk_rows=st.integers(1, 700), threads=st.integers(1, 3))
@settings(max_examples=20)
def test_the_shards_are_the_run(plan: Plan, whole: Frames, of: int, chunk_rows: int, threads: int) -> None:
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in plan.tables}
    for index in range(1, of + 1):
        shard = Shard(index, of)
        first = first_rows(plan, shard, threads=threads)
        for placed in generate_placed(plan, threads=threads, chunk_rows=chunk_rows, shard=shard, first=first):
            for name, frame in placed.frames.items():
                assert placed.rows[name] == range(
                    sum(part.height for part in parts[name]), sum(part.height for part in parts[name]) + frame.height
                )
                parts[name].append(frame)
    found = {name: pl.concat([whole[name].clear(), *frames]) for name, frames in parts.items()}

    for name, frame in whole.items():
        assert_frame_equal(found[name], frame)


@given(rows=st.integers(0, 10**10), of=st.integers(1, 50))
def test_every_row_is_in_one_shard(rows: int, of: int) -> None:
    spans = [Shard(index, of).span(rows) for index in range(1, of + 1)]

    assert [spans[0][0], spans[-1][1]] == [0, rows]
    assert all(one[1] == other[0] for one, other in itertools.pairwise(spans))
    assert max(stop - start for start, stop in spans) - min(stop - start for start, stop in spans) <= 1
    assert all(Shard(index, of).before().span(rows) == (0, spans[index - 1][0]) for index in range(1, of + 1))


def test_rows_before_a_shard_are_those_of_the_shards_before_it(plan: Plan, whole: Frames) -> None:
    counts = [count_rows(plan, Shard(index, 4)) for index in range(1, 5)]

    assert {name: sum(count[name] for count in counts) for name in plan.tables} == {
        name: frame.height for name, frame in whole.items()
    }
    for index in range(1, 5):
        first = first_rows(plan, Shard(index, 4))
        assert first == {name: sum(count[name] for count in counts[: index - 1]) for name in plan.tables}


def test_a_shard_is_called_i_of_n() -> None:
    assert parse_shard("2/3") == Shard(2, 3)
    assert parse_shard("1/1") == WHOLE
    assert shard_word(Shard(2, 3)) == "2/3"
    assert shard_word(WHOLE) is None
    assert default_target("shop", WHOLE).as_posix() == "out/shop"
    assert default_target("shop", Shard(2, 3)).as_posix() == "out/shop.shard-2-of-3"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0/3", "shards are counted from 1"),
        ("4/3", "there is no shard 4 of 3"),
        ("1/0", "1 to 10,000 shards"),
        (f"1/{MOST_SHARDS + 1}", "1 to 10,000 shards"),
        ("2", "not a shard such as 2/4"),
        ("a/b", "not a shard such as 2/4"),
        ("-1/3", "not a shard such as 2/4"),
        ("1/3/5", "not a shard such as 2/4"),
        ("1.5/3", "not a shard such as 2/4"),
        ("²/3", "not a shard such as 2/4"),
        (" 1/3", "not a shard such as 2/4"),
        ("", "not a shard such as 2/4"),
        ("1/" + "9" * 400, "not a shard such as 2/4"),
    ],
)
def test_what_is_no_shard_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        parse_shard(text)
    assert refused.value.problems[0].hint
