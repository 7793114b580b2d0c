"""The fits that are kept: weights, canonical order, and what happens without scikit-learn."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fanwise.io.errors import MissingExtraError
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


def test_without_scikit_learn_the_way_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with (
        pytest.raises(
            MissingExtraError,
            match=r"discovery needs scikit-learn, which is not installed. Hint: install it: pip install 'fanwise\[discover\]'",
        ) as caught,
        one_thread(),
    ):
        pass

    assert caught.value.exit_code == 2
