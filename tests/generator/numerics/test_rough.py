"""Rough values lie within their error, and are found for every argument that is drawn."""

from __future__ import annotations

import numpy as np

from fanwise.generator.numerics.exactmath import log, normal_quantile
from fanwise.generator.numerics.randomness import leading_bits, name_key, root_keys, uniform, uniform_lanes
from fanwise.generator.numerics.rough import (
    LOG_ERROR,
    SCORE_ERROR,
    _scores,
    add_exact_scores,
    add_scores,
    minus_log,
    rounding_error,
)


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


def test_rough_scores_are_within_their_error_at_the_edges_of_every_cell() -> None:
    edges = normal_quantile(np.arange(1, 1 << 14) / (1 << 14))
    middles = _scores()[1:-1].astype(np.float64)
    known = np.isfinite(middles)
    farthest = np.maximum(middles - edges[:-1], edges[1:] - middles)[known].max()

    assert known.sum() == (1 << 14) - 2 * 32
    assert SCORE_ERROR * 0.9 < farthest < SCORE_ERROR


def test_leading_bits_are_those_of_the_uniforms() -> None:
    keys, key = root_keys("t", np.arange(50_000)), name_key("u")
    u, found = uniform(keys, key), np.empty(50_000, dtype=np.int64)
    for rows, places in leading_bits(keys, key, 14):
        found[rows] = places

    assert np.array_equal(found, np.floor(u * (1 << 14)).astype(np.int64))


def test_sums_of_rough_scores_are_within_their_error() -> None:
    keys, cell = root_keys("t", np.arange(200_000)), np.arange(200_000, dtype=np.int32) % 3
    weights = np.array([[0.6, 0.8], [-0.28, 0.96], [1.0, -3.0]])
    for cells in (cell, 0, 2):
        total = np.zeros(len(keys), dtype=np.float32)
        scores = [normal_quantile(uniform(keys, name_key(name))) for name in "ab"]
        add_scores(total, keys, name_key("a"), weights[:, 0], cells)
        add_exact_scores(total, scores[1], weights[:, 1], cells)
        exact = sum(part * weight[cells] for part, weight in zip(scores, weights.T, strict=True))
        known = np.isfinite(total)
        error = SCORE_ERROR * np.abs(weights[:, 0]).max() + rounding_error(4.0, 2)

        assert 0.99 < known.mean() < 1.0
        assert np.abs(total - exact)[known].max() < error
