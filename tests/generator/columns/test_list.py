"""`list`: elements by the key of their row and their place."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanwise.generator.errors import PlanError

SEGMENTS = "segments: {tier: {table: t, share: {VIP: 0.5, Other: 0.5}}}"
BEFORE = "      tier: {segment: tier}"


def test_lengths_follow_their_distribution_and_factors(tables: Any) -> None:
    length = "{poisson: {mean: 2}, multiplier: {tier: {VIP: 2, Other: 1}}, max: 12}"
    columns = f"{{tier: {{segment: tier}}, x: {{list: {{of: {{integer: {{min: 1, max: 6}}}}, length: {length}}}}}}}"
    found = tables(f"{SEGMENTS}\ntables: {{t: {{rows: 4000, columns: {columns}}}}}")["t"]
    sizes = dict(found.group_by("tier").agg(pl.col("x").list.len().mean()).rows())

    assert found["x"].null_count() == 0
    assert 3.8 < sizes["VIP"] < 4.2
    assert 1.9 < sizes["Other"] < 2.1
    assert found["x"].list.len().min() == 0
    assert set(found["x"].explode(empty_as_null=False)) == set(range(1, 7))


def test_a_longer_list_keeps_its_first_elements(column: Any) -> None:
    short = column("{list: {of: {uuid: {}}, length: {fixed: 2}}}", rows=50)
    long = column("{list: {of: {uuid: {}}, length: {fixed: 5}}}", rows=50)

    assert long.list.head(2).equals(short)
    assert long.explode().n_unique() == 250


def test_lists_nest_and_see_the_columns_of_their_row(column: Any) -> None:
    inner = "{list: {of: {expr: id * 10}, length: {fixed: 2}}}"
    found = column(f"{{list: {{of: {inner}, length: {{fixed: 3}}}}}}", rows=20, before="      id: {sequence: {}}")

    assert found.to_list() == [[[10 * row] * 2] * 3 for row in range(1, 21)]


def test_a_list_that_is_always_empty(column: Any) -> None:
    found = column("{list: {of: {struct: {a: {uuid: {}}}}, length: {fixed: 0}}}", rows=5)

    assert found.to_list() == [[]] * 5
    assert found.dtype == pl.List(pl.Struct({"a": pl.String}))


def test_lists_that_no_machine_holds_are_refused(column: Any) -> None:
    with pytest.raises(PlanError, match=r"rows of t\.x below it, more than can be made at once"):
        column("{list: {of: {integer: {min: 1, max: 6}}, length: {fixed: 1000000000}}}", rows=50)
