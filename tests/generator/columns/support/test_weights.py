"""Options are drawn by their weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.weights import Weights
from fanwise.generator.distributions.steps import NearScores
from fanwise.generator.numerics.exactmath import normal_quantile
from fanwise.generator.numerics.normal_cdf import normal_cdf


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


@pytest.mark.parametrize("options", [2, 5, 9])
def test_normal_scores_choose_what_their_uniforms_choose(options: int) -> None:
    rng = np.random.default_rng(20_261_130)
    edges = np.sort(rng.random((3, options - 1)), axis=1)
    edges[1, 0], edges[2, -1] = 0.0, 1.0  # a first and a last option without a weight
    edges[0, -1] = 1 - 1e-12
    least = 2.0**-53
    at = normal_quantile(np.clip(edges.reshape(-1), least, 1 - least))
    around = [at]
    for _ in range(40):  # each score that is one of the 40 next ones below or above an edge
        around = [np.nextafter(around[0], -np.inf), *around, np.nextafter(around[-1], np.inf)]
    z = np.concatenate([rng.standard_normal(100_000), *around, [-40.0, -8.3, 8.3, 40.0]])
    u = np.clip(normal_cdf(z), least, 1 - least)
    cell = rng.integers(0, 3, len(z), dtype=np.int32)
    weights = Weights((), Cells((), ()), edges, np.zeros(3, dtype=np.bool_))
    asked: list[int] = []

    def uniforms(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        asked.append(len(rows))
        return u[rows]

    scores = NearScores(z, 0.0, lambda rows: z[rows], uniforms)
    for cells in (cell, 0, 1, 2):
        np.testing.assert_array_equal(weights.draw_scores(scores, cells), weights.draw(u, cells))
    assert 0 < max(asked) < 1000  # the uniforms of few rows were needed


def test_scores_are_not_compared_where_that_would_take_longer() -> None:
    many = Weights((), Cells((), ()), np.linspace(0.1, 0.9, 9)[None], np.zeros(1, dtype=np.bool_))
    cells = Weights((), Cells((), ()), np.full((101, 1), 0.5), np.zeros(101, dtype=np.bool_))

    assert not many.by_scores(1000)
    assert not cells.by_scores(100)
    assert cells.by_scores(101)


def test_a_correlated_choice_is_drawn_from_scores_and_equal_bit_by_bit(
    tables: Callable[[str], dict[str, pl.DataFrame]], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "tables:\n  t: {rows: 20000, key: id, columns: {id: {sequence: {}}, "
        "a: {normal: {mean: 27, sd: 4}}, b: {choice: {low: 3, mid: 2, high: 1}, correlate: {a: 0.5}}}}\n"
    )
    calls: list[int] = []
    drawn = Weights.draw

    def counted(self: Weights, u: npt.NDArray[np.float64], cell: npt.NDArray[np.int32] | int) -> npt.NDArray[np.int64]:
        calls.append(len(u))
        return drawn(self, u, cell)

    monkeypatch.setattr(Weights, "draw", counted)
    scored = tables(text)["t"]["b"]
    assert sum(calls) < 100
    monkeypatch.setattr(Weights, "by_scores", lambda *_: False)
    assert tables(text)["t"]["b"].equals(scored)
    assert sum(calls) >= 20_000
