"""Matching of segments: permutations are undone, on whatever scale the other model has."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.segmenter.model.inverse_transform import on_scale_of, raw_values
from fanwise.segmenter.model.model import AxisModel
from fanwise.segmenter.model.scaling import apply
from fanwise.segmenter.monitor.match import match_axis
from tests.segmenter.planted import SCALES, planted_axis, planted_feature, tier_axis
from tests.segmenter.planted import raw_values as planted_raw


def rescaled(axis: AxisModel, factor: float) -> AxisModel:
    """Return the same axis as another fit would have it: other means, deviations and units."""
    features = tuple(
        replace(each, mean=each.mean + 0.3, std=each.std * factor, unit=each.unit * (2 if each.unit != 1 else 1))
        for each in axis.features
    )
    centroids = on_scale_of(np.array([each.centroid for each in axis.segments]), axis.features, features)
    segments = tuple(
        replace(each, centroid=tuple(map(float, place))) for each, place in zip(axis.segments, centroids, strict=True)
    )
    return replace(axis, features=features, segments=segments)


def reordered(axis: AxisModel, order: tuple[int, ...]) -> AxisModel:
    return replace(axis, segments=tuple(replace(axis.segments[old], id=new) for new, old in enumerate(order)))


@pytest.mark.parametrize("scale", SCALES)
def test_raw_values_are_the_inverse_of_scaling(scale: object) -> None:
    feature = planted_feature("a.b", scale)
    standard = np.linspace(-1.5, 1.5, 31)

    np.testing.assert_allclose(raw_values(standard, feature), planted_raw(standard, feature), rtol=1e-12)
    np.testing.assert_allclose(apply(raw_values(standard, feature)[:, None], [feature])[:, 0], standard, atol=1e-12)
    assert np.isfinite(raw_values(np.array([-1e300, 1e300]), feature)).all()


@given(st.permutations(range(4)), st.sampled_from([0.5, 1.0, 3.0]))
def test_a_permutation_on_another_scale_is_undone(order: list[int], factor: float) -> None:
    old = planted_axis("a", [[-1, -1, 0.5, 0], [0, 1, 0, 0], [1, -0.5, 0, 1], [1.2, 1, 1, -1]])
    matching = match_axis(old, rescaled(reordered(old, tuple(order)), factor))

    assert matching.to_old == dict(enumerate(order))
    assert all(pair.moved < 1e-9 and pair.sure for pair in matching.pairs)
    assert matching.lost == matching.fresh == ()


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 5))
def test_no_other_matching_costs_less(seed: int, k_old: int, k_new: int) -> None:
    rng = np.random.default_rng(seed)
    old, new = (planted_axis("a", rng.uniform(-1.5, 1.5, (k, 2))) for k in (k_old, k_new))
    places = [np.array([each.centroid for each in axis.segments]) for axis in (old, new)]
    apart = ((places[0][:, None] - places[1]) ** 2).mean(axis=2)
    matching = match_axis(old, new)
    short = apart if k_old <= k_new else apart.T
    best = min(
        sum(short[i, j] for i, j in enumerate(chosen)) for chosen in permutations(range(short.shape[1]), short.shape[0])
    )

    assert sum(pair.moved**2 for pair in matching.pairs) == pytest.approx(best)
    assert len(matching.pairs) + len(matching.lost) == k_old
    assert len(matching.pairs) + len(matching.fresh) == k_new


def test_one_more_segment_is_fresh_and_one_less_is_lost() -> None:
    three, two = planted_axis("a", [[-1.0], [0.0], [1.0]]), planted_axis("a", [[0.9], [-1.1]])

    assert match_axis(two, three).fresh == (1,)
    assert match_axis(three, two).lost == (1,)
    assert match_axis(three, two).to_old == {0: 2, 1: 0}


def test_a_match_is_unsure_where_another_old_segment_is_nearer() -> None:
    old, new = planted_axis("a", [[-1.0], [0.0]]), planted_axis("a", [[0.1], [1.5]])

    assert [(pair.old, pair.new, pair.sure) for pair in match_axis(old, new).pairs] == [(0, 0, False), (1, 1, True)]


def test_what_cannot_be_compared_has_no_pairs() -> None:
    clusters, tiers = planted_axis("a", [[-1.0, 0], [1.0, 0]]), tier_axis("a", (0.0,))
    renamed = replace(clusters, features=tuple(replace(each, name=f"{each.name}x") for each in clusters.features))

    for first, second in ((clusters, tiers), (clusters, renamed), (clusters, AxisModel("a", "off", "none"))):
        assert match_axis(first, second).pairs == ()
        assert match_axis(first, second).lost == (0, 1)
    assert match_axis(tiers, tier_axis("a", (0.4,))).to_old == {0: 0, 1: 1}


def test_tiers_of_the_same_number_correspond_by_rank() -> None:
    old = tier_axis("a", (0.0,))
    crossed = tuple(
        replace(each, centroid=place) for each, place in zip(old.segments, ((-0.1, 1.0), (0.1, -1.0)), strict=True)
    )
    new = tuple(
        replace(each, centroid=place) for each, place in zip(old.segments, ((-0.1, -1.0), (0.1, 1.0)), strict=True)
    )

    assert match_axis(replace(old, segments=crossed), replace(old, segments=new)).to_old == {0: 0, 1: 1}
    clusters = replace(old, structure="clusters", cuts=())
    assert match_axis(replace(clusters, segments=crossed), replace(clusters, segments=new)).to_old == {0: 1, 1: 0}
