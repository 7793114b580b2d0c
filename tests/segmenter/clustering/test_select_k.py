"""How many clusters: none in noise of any shape, and those that were planted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.clustering import select_k
from fanwise.segmenter.clustering.kmeans import fit_clusters, one_thread
from fanwise.segmenter.clustering.kmeans_path import squared_distances
from fanwise.segmenter.clustering.rand_index import adjusted_rand_index, contingency
from fanwise.segmenter.clustering.select_k import choose_k, proportional_rows
from tests.segmenter.noise import SHAPES, noise, standardised

pytestmark = pytest.mark.system

PLANTED = {
    "three, one of them large": ([[0, 0, 0], [8, 0, 0], [4, 8, 2]], [0.7, 0.2, 0.1]),
    "four in a row": ([[0, 0], [5, 5], [10, 10], [15, 15]], [0.25] * 4),
    "two, and one noise feature": ([[0, 0], [7, 0]], [0.6, 0.4]),
    "two pairs": ([[0, 0, 0], [6, 6, 0], [16, 0, 16], [22, 6, 16]], [0.25] * 4),
    "six": ([[0, 0, 0], [7, 0, 0], [0, 7, 0], [0, 0, 7], [7, 7, 0], [0, 7, 7]], [1 / 6] * 6),
    "one small": ([[0, 0], [7, 7]], [0.95, 0.05]),
}


def streams(*seed):
    return lambda purpose: np.random.default_rng([*seed, *purpose.encode()])


def chosen(points, weights=None, max_k=8, seed=0):
    with one_thread():
        return choose_k(points, np.ones(len(points)) if weights is None else weights, max_k, streams(seed))


def planted(name, seed=0, rows=5000, correlated=0.5):
    """Return points (rows, p) around the centres, elongated within clusters, and labels."""
    centres, shares = PLANTED[name]
    rng, features = np.random.default_rng([seed, len(name)]), len(centres[0])
    labels = rng.choice(len(centres), rows, p=shares)
    root = np.linalg.cholesky(np.full((features, features), correlated) + np.eye(features) * (1 - correlated))
    return np.asarray(centres)[labels] + rng.standard_normal((rows, features)) @ root.T, labels


def agreement(points, labels, k):
    if k == 1:
        return 0.0
    with one_thread():
        centroids = fit_clusters(points, np.ones(len(points)), k, 0)
    return adjusted_rand_index(contingency(labels, squared_distances(points, centroids).argmin(axis=0)))


def in_plain_units(points):
    return (points - points.mean(axis=0)) / points.std(axis=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_noise_has_no_structure(shape):
    choice = chosen(noise(shape, 0, rows=2000))

    assert choice.k == 1
    assert choice.reason.startswith("no structure")


@pytest.mark.parametrize("name", PLANTED)
def test_planted_clusters_are_found(name):
    points, labels = planted(name)
    points = in_plain_units(points)
    choice = chosen(points)

    assert choice.k == len(PLANTED[name][0])
    assert choice.reason == ""
    assert agreement(points, labels, choice.k) >= 0.95


def test_planted_counts_are_found():
    rng = np.random.default_rng(3)
    labels = rng.choice(3, 5000, p=[0.6, 0.3, 0.1])
    raw = rng.poisson(np.array([[3, 20], [18, 60], [70, 5]])[labels])
    points = standardised(raw, Scale.LOG)
    choice = chosen(points)

    assert choice.k == 3
    assert agreement(points, labels, 3) >= 0.95


def test_every_k_is_scored_and_every_score_is_a_number():
    choice = chosen(in_plain_units(planted("three, one of them large")[0]), max_k=6)

    assert [score.k for score in choice.scores] == [1, 2, 3, 4, 5, 6]
    assert (choice.scores[0].silhouette, choice.scores[0].z, choice.scores[0].stability) == (0, 0, 1)
    assert max(choice.scores, key=lambda score: score.z).z > choice.null_quantile > 1
    # Only what could be chosen is tested by bootstraps.
    assert {score.k for score in choice.scores if score.stability is not None} <= {1, 2, 3}
    for score in choice.scores:
        assert all(map(math.isfinite, (score.inertia, score.silhouette, score.z, score.min_share)))
    inertia = [score.inertia for score in choice.scores]
    assert inertia == sorted(inertia, reverse=True)


@pytest.mark.parametrize("name", PLANTED)
def test_fewer_null_sets_and_bootstraps_decide_the_same(name, monkeypatch):
    points = in_plain_units(planted(name)[0])
    early = chosen(points)
    for name in ("FEWEST_SETS", "FIRST_SETS"):
        monkeypatch.setattr(select_k, name, select_k.NULL_SETS)
    late = chosen(points)

    assert early.k == late.k
    assert early.scores[early.k - 1].stability == pytest.approx(late.scores[late.k - 1].stability, abs=0.02)


def excess(gap, sets):
    rng = np.random.default_rng(4)
    null = rng.normal(0.4, 0.01, (sets, 3))
    return select_k.Excess.over(null, 0.4 + np.array(gap))


def test_a_k_surely_stands_out_or_surely_does_not_or_needs_more_null_sets():
    seen = excess([0.2, 0.05, -0.01], 8)

    assert seen.surely_out(0.045).tolist() == [True, False, False]
    assert seen.surely_not(0.045).tolist() == [False, False, True]


def test_what_is_sure_after_a_few_null_sets_holds_after_all():
    """The stated errors: 0.002 for a sure yes, 0.0002 for a sure no, beside those of the mean; 0.005 for a small gap."""
    rng = np.random.default_rng(5)
    wrong = sure = small = missed = 0
    for _ in range(2000):
        gap, null = rng.uniform(-0.02, 0.12, 3), rng.normal(0.4, 0.01, (20, 3))
        first = select_k.Excess.over(null[:8], 0.4 + gap)
        final = select_k.Excess.over(null, 0.4 + gap).stands_out(0.045)
        wrong += int((first.surely_out(0.045) & ~final).sum() + (first.surely_not(0.045) & final).sum())
        sure += int((first.surely_out(0.045) | first.surely_not(0.045)).sum())
        tiny = select_k.Excess.over(null[:4], 0.4 + gap).surely_small(0.045)
        small, missed = small + int(tiny.sum()), missed + int((tiny & final).sum())

    assert sure > 3000
    assert wrong <= 0.005 * sure
    assert small > 500
    assert missed <= 0.005 * small


def test_without_weights_a_sample_of_strata_would_show_other_clusters():
    """A tenth of each cluster's true share: weights bring back what the strata distort."""
    points, labels = planted("three, one of them large")
    points = in_plain_units(points)
    keep = (labels > 0) | (np.arange(5000) % 10 == 0)
    weights = np.where(labels == 0, 10.0, 1.0)[keep]
    rows = proportional_rows(weights, 1500)

    assert np.bincount(labels[keep][rows]) / len(rows) == pytest.approx([0.7, 0.2, 0.1], abs=0.02)
    # k = 2 is a fair answer, too, and the null sets of one seed in five give it.
    assert [chosen(points[keep], weights, seed=seed).k for seed in range(5)].count(3) >= 3


def test_proportional_rows_are_distinct_where_weights_allow_it():
    weights = np.random.default_rng(0).uniform(0.5, 2.5, 5000)
    rows = proportional_rows(weights, 1500)

    assert len(rows) == len(np.unique(rows)) == 1500
    assert weights[rows].mean() == pytest.approx((weights**2).sum() / weights.sum(), rel=0.03)
    assert proportional_rows(np.ones(7), 1500).tolist() == list(range(7))
    assert len(proportional_rows(np.append(np.ones(999), 500.0), 1500)) == 300


@pytest.mark.parametrize("rows", [1, 2, 5, 29, 31])
def test_few_customers_have_no_structure(rows):
    points = np.random.default_rng(rows).standard_normal((rows, 2)) + 50.0 * (np.arange(rows)[:, None] % 2)
    choice = chosen(points)

    assert choice.k == (1 if rows < 30 else 2)
    assert rows >= 30 or choice.reason == "fewer than 30 customers"


def test_everybody_at_few_places_is_no_trouble():
    places = np.random.default_rng(0).integers(0, 2, (400, 2)).astype(float)

    assert chosen(in_plain_units(places)).k == 1
    assert chosen(np.repeat(places[:1], 400, axis=0)).k == 1


def test_one_cluster_at_most():
    choice = chosen(noise("correlated normal", 0, rows=500), max_k=1)

    assert choice.k == 1
    assert len(choice.scores) == 1


def test_the_same_points_have_the_same_scores():
    points = in_plain_units(planted("six", rows=800)[0])

    assert chosen(points, seed=4) == chosen(points, seed=4)


@pytest.mark.slow
def test_noise_is_called_structure_on_less_than_one_axis_in_twenty():
    found = {shape: [chosen(noise(shape, number), seed=number).k for number in range(1, 19)] for shape in SHAPES}
    false = {shape: sum(k > 1 for k in ks) for shape, ks in found.items()}

    assert sum(map(len, found.values())) >= 200
    assert sum(false.values()) <= 0.05 * sum(map(len, found.values())), false


@pytest.mark.slow
def test_planted_clusters_are_found_again_and_again():
    missed = []
    for name in PLANTED:
        for seed in range(1, 9):
            for correlated in (0.0, 0.7):
                points, labels = planted(name, seed, correlated=correlated)
                points = in_plain_units(points)
                found, possible = (
                    agreement(points, labels, k) for k in (chosen(points, seed=seed).k, len(PLANTED[name][0]))
                )
                if found < min(0.95, possible - 0.01):
                    missed.append((name, seed, correlated, found, possible))

    assert len(missed) <= 2, missed
