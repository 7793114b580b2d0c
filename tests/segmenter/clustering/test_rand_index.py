"""Agreement of two partitions, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.segmenter.clustering.rand_index import adjusted_rand_index, best_overlaps, contingency

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=60)


@given(LABELS)
def test_relabelling_changes_nothing(pairs):
    first, second = np.array(pairs).T

    index = adjusted_rand_index(contingency(first, second))

    assert adjusted_rand_index(contingency(second, first)) == pytest.approx(index)
    assert adjusted_rand_index(contingency(3 - first, second)) == pytest.approx(index)
    assert adjusted_rand_index(contingency(first, first)) == 1


def test_near_the_index_over_distinct_pairs_for_many_customers():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    first = rng.integers(0, 4, 4000)
    second = np.where(rng.random(4000) < 0.2, rng.integers(0, 4, 4000), first)

    index = adjusted_rand_index(contingency(first, second))

    assert index == pytest.approx(metrics.adjusted_rand_score(first, second), abs=1e-3)


def test_weights_count_as_customers():
    first, second, weights = np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([2.0, 1.0, 3.0])

    assert contingency(first, second, weights).tolist() == [[2, 1], [0, 3]]


def test_the_overlap_of_a_group_is_with_the_one_most_like_it():
    table = np.array([[8.0, 2.0], [0.0, 10.0], [0.0, 0.0]])

    assert best_overlaps(table).tolist() == pytest.approx([8 / 10, 10 / 12, 0])
