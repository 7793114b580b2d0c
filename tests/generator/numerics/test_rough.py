"""Rough values lie within their error, and are found for every argument that is drawn."""

from __future__ import annotations

import numpy as np

from fanwise.generator.numerics.exactmath import log
from fanwise.generator.numerics.randomness import name_key, root_keys, uniform, uniform_lanes
from fanwise.generator.numerics.rough import LOG_ERROR, minus_log


def farthest(w: np.ndarray) -> float:
    rough = np.empty_like(w)
    minus_log(w, rough)
    return float(np.abs(rough + log(w)).max())


def test_minus_log_is_within_its_error_at_the_edges_of_every_cell() -> None:
    """In a cell the error is largest at the edges: the rest of the series grows with the distance from the middle."""
    starts = np.arange((1023 - 53) << 10, 1023 << 10, dtype=np.int64) << 42
    edges = np.concatenate([starts, starts + 1, starts + (1 << 42) - 1]).view(np.float64)

    assert edges.min() == 2.0**-53
    assert edges.max() == 1.0 - 2.0**-53
    assert LOG_ERROR / 4 < farthest(edges) < LOG_ERROR


def test_minus_log_is_within_its_error_anywhere() -> None:
    w = uniform(root_keys("t", np.arange(1_000_000)), name_key("w"))
    small = np.exp2(-53 * w)

    assert farthest(w) < LOG_ERROR
    assert farthest(small) < LOG_ERROR
    assert farthest(np.array([2.0**-53, 0.5, 1.0 - 2.0**-53])) < LOG_ERROR


def test_minus_log_may_write_over_its_arguments() -> None:
    w = uniform(root_keys("t", np.arange(100_000)), name_key("w"))
    apart = np.empty_like(w)
    minus_log(w, apart)
    minus_log(w, w)

    assert np.array_equal(w, apart)


def test_flipped_uniforms_are_what_is_left_to_one() -> None:
    keys = root_keys("t", np.arange(100_000))
    u = uniform_lanes(keys, name_key("u"), range(0, 6, 2))

    assert np.array_equal(uniform_lanes(keys, name_key("u"), range(0, 6, 2), flipped=True), 1.0 - u)
    assert np.array_equal(u[1], uniform(keys, name_key("u"), 2))
