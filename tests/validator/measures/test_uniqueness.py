"""Bitmaps of keys: exact, and only where they are small."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanwise.validator import Column, Contract, Table
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.uniqueness import shown_complete, shown_numbered, shown_unique

LOWEST, HIGHEST = -(2**63), 2**63 - 1


def contract_of(frames: dict[str, pl.DataFrame], *, profiled: bool) -> Contract:
    """Return a contract whose columns are profiled beforehand, or that names none."""
    kinds = {name: dict.fromkeys(frame.columns, Column("int64")) if profiled else {} for name, frame in frames.items()}
    return Contract("x", {name: Table(columns) for name, columns in kinds.items()})


def shown(columns: dict[str, Any], *names: str) -> bool:
    frames = {"a": pl.DataFrame(columns)}
    answers = set()
    for profiled in (False, True):
        contract = contract_of(frames, profiled=profiled)
        with Warehouse.open(dict(frames), contract, threads=2) as warehouse:
            answers.add(shown_unique(Evidence(warehouse, contract), "a", names or frames["a"].columns))
    assert len(answers) == 1
    return answers.pop()


pairs = st.tuples(st.one_of(st.none(), st.integers(-3, 12)), st.integers(HIGHEST - 9, HIGHEST))


@pytest.mark.system
@given(st.lists(pairs, max_size=60))
@example([])
@example([(None, HIGHEST)])
@example([(1, HIGHEST), (1, HIGHEST)])
def test_dense_pairs_are_told_apart_exactly(rows: list[tuple[int | None, int]]) -> None:
    frame = pl.DataFrame(rows, schema={"k": pl.Int64, "l": pl.Int64}, orient="row")
    present = [row for row in rows if row[0] is not None]

    assert shown({"k": frame["k"], "l": frame["l"]}) == (len(set(present)) == len(present))


@pytest.mark.parametrize("start", [0, -7, 1 << 60, (1 << 62) - 9, -(1 << 61), LOWEST, HIGHEST - 9])
def test_where_numbers_begin_does_not_matter(start: int) -> None:
    k = [start, start, start + 1, start + 9]
    assert shown({"k": k, "l": [5, 6, 5, 6]})
    assert shown({"k": [1, 2, 1, 2], "l": [start, start, start + 9, start + 9]})
    assert not shown({"k": k, "l": [5, 5, 5, 6]})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"k": list(range(5000))}, True),
        ({"k": [*range(5000), 17]}, False),
        ({"k": pl.Series(range(250), dtype=pl.UInt8)}, True),
        ({"k": [LOWEST, LOWEST + 3, LOWEST + 1]}, True),
        ({"k": [LOWEST, HIGHEST]}, False),
        ({"k": [0, 2_000_000]}, False),
        ({"k": ["a", "b"]}, False),
        ({"k": [1.5, 2.5]}, False),
        ({"k": [True, False]}, False),
        ({"k": [1, 1, 2], "l": [1, 2, 1]}, True),
        ({"k": [1, 1, 2], "l": [1, 1, 1]}, False),
    ],
)
def test_what_fits_a_bitmap(columns: dict[str, Any], expected: bool) -> None:
    assert shown(columns) is expected


keys = st.lists(st.integers(-4, 9), max_size=20)


@pytest.mark.system
@given(keys, st.lists(st.one_of(st.none(), st.integers(-5, 10)), max_size=20))
@example([], [])
@example([], [1])
@example([3, 4, 5], [4])
def test_what_is_shown_complete_has_no_orphans(there: list[int], referring: list[int | None]) -> None:
    frames = {
        "a": pl.DataFrame({"k": pl.Series(there, dtype=pl.Int64)}),
        "b": pl.DataFrame({"k": pl.Series(referring, dtype=pl.Int64)}),
    }
    answers = set()
    for profiled in (False, True):
        contract = contract_of(frames, profiled=profiled)
        with Warehouse.open(dict(frames), contract, threads=2) as warehouse:
            answers.add(shown_complete(Evidence(warehouse, contract), "b", "k", "a", "k"))
    (shown_here,) = answers
    present = [value for value in referring if value is not None]
    dense = bool(there) and set(there) == set(range(min(there), max(there) + 1))

    assert not shown_here or set(present) <= set(there)
    assert shown_here == (not present or (dense and set(present) <= set(there)))


numbered = st.lists(st.tuples(st.integers(-2, 5), st.integers(0, 4)), max_size=30)


@pytest.mark.system
@settings(max_examples=15)
@given(numbered, st.lists(st.integers(0, 5), max_size=8), st.integers(0, 2))
@example([], [], 1)
@example([(0, 1), (0, 2), (1, 1)], [], 1)
@example([(0, 1), (0, 2), (1, 2)], [], 1)  # one begins too late
@example([(0, 1), (0, 3), (1, 1)], [], 1)  # a gap
@example([(0, 1), (0, 1), (0, 2)], [], 1)  # one is there twice
@example([(0, 0), (0, 1), (1, 1)], [], 1)
def test_numbers_below_one_parent_are_told_from_any_others(
    more: list[tuple[int, int]], sizes: list[int], start: int
) -> None:
    """Right numbers, and a few that may break them."""
    right = [(parent, start + at) for parent, size in enumerate(sizes) for at in range(size)]
    for rows in (right, more, [*right, *more[:1]]):
        frame = pl.DataFrame(rows, schema={"k": pl.Int64, "n": pl.Int64}, orient="row")
        contract = contract_of({"a": frame}, profiled=True)
        with Warehouse.open({"a": frame}, contract, threads=2) as warehouse:
            found = shown_numbered(Evidence(warehouse, contract), "a", ["k"], "n", start)
        below: dict[int, list[int]] = {}
        for parent, number in rows:
            below.setdefault(parent, []).append(number)

        assert found == all(sorted(own) == list(range(start, start + len(own))) for own in below.values())


def test_nulls_are_not_shown_to_be_numbered() -> None:
    frame = pl.DataFrame({"k": [1, 1, None], "n": [1, 2, 1]})
    contract = contract_of({"a": frame}, profiled=True)
    with Warehouse.open({"a": frame}, contract, threads=2) as warehouse:
        assert not shown_numbered(Evidence(warehouse, contract), "a", ["k"], "n", 1)
