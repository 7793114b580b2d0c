"""`integer`, and its permutation when unique."""

from __future__ import annotations

from typing import Any

import pytest

from fanwise.generator.errors import PlanError


def test_both_ends_are_included(column: Any) -> None:
    assert set(column("{integer: {min: -1, max: 2}}")) == {-1, 0, 1, 2}


def test_unique_integers_are_a_permutation_that_growth_leaves_alone(column: Any) -> None:
    found = column("{integer: {min: 5, max: 504}, unique: true}", rows=500)

    assert sorted(found) == list(range(5, 505))
    assert column("{integer: {min: 5, max: 504}, unique: true}", rows=100).to_list() == found.head(100).to_list()


def test_more_rows_than_integers_is_a_plan_error(column: Any) -> None:
    with pytest.raises(PlanError, match=r"tables\.t\.columns\.x\.unique: .*only 9 values for 10 rows"):
        column("{integer: {min: 1, max: 9}, unique: true}", rows=10)
