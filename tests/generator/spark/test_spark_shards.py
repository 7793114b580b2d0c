"""What tasks of Spark work on, without Spark: shards of one root, numbered, and the tables made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.language import load, ready_names
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.spark.shards import (
    PlanPayload,
    RootShard,
    count_rows,
    number,
    shards_of,
    table_frames,
    tree_frames,
)
from tests.invariants.test_laws import SCHEMA

pytestmark = pytest.mark.system

PLAN = compile_plan(load(SCHEMA))
WHOLE = dict(fanwise.dataset(SCHEMA).items())


def numbered(plan: Plan, shards: int | None) -> tuple[RootShard, ...]:
    parts = shards_of(plan, shards)
    references = TableReferences(plan.tables)
    return number(plan, parts, [count_rows(plan, references, part) for part in parts])


def made(plan: Plan, parts: tuple[RootShard, ...], table: str) -> pl.DataFrame:
    references = TableReferences(plan.tables)
    return pl.concat(
        frame for part in parts if table in part.first for frame in table_frames(plan, references, part, table)
    )


@given(shards=st.integers(1, 70))
@settings(max_examples=8)
def test_tables_of_shards_are_those_of_the_whole(shards: int) -> None:
    parts = numbered(PLAN, shards)

    for table, frame in WHOLE.items():
        assert_frame_equal(made(PLAN, parts, table), frame)


@given(shards=st.integers(1, 70), chunk_rows=st.integers(1, 300))
@settings(max_examples=8)
def test_trees_of_shards_are_those_of_the_whole(shards: int, chunk_rows: int) -> None:
    found: dict[str, list[pl.DataFrame]] = {}
    for part in numbered(PLAN, shards):
        for frames in tree_frames(PLAN, TableReferences(PLAN.tables), part, chunk_rows):
            for name, frame in frames.items():
                found.setdefault(name, []).append(frame)

    for table, frame in WHOLE.items():
        assert_frame_equal(pl.concat(found[table]), frame)


@given(shards=st.integers(1, 200))
def test_shards_are_ranges_of_each_root_without_gap_or_overlap(shards: int) -> None:
    ends: Mapping[str, int] = dict.fromkeys(PLAN.rows, 0)
    for part in shards_of(PLAN, shards):
        start, stop = part.shard.span(PLAN.rows[part.root])

        assert start == ends[part.root]
        ends = {**ends, part.root: stop}
    assert ends == PLAN.rows


def test_the_root_with_the_largest_tables_has_as_many_shards_as_asked_for() -> None:
    parts = shards_of(PLAN, 12)

    assert sum(part.root == "customer" for part in parts) == 12
    assert sum(part.root == "shop" for part in parts) == 1


@pytest.mark.parametrize(("customers", "shards"), [(100, 1), (17_000, 1), (40_000, 3)])
def test_without_a_word_there_is_a_shard_for_each_million_rows(customers: int, shards: int) -> None:
    plan = compile_plan(load("ecommerce"), rows={"customer": customers})

    assert sum(part.root == "customer" for part in shards_of(plan)) == shards


def test_no_root_has_more_shards_than_rows() -> None:
    assert len([part for part in shards_of(PLAN, 1000) if part.root == "shop"]) <= 7


def test_less_than_one_shard_is_refused() -> None:
    with pytest.raises(UsageError, match="shards"):
        shards_of(PLAN, 0)


def test_a_table_below_is_made_without_its_own_children(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the rows of line were drawn")

    parts = numbered(PLAN, 2)
    monkeypatch.setattr(type(PLAN.tables["line"].fanout), "counts", refuse)
    customers = made(PLAN, parts, "customer")

    assert_frame_equal(customers, WHOLE["customer"])


def test_an_executor_of_another_version_is_refused() -> None:
    payload = PlanPayload(PLAN)
    other = replace(payload, identity="other", versions={**payload.versions, "polars": "1.0"})

    assert payload.open()[0] is PLAN
    with pytest.raises(OutputError, match=r"an executor has polars \d.*, the driver 1\.0"):
        other.open()


def test_a_worker_keeps_what_it_refers_to_from_task_to_task() -> None:
    payload = PlanPayload(PLAN)
    again = replace(payload, plan=compile_plan(load(SCHEMA)))

    assert payload.open() is again.open()
    assert PlanPayload(PLAN).open() is not payload.open()


@pytest.mark.parametrize("name", ready_names())
def test_a_plan_can_be_sent_away(name: str) -> None:
    cloudpickle = pytest.importorskip("pyspark.cloudpickle", reason="PySpark is not installed")
    plan = compile_plan(load(name), scale=0.01)
    sent = cloudpickle.loads(cloudpickle.dumps(plan))
    parts = numbered(sent, 2)

    for table in plan.tables:
        assert_frame_equal(made(sent, parts, table), made(plan, parts, table))
