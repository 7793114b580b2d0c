"""The fast fits of small sets, against scikit-learn and by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from fanwise.segmenter.clustering.kmeans_path import fit_path, simplified_silhouette, squared_distances


def blobs(rng, centres, rows=300, spread=1.0):
    labels = rng.integers(0, len(centres), rows)
    return np.asarray(centres)[labels] + spread * rng.standard_normal((rows, len(centres[0]))), labels


def test_distances():
    points, centroids = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [0.0, 4.0], [3.0, 4.0]])

    assert squared_distances(points, centroids).tolist() == [[0, 25], [16, 9], [25, 0]]


def test_the_silhouette_compares_the_own_centroid_with_the_next():
    squared = np.array([[1.0, 16.0, 4.0], [4.0, 1.0, 4.0], [9.0, 100.0, 9.0]])

    assert simplified_silhouette(squared) == pytest.approx((1 - 1 / 2 + 1 - 1 / 4 + 0) / 3)
    assert simplified_silhouette(squared, np.array([0.0, 2.0, 0.0])) == 0.75
    assert simplified_silhouette(squared[:1]) == 0
    assert simplified_silhouette(np.zeros((2, 5))) == 0


def test_every_k_has_a_fit_and_more_clusters_never_fit_worse():
    points, _ = blobs(np.random.default_rng(2), [[0, 0], [4, 0], [0, 5]])
    fits = fit_path(points, 8, np.random.default_rng(3))

    assert [len(fit.centroids) for fit in fits] == list(range(1, 9))
    assert all(after.inertia <= before.inertia for before, after in pairwise(fits))
    assert fits[0].inertia == pytest.approx(points.var(axis=0).sum())
    assert fits[0].centroids[0] == pytest.approx(points.mean(axis=0))


def test_as_good_as_scikit_learn():
    cluster = pytest.importorskip("sklearn.cluster")
    rng = np.random.default_rng(4)
    for k in (2, 3, 5):
        points, _ = blobs(rng, rng.normal(size=(k, 4)) * 3, rows=800)
        ours = fit_path(points, k, np.random.default_rng(5), starts=4)[-1].inertia * len(points)
        theirs = cluster.KMeans(k, n_init=10, random_state=0).fit(points).inertia_

        assert ours <= theirs * 1.02


def test_fewer_places_than_clusters_end_the_path():
    points = np.repeat([[0.0, 1.0], [2.0, 3.0], [9.0, 9.0]], 5, axis=0)
    fits = fit_path(points, 8, np.random.default_rng(6))

    assert len(fits) == 3
    assert fits[-1].inertia == pytest.approx(0, abs=1e-12)
    assert sorted(map(tuple, fits[-1].centroids)) == [(0, 1), (2, 3), (9, 9)]
    assert len(fit_path(np.ones((4, 2)), 8, np.random.default_rng(7))) == 1
