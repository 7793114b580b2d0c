"""Balanced axes keep every prefix near its shares, and say nothing about the row number or about other axes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.columns.support.segments import balanced_points

SEEDS = range(40)
SHARES = {"tier": [0.164, 0.482, 0.354], "even": [0.5, 0.5], "rare": [0.01, 0.04, 0.95], "many": [0.1] * 10}
ROWS = 1 << 14


def codes(seed: int, axis: str, rows: int = ROWS) -> np.ndarray:
    edges = np.cumsum(SHARES[axis])[:-1]
    return np.searchsorted(edges, balanced_points(np.arange(rows), seed, axis), side="right")


def association(a: np.ndarray, b: np.ndarray) -> float:
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    return float(stats.chi2_contingency(table[table.sum(1) > 0][:, table.sum(0) > 0]).pvalue)


@pytest.mark.parametrize("axis", SHARES)
def test_every_prefix_is_within_the_promised_bound(axis: str) -> None:
    n = np.arange(1, ROWS + 1)
    for seed in SEEDS:
        found = codes(seed, axis)
        for segment, share in enumerate(SHARES[axis]):
            gap = np.abs(np.cumsum(found == segment) - n * share)
            assert (gap <= np.log2(n) + 2).all(), f"seed {seed}, segment {segment}: off by {gap.max():.1f} rows"


@pytest.mark.parametrize("rows", [1000, ROWS])
@pytest.mark.parametrize("modulus", [2, 4, 8, 16])
def test_segments_do_not_follow_the_row_number(modulus: int, rows: int) -> None:
    found = [association(codes(seed, "tier", rows), np.arange(rows) % modulus) for seed in SEEDS]

    assert min(found) > 1e-4
    assert np.median(found) > 0.1


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(SHARES, 2)))
def test_two_axes_of_a_table_are_independent(first: str, second: str) -> None:
    found = [association(codes(seed, first), codes(seed, second)) for seed in SEEDS]

    assert min(found) > 1e-4
    assert np.median(found) > 0.1


def test_a_row_has_the_same_point_alone_and_among_others() -> None:
    numbers = np.array([0, 5, 1_000_003, (1 << 32) - 1, 1 << 32, (1 << 33) + 7])

    together = balanced_points(numbers, 7, "tier")
    assert [balanced_points(numbers[i : i + 1], 7, "tier")[0] for i in range(len(numbers))] == together.tolist()


def test_seeds_and_axes_differ() -> None:
    assert (codes(1, "tier") != codes(2, "tier")).mean() > 0.4
    assert (balanced_points(np.arange(100), 1, "a") != balanced_points(np.arange(100), 1, "b")).all()
