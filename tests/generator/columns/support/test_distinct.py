"""Distinct draws against the rule written down row by row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.columns.support.distinct import LANES, distinct_draws
from fanwise.generator.numerics.randomness import mix64


def lane(rows: np.ndarray, number: int, size: int) -> np.ndarray:
    return (mix64(rows.astype(np.uint64) * np.uint64(1000) + np.uint64(number)) % np.uint64(size)).astype(np.int64)


def draw(sizes: list[int], choices: int) -> tuple[np.ndarray, np.ndarray]:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.arange(len(groups))
    redraw = lambda at, number: lane(at, number, choices)  # noqa: E731
    return distinct_draws(lane(rows, 0, choices), groups, redraw, np.zeros(len(rows), dtype=np.int64)), groups


@given(st.lists(st.integers(0, 12), max_size=30), st.integers(12, 40))
def test_rows_of_a_group_differ(sizes: list[int], choices: int) -> None:
    values, groups = draw(sizes, choices)

    assert len(set(zip(groups, values, strict=True))) == len(values)
    assert ((values >= 0) & (values < choices)).all()


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(12, 20))
def test_later_rows_and_other_groups_change_nothing(sizes: list[int], choices: int) -> None:
    whole, _ = draw(sizes, choices)
    *front, last = sizes
    for shorter in range(last + 1):
        part, _ = draw([*front, shorter], choices)
        assert (part == whole[: len(part)]).all()


@pytest.mark.parametrize("size", [5, 40])
def test_a_full_group_takes_every_value(size: int) -> None:
    values, _ = draw([size, size], size)

    assert sorted(values[:size]) == sorted(values[size:]) == list(range(size))


def test_rows_without_a_clash_keep_their_first_draw() -> None:
    values, groups = draw([3] * 200, 1000)
    first = lane(np.arange(len(values)), 0, 1000)
    clashing = {g for g in range(200) if len(set(first[groups == g])) < 3}

    kept = np.array([g not in clashing for g in groups])
    assert (values[kept] == first[kept]).all()


def test_a_constant_draw_falls_back_to_the_least_free_value() -> None:
    groups = np.array([0, 0, 0, 1, 1])
    same = lambda rows, lane: np.full(len(rows), 7)  # noqa: E731
    values = distinct_draws(np.full(5, 7), groups, same, np.zeros(5, dtype=np.int64))

    assert values.tolist() == [7, 0, 1, 7, 0]
    assert LANES == 64


def test_null_draws_never_clash() -> None:
    groups = np.zeros(4, dtype=np.int64)
    values = distinct_draws(np.array([-1, 3, -1, 5]), groups, lambda rows, lane: rows, np.zeros(4, dtype=np.int64))

    assert values.tolist() == [-1, 3, -1, 5]
