"""Tiers: thirds where values allow them, never an empty one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.segmenter.clustering.tiers import tier_cuts


def shares(values, weights, cuts):
    return np.bincount(np.searchsorted(cuts, values, side="right"), weights=weights) / weights.sum()


def test_thirds_of_the_weight():
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=3000), rng.uniform(0.1, 5, 3000)

    assert shares(values, weights, tier_cuts(values, weights)) == pytest.approx([1 / 3] * 3, abs=0.01)


@pytest.mark.parametrize(
    ("values", "cuts"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 1], (0.5,)),
        ([0, 1, 1, 1, 1, 1, 1, 1, 1, 1], (0.5,)),
        ([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], (0.5, 1.5)),
        ([1, 2], (1.5,)),
        ([1, 2, 3], (1.5, 2.5)),
    ],
)
def test_shared_values_stay_together(values, cuts):
    assert tier_cuts(np.array(values, dtype=float), np.ones(len(values))) == cuts


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=50).filter(lambda values: len(set(values)) > 1))
def test_no_tier_is_empty(values):
    found = np.array(values, dtype=float)
    cuts = tier_cuts(found, np.ones(len(found)))

    assert 1 <= len(cuts) <= 2
    assert (shares(found, np.ones(len(found)), cuts) > 0).all()
