"""The mixer's known answers, and the laws of keys, permutations and scrambles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fanwise.generator.numerics.randomness import (
    GOLDEN,
    bits,
    child_keys,
    mix64,
    name_key,
    permute,
    reverse32,
    root_keys,
    scramble32,
    uniform,
    uniform_lanes,
)


def test_mixer_gives_the_published_sequence_of_splitmix64() -> None:
    # The first outputs of splitmix64 seeded with 1234567, as listed by several independent implementations.
    state = (np.uint64(1234567) + np.arange(1, 6, dtype=np.uint64) * np.uint64(GOLDEN)).astype(np.uint64)

    assert mix64(state).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_known_keys_and_draws() -> None:
    keys = root_keys("customer", np.arange(3))
    below = child_keys("order", keys, np.array([0, 0, 1]))

    assert name_key(42, "order", "amount") == 13338953293656738216
    assert keys.tolist() == [8902033376823716093, 4166566787406574338, 15702200437191943944]
    assert below.tolist() == [867007095937914389, 442962598085681246, 4316062242137654520]
    assert uniform(keys, 7).tolist() == [0.4896733148438307, 0.797279280846951, 0.6339312863361285]


@given(st.lists(st.one_of(st.text(max_size=5), st.integers()), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_different_names_have_different_keys(a: list[str | int], b: list[str]) -> None:
    assert (name_key(*a) == name_key(*b)) == (a == b)


@given(st.integers(0, 10**9), st.integers(0, 2**64 - 1), st.integers(0, 5000))
def test_a_row_alone_draws_what_it_draws_among_others(row: int, key: int, lane: int) -> None:
    among = bits(root_keys("t", np.arange(row, row + 40_000)), key, lane)

    assert bits(root_keys("t", np.array([row])), key, lane)[0] == among[0]
    assert bits(root_keys("t", np.array([row + 39_999])), key, lane)[0] == among[-1]


def test_uniforms_stay_inside_the_unit_interval_and_spread_evenly() -> None:
    u = uniform(root_keys("t", np.arange(200_000)), name_key(1, "t", "c"))

    assert 0 < u.min() < u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    assert stats.kstest(np.diff(u)[::2] / 2 + 0.5, stats.triang(0.5).cdf).pvalue > 1e-3


@pytest.mark.parametrize("rows", [0, 1, 100_000])
def test_lanes_drawn_together_are_those_drawn_alone(rows: int) -> None:
    keys = root_keys("t", np.arange(rows))
    together = uniform_lanes(keys, 2**64 - 1, range(4, 10, 2))

    assert together.shape == (3, rows)
    for found, lane in zip(together, (4, 6, 8), strict=True):
        np.testing.assert_array_equal(found, uniform(keys, 2**64 - 1, lane))


def test_the_extreme_draws_are_not_0_or_1() -> None:
    high = (np.array([2**64 - 1], dtype=np.uint64) >> np.uint64(12)).astype(np.float64)

    assert (high + 0.5)[0] * 2.0**-52 < 1


@given(st.integers(1, 3000), st.integers(0, 2**64 - 1))
def test_permutation_visits_every_value_once(size: int, key: int) -> None:
    assert sorted(permute(np.arange(size), size, key)) == list(range(size))


def test_permutation_of_a_huge_domain_stays_inside_it() -> None:
    found = permute(np.arange(10_000), 10**17, 5)

    assert len(set(found.tolist())) == 10_000
    assert found.min() >= 0
    assert found.max() < 10**17
    assert stats.kstest(found / 10**17, "uniform").pvalue > 1e-3


def test_reversed_bits() -> None:
    values = np.array([1, 2, 0x80000000, 0xF0000001], dtype=np.uint32)

    assert reverse32(values).tolist() == [0x80000000, 0x40000000, 1, 0x8000000F]


@pytest.mark.parametrize("power", range(13))
def test_scramble_permutes_every_aligned_block_of_the_unit_interval(power: int) -> None:
    """The law of an Owen scramble: values that share their leading bits still do afterwards."""
    values = (np.arange(1 << 12, dtype=np.uint64) << np.uint64(20)).astype(np.uint32)
    blocks = scramble32(values, name_key("scramble", power)) >> np.uint32(32 - power) if power else np.zeros(1 << 12)
    source = values >> np.uint32(32 - power) if power else np.zeros(1 << 12)

    assert len(set(zip(source.tolist(), blocks.tolist(), strict=True))) == 1 << power
