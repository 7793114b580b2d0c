"""Choosing by weight: the guide is a way to the answer of a binary search, and nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from fanwise.generator.columns.support.ref_sampling import RunningSum

RNG = np.random.default_rng(20_240_607)
WEIGHTS = {
    "even": np.ones(1_000),
    "more than a guide has buckets": np.tile([1.0, 0.0, 2.0], 1_500_000),
    "one row": np.array([3.0]),
    "a third without": RNG.random(5_000) * (np.arange(5_000) % 3 > 0),
    "heavy tail": 1 / np.arange(1, 5_001.0) ** 2,
    "a long run without": np.where(np.arange(5_000) == 4_000, 2.0, 0.0),
    "nothing at either end": np.array([0.0, 0.0, 1.0, 0.0, 5.0, 0.0]),
    "far apart": np.array([1e-300, 1e300, 1.0]),
    "hardly anything": np.array([0.0, 1e-310, 2e-310]),
    "nothing at all": np.zeros(4),
}


@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
def test_the_guide_leads_to_what_a_binary_search_finds(weights: npt.NDArray[np.float64]) -> None:
    running = RunningSum(weights)
    sums = np.cumsum(weights)
    edges = np.concatenate([sums, np.nextafter(sums, 0.0), np.nextafter(sums, np.inf), [0.0]])
    wanted = np.concatenate([RNG.random(20_000) * sums[-1], edges[edges <= sums[-1]]])

    np.testing.assert_array_equal(running.passed(wanted), np.searchsorted(sums, wanted, side="right"))


def test_a_row_without_weight_is_never_chosen() -> None:
    weights = WEIGHTS["a third without"]

    chosen = RunningSum(weights).passed(RNG.random(50_000) * weights.sum())

    assert (weights[chosen] > 0).all()
    assert len(np.unique(chosen)) > 3_000
