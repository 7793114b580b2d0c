"""Real clusters have a valley between them; parts that k-means cuts from one cloud have none."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.segmenter.clustering.kmeans_path import fit_path
from fanwise.segmenter.clustering.separation import separation

RNG = np.random.default_rng(0)


def cut(points, k):
    return separation(points, fit_path(points, k, np.random.default_rng(1), starts=4)[-1].centroids)


def test_parts_of_one_cloud_do_not_lie_apart():
    normal, uniform = RNG.standard_normal((4000, 1)), RNG.random((4000, 1))

    assert cut(normal, 2).apart == pytest.approx(2.65, abs=0.1)
    assert cut(uniform, 2).apart == pytest.approx(12**0.5, abs=0.1)
    assert cut(uniform, 2).valley == pytest.approx(0.1, abs=0.02)
    assert cut(normal, 2).valley == pytest.approx(0.125, abs=0.02)
    for points in (normal, uniform, RNG.exponential(size=(4000, 1)), RNG.standard_normal((4000, 4))):
        assert not any(cut(points, k).enough for k in (2, 3, 5, 8))


def test_clusters_lie_apart_until_one_of_them_is_cut():
    centres = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 3]])
    points = centres[RNG.integers(0, 3, 3000)] + RNG.standard_normal((3000, 3))

    assert cut(points, 3).enough
    assert cut(points, 3).apart == pytest.approx(6, abs=0.5)
    assert not cut(points, 4).enough


def test_the_distance_does_not_depend_on_units_or_on_the_order_of_centroids():
    points = np.concatenate([RNG.normal(0, 1, (500, 2)), RNG.normal(8, 2, (500, 2))])
    centroids = np.array([[0.0, 0.0], [8.0, 8.0]])
    found = separation(points, centroids)

    assert separation(points * 1000, centroids * 1000).apart == pytest.approx(found.apart)
    assert separation(points, centroids[::-1]).apart == pytest.approx(found.apart)
    assert found.apart == pytest.approx(8 * 2**0.5 / np.sqrt(2.5), rel=0.1)


def test_the_valley_is_where_it_is_emptiest_not_in_the_middle():
    """Between a large cluster and a small one it lies nearer to the small one."""
    points = np.concatenate([RNG.normal(0, 1, (3800, 1)), RNG.normal(6, 0.7, (200, 1))])

    assert separation(points, np.array([[0.0], [6.0]])).valley < 0.04
    assert ((points > 2.4) & (points < 3.6)).sum() / 400 > 0.05


def test_one_cluster_and_single_places():
    points = np.repeat([[0.0], [1.0]], 5, axis=0)

    assert separation(points, np.array([[0.5]])).enough
    assert separation(points, np.array([[0.0], [1.0]])).apart == np.inf
    assert separation(points, np.array([[0.0], [1.0], [9.0]])).enough
