"""Options are drawn by their weights."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.weights import Weights


@pytest.mark.parametrize("options", [2, 7, 65, 66, 400])
def test_many_options_are_chosen_as_a_binary_search_would(options: int) -> None:
    rng = np.random.default_rng(20_240_607)
    edges = np.sort(rng.random((3, options - 1)), axis=1)
    u = np.concatenate([rng.random(100_000), edges.reshape(-1)])  # also exactly at the edges
    cell = rng.integers(0, 3, len(u), dtype=np.int32)

    weights = Weights((), Cells((), ()), edges, np.zeros(3, dtype=np.bool_))

    found = weights.draw(u, cell)

    for one in range(3):
        wanted = np.searchsorted(edges[one], u, side="right")
        np.testing.assert_array_equal(weights.draw(u, one), wanted)
        np.testing.assert_array_equal(found[cell == one], wanted[cell == one])
