"""Agreement and divergences against scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from fanwise.segmenter.monitor.divergence import (
    exact_rand_index,
    jensen_shannon,
    kullback_leibler,
    pair_counts,
    psi_critical,
    stability_index,
)

codes = st.lists(st.tuples(st.integers(-2, 3), st.integers(-1, 4)), max_size=60)
counts = st.integers(1, 8).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 10_000), min_size=n, max_size=n)] * 2))


@given(codes)
def test_adjusted_rand_index_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    first, second = np.array(pairs, dtype=np.int8).reshape(-1, 2).T
    table = pair_counts(first, second, (4, 5))
    both = (first >= 0) & (second >= 0)

    assert table.sum() == both.sum()
    if both.any():
        assert exact_rand_index(table) == pytest.approx(
            metrics.adjusted_rand_score(first[both], second[both]), abs=1e-12
        )
    else:
        assert exact_rand_index(table) == 1.0


def test_adjusted_rand_index_is_exact_for_a_billion_customers() -> None:
    table = np.array([[10**9, 0], [0, 10**9]])

    assert exact_rand_index(table) == 1.0
    assert exact_rand_index(table + np.array([[0, 1], [0, 0]])) < 1.0


@given(counts)
def test_divergences_are_those_of_scipy(pair: tuple[list[int], list[int]]) -> None:
    first, second = (np.array(side) + 0.5 for side in pair)
    p, q = first / first.sum(), second / second.sum()

    assert kullback_leibler(*pair) == pytest.approx(stats.entropy(p, q), abs=1e-12)
    assert stability_index(*pair) == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p), abs=1e-12)
    assert jensen_shannon(*pair) == pytest.approx(jensenshannon(p, q, 2) ** 2, abs=1e-9)
    assert stability_index(*pair) == pytest.approx(stability_index(*reversed(pair)))


def test_critical_value_is_exceeded_by_chance_in_one_of_a_hundred() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.multinomial(800, [0.1] * 10, 4000), rng.multinomial(3000, [0.1] * 10, 4000)
    critical = psi_critical(10, 800, 3000)
    exceeded = np.mean([stability_index(a, b) > critical for a, b in zip(first, second, strict=True)])

    assert 0.004 < exceeded < 0.018
    assert psi_critical(1, 5, 5) == 0
