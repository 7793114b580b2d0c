"""The fits that are kept: weights, canonical order, as good as scikit-learn's, and what they need."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fanwise.io.errors import MissingExtraError
from fanwise.segmenter.clustering import kmeans
from fanwise.segmenter.clustering.kmeans import fit_clusters, in_canonical_order, one_thread

CENTRES = np.array([[3.0, 0.0], [-3.0, 1.0], [0.0, 9.0]])


def points(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    return CENTRES[rng.integers(0, 3, rows)] + 0.5 * rng.standard_normal((rows, 2))


def test_canonical_order_is_by_the_first_feature_then_the_next():
    shuffled = np.array([[1.0, 2.0], [-1.0, 5.0], [1.0, -2.0], [-0.0, 3.0], [0.0, 1.0]])

    assert in_canonical_order(shuffled).tolist() == [[-1, 5], [0, 1], [0, 3], [1, -2], [1, 2]]


def test_planted_centres_are_found_whatever_the_seed():
    with one_thread():
        fits = [fit_clusters(points(), np.ones(600), 3, seed) for seed in (0, 1, 2**32 - 1)]

    assert fits[0] == pytest.approx(CENTRES[[1, 2, 0]], abs=0.15)
    for other in fits[1:]:
        assert other == pytest.approx(fits[0], abs=1e-6)


def test_weights_stand_for_repeated_customers():
    there, times = points(200), np.arange(200) % 4 + 1
    with one_thread():
        weighted = fit_clusters(there, times.astype(float), 3, 1)
        scaled = fit_clusters(there, times * 1e6, 3, 1)
        repeated = fit_clusters(np.repeat(there, times, axis=0), np.ones(times.sum()), 3, 1)

    assert weighted == pytest.approx(repeated, abs=1e-9)
    assert scaled == pytest.approx(weighted, abs=1e-9)


def test_the_points_are_left_as_they_were():
    there = points(100)
    before = there.copy()
    with one_thread():
        fit_clusters(there, np.ones(100), 2, 0)

    np.testing.assert_allclose(there, before, atol=1e-12)


@pytest.mark.parametrize("kind", ["apart", "one cloud", "few places"])
def test_as_good_as_scikit_learn(kind):
    """Weighted, on sets with clusters and without; where they lie apart, the same centroids."""
    cluster = pytest.importorskip("sklearn.cluster")
    rng = np.random.default_rng(7)
    for trial in range(6):
        rows, k = int(rng.integers(100, 3000)), int(rng.integers(2, 7))
        there = rng.standard_normal((rows, 3))
        if kind == "apart":
            there = 0.3 * there + 9 * np.eye(6, 3)[rng.integers(0, k, rows)] + 4 * rng.integers(0, 2, (rows, 1))
        if kind == "few places":
            there = np.round(2 * there)
        weights = rng.choice([1.0, 3.0, 20.0], rows)
        with one_thread():
            ours = fit_clusters(there, weights, k, trial)
        theirs = cluster.KMeans(k, n_init=10, random_state=trial).fit(there, sample_weight=weights).cluster_centers_

        assert left_over(there, weights, ours) <= 1.01 * left_over(there, weights, theirs)


def left_over(there, weights, centroids):
    return weights @ ((there[:, None] - centroids) ** 2).sum(axis=2).min(axis=1)


def test_fits_of_many_rows_start_from_a_sample_and_go_through_blocks(monkeypatch):
    there, weights = points(4000), np.arange(4000) % 3 + 1.0
    with one_thread():
        whole = fit_clusters(there, weights, 3, 0)
        monkeypatch.setattr(kmeans, "BLOCK", 999)
        in_blocks = fit_clusters(there, weights, 3, 0)
        monkeypatch.setattr(kmeans, "MANY_ROWS", 100)
        as_many = fit_clusters(there, weights, 3, 0)
        sample = fit_clusters(there[::40], weights[::40], 3, 0)

    assert in_blocks == pytest.approx(whole, abs=1e-8)
    assert as_many == pytest.approx(whole, abs=0.01)
    assert left_over(there, weights, as_many) < left_over(there, weights, sample)


def test_a_cluster_that_nobody_is_nearest_to_is_given_the_farthest_point():
    there = np.array([[0.0, 0.0], [0.1, 0.0], [5.0, 0.0], [9.0, 0.0]])
    found = kmeans._rested(there, np.ones(4), np.array([[0.0, 0.0], [50.0, 50.0], [60.0, 60.0]]), 0.0)

    assert sorted(found[:, 0]) == pytest.approx([0.05, 5, 9])


def test_without_what_it_needs_the_way_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    needs = (
        r"discovery needs threadpoolctl, which is not installed. Hint: install it: pip install 'fanwise\[discover\]'"
    )
    with pytest.raises(MissingExtraError, match=needs) as caught, one_thread():
        pass

    assert caught.value.exit_code == 2
