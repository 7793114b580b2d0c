"""The null: margins keep what is lumpy and lose what is bimodal; correlations are those of the sample."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from fanwise.segmenter.clustering import marginals, null_model
from fanwise.segmenter.clustering.marginals import POINTS, at_spikes, unimodal_margin, without_valleys
from fanwise.segmenter.clustering.null_model import NullReference

RNG = np.random.default_rng(11)


def standardised(values):
    return (values - values.mean()) / values.std()


def one_group(points):
    return NullReference.fit(points, np.ones(len(points)), np.zeros(len(points), dtype=int), np.random.default_rng(1))


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=4000),
        RNG.exponential(size=4000),
        RNG.standard_t(3, 4000),
        RNG.uniform(size=4000),
        np.log1p(RNG.poisson(1.5, 4000)),
        np.log1p(RNG.poisson(30, 4000)),
        np.where(RNG.random(4000) < 0.6, 0, RNG.normal(4, 1, 4000)),
        np.where(RNG.random(4000) < 0.5, 0, np.log1p(RNG.poisson(6, 4000))),
        (RNG.random(4000) < 0.3).astype(float),
    ],
    ids=["normal", "skewed", "heavy tails", "uniform", "few counts", "counts", "inflated", "inflated counts", "flag"],
)
def test_a_margin_with_one_mode_or_spikes_is_kept(values):
    margin = unimodal_margin(values, np.ones(len(values)))

    assert len(margin) == POINTS
    assert (np.diff(margin) >= 0).all()
    assert (margin.mean(), margin.std()) == pytest.approx((0, 1), abs=1e-9)
    assert stats.wasserstein_distance(margin, standardised(values)) < 0.05


@pytest.mark.parametrize(
    "values",
    [
        np.concatenate([RNG.normal(-3, 1, 2000), RNG.normal(3, 1, 2000)]),
        np.concatenate([RNG.normal(0, 1, 3600), RNG.normal(9, 1, 400)]),
        np.log1p(np.concatenate([RNG.poisson(3, 2000), RNG.poisson(60, 2000)])),
    ],
    ids=["two modes", "a small one", "counts"],
)
def test_the_valley_between_two_modes_is_filled(values):
    margin, before = unimodal_margin(values, np.ones(len(values))), standardised(values)
    bins = np.linspace(before.min(), before.max(), 12)
    was, now = (np.histogram(x, bins)[0] / len(x) for x in (before, margin * before.std() + before.mean()))
    valley = 1 + int(was[1:-1].argmin())

    assert now[valley] > was[valley] + 0.012


def test_weights_stand_for_repeated_rows():
    values, times = RNG.normal(size=500), RNG.integers(1, 4, 500)

    weighted = unimodal_margin(values, times.astype(float))
    repeated = unimodal_margin(np.repeat(values, times), np.ones(times.sum()))

    assert np.abs(weighted - repeated).max() < 0.5
    assert np.abs(weighted - repeated).mean() < 0.02


def test_null_sets_correlate_as_the_sample_does():
    hidden = RNG.multivariate_normal([0, 0, 0], [[1, 0.7, -0.4], [0.7, 1, 0], [-0.4, 0, 1]], 4000)
    points = np.stack([np.exp(hidden[:, 0]).clip(0, 8), hidden[:, 1] > 0.5, np.round(hidden[:, 2])], axis=1)
    points = np.apply_along_axis(standardised, 0, points.astype(float))
    drawn = one_group(points).draw(20_000, np.random.default_rng(2))

    assert np.abs(np.corrcoef(drawn.T) - np.corrcoef(points.T)).max() < 0.03
    assert drawn.std(axis=0) == pytest.approx([1, 1, 1], abs=0.05)


def test_groups_keep_their_places_and_shares():
    labels = np.repeat([0, 1], [3000, 1000])
    points = RNG.normal(size=(4000, 2)) + np.array([[0, 0], [20, 5]])[labels]
    drawn = NullReference.fit(points, np.ones(4000), labels, np.random.default_rng(3)).draw(
        2000, np.random.default_rng(4)
    )
    second = drawn[:, 0] > 10

    assert second.sum() == 500
    assert drawn[second].mean(axis=0) == pytest.approx([20, 5], abs=0.2)
    assert drawn[~second].std(axis=0) == pytest.approx([1, 1], abs=0.1)


def test_constant_and_copied_columns_are_no_trouble():
    column = RNG.normal(size=300)
    points = np.stack([column, column, -column, np.zeros(300)], axis=1)
    drawn = one_group(points).draw(500, np.random.default_rng(5))

    assert np.isfinite(drawn).all()
    assert (drawn[:, 3] == 0).all()
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] > 0.98
    assert np.corrcoef(drawn[:, 0], drawn[:, 2])[0, 1] < -0.98


def test_spikes_are_values_that_stand_out_from_their_neighbours():
    counts, share = RNG.poisson(20, 4000), RNG.random(4000)
    inflated = np.where(RNG.random(4000) < 0.4, 0, np.where(RNG.random(4000) < 0.2, 1, share))

    assert not at_spikes(np.log1p(counts), np.ones(4000)).any()
    assert not at_spikes(share, np.ones(4000)).any()
    few = RNG.poisson(1.5, 4000)
    assert at_spikes(np.log1p(few), np.ones(4000)).tolist() == (few == 0).tolist()
    assert at_spikes(inflated, np.ones(4000)).tolist() == np.select([inflated == 0, inflated == 1], [1, 2]).tolist()
    assert set(at_spikes((share > 0.3).astype(float), np.ones(4000))) == {1, 2}


def test_features_that_are_zero_together_are_so_in_null_sets():
    """Share, depth and amount of discounts are 0 for the same customers, and unrelated among the others."""
    never = RNG.random(4000) < 0.3
    points = np.stack([np.where(never, 0, RNG.normal(4, 1, 4000)) for _ in range(3)], axis=1)
    drawn = one_group(points).draw(2000, np.random.default_rng(6))
    # A spike keeps its mass; its place may move a little where valleys beside it were filled.
    zeros = np.isclose(drawn, drawn.min(axis=0), atol=1e-9)

    assert zeros.all(axis=1).mean() == pytest.approx(never.mean(), abs=0.001)
    assert zeros.all(axis=1).tolist() == zeros.any(axis=1).tolist()
    assert np.abs(np.corrcoef(drawn[~zeros.all(axis=1)].T) - np.eye(3)).max() < 0.1


def test_clusters_that_differ_in_what_is_at_a_spike_are_not_in_the_null():
    """A third has no returns and dear orders: among null sets the valley between cheap and dear is filled."""
    never = RNG.random(4000) < 0.33
    points = np.stack([np.where(never, 0, RNG.normal(4, 1, 4000)), RNG.normal(np.where(never, 8, 0), 1)], axis=1)
    drawn = one_group(points).draw(4000, np.random.default_rng(7))

    assert ((points[:, 1] > 3) & (points[:, 1] < 5)).mean() < 0.01
    between = points[:, 1].mean() + np.array([-0.25, 0.25]) * points[:, 1].std()
    assert ((drawn[:, 1] > between[0]) & (drawn[:, 1] < between[1])).mean() > 0.08
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(np.corrcoef(points.T)[0, 1], abs=0.1)


def test_filling_valleys_moves_nobody_past_another():
    values, weights = np.concatenate([RNG.normal(0, 1, 900), RNG.normal(9, 1, 600)]), RNG.uniform(0.5, 2, 1500)
    moved = without_valleys(values, weights)

    assert (np.diff(moved[np.argsort(values)]) >= 0).all()
    assert np.average(moved, weights=weights) == pytest.approx(np.average(values, weights=weights), abs=0.01)
    assert moved.std() == pytest.approx(values.std(), rel=0.01)
    assert ((values > 3) & (values < 6)).mean() < 0.01
    assert ((moved > 3) & (moved < 6)).mean() > 0.1


def test_the_mode_of_a_margin_is_a_bin_that_no_neighbour_exceeds():
    """Against all bins as the mode."""
    rng = np.random.default_rng(2)
    for trial in range(60):
        density = rng.integers(0, 6, rng.integers(1, 20)) + rng.random() * (trial % 2)
        width = rng.random(len(density)) + 0.1
        best = max(
            float(np.dot(density * width, np.log(np.maximum(candidate, 1e-300))))
            for mode in range(len(density))
            for candidate in [unimodal(density, width, mode)]
        )
        found = marginals._one_mode(density, width)
        assert float(np.dot(density * width, np.log(np.maximum(found, 1e-300)))) == pytest.approx(best, rel=1e-12)


def unimodal(density, width, mode):
    up = optimize.isotonic_regression(density[: mode + 1], weights=width[: mode + 1]).x
    rest = density[:mode:-1]
    down = optimize.isotonic_regression(rest, weights=width[:mode:-1]).x[::-1] if len(rest) else []
    return np.concatenate([up, down])


def test_the_root_does_not_depend_on_which_eigenvectors_are_found(monkeypatch):
    """Another processor may give them another sign, and those of one eigenvalue in any order."""
    correlation = np.array([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]])
    root = null_model._root(correlation)
    eigh = np.linalg.eigh
    monkeypatch.setattr(
        np.linalg, "eigh", lambda matrix: (lambda pair: (pair[0], -pair[1][:, [1, 0, 2]]))(eigh(matrix))
    )

    assert null_model._root(correlation) == pytest.approx(root, abs=1e-12)
    assert root @ root.T == pytest.approx(correlation, abs=1e-12)
