"""Guide tables: the first knot that reaches u, whatever the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.distributions import family
from fanwise.generator.distributions.knots import IntegerSampler, Locator, knot_values, shares_below, two_sided
from fanwise.generator.distributions.steps import NearScores
from fanwise.generator.numerics.exactmath import normal_quantile
from fanwise.generator.numerics.normal_cdf import normal_cdf

WEIGHTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(lambda weights: sum(weights) > 1e-3)


@given(st.lists(WEIGHTS, min_size=1, max_size=5), st.lists(st.floats(2.0**-53, 1 - 2.0**-53), min_size=1, max_size=200))
def test_the_first_knot_that_reaches_u(weights: list[list[float]], draws: list[float]) -> None:
    tables, u = [shares_below(each) for each in weights], np.array(draws)
    locator = Locator(tables)
    for cell, table in enumerate(tables):
        found = locator.locate(u, cell) - locator.starts[cell]

        np.testing.assert_array_equal(found, np.searchsorted(table, u))
        np.testing.assert_array_equal(locator.locate(u, np.full(u.size, cell)) - locator.starts[cell], found)


@given(WEIGHTS)
def test_an_option_without_weight_is_never_chosen(weights: list[float]) -> None:
    u = np.concatenate([[2.0**-53], np.linspace(0.001, 0.999, 500), [1 - 2.0**-53]])
    chosen = Locator([shares_below(weights)]).locate(u, 0)

    assert all(weights[option] > 0 for option in chosen)


def test_many_knots_in_one_bucket_of_the_guide() -> None:
    """A million options of weight 1e-9 each, after one with nearly all: twenty steps find one."""
    table = shares_below([1.0, *[1e-9] * 1_000_000])
    u = np.array([0.5, 0.9990, 0.99905, 0.9999, 1 - 2.0**-53])

    np.testing.assert_array_equal(Locator([table]).locate(u, 0), np.searchsorted(table, u))


def test_knots_are_consecutive_and_then_ever_wider_apart() -> None:
    values = knot_values(5, 10**15)
    gaps = np.diff(values)

    assert values[0] == 5
    assert values[-1] == 10**15
    assert (gaps[: 1 << 15] == 1).all()
    assert (gaps[1 << 15 :] <= (values[1 << 15 : -1] - 5) / 4096).all()
    assert len(values) < 200_000
    assert knot_values(3, 9).tolist() == list(range(3, 10))


def test_integers_between_two_knots_are_equally_likely() -> None:
    sampler = IntegerSampler([np.array([0, 1, 5])], [np.array([0.1, 0.2, 1.0])])
    u = np.array([0.05, 0.1, 0.15, np.nextafter(0.2, 1), 0.21, 0.39, 0.41, 0.61, 0.79, 0.81, 0.999])

    assert sampler.quantile(u, 0).tolist() == [0, 0, 1, 2, 2, 2, 3, 4, 4, 5, 5]
    tiny = IntegerSampler([np.array([0, 5])], [np.array([1e-20, 1.0])])
    assert tiny.quantile(np.array([1e-19]), 0).tolist() == [1]


def test_both_tails_are_exact() -> None:
    """u ≤ the table's entry exactly where 1 − u ≥ the upper tail, also where 1 − tail is no float."""
    sf = np.array([0.5, 1e-15, 1.3e-16, 0.0])
    table = two_sided(1 - sf, sf)
    grid = 1 - np.arange(1, 40) * 2.0**-53

    for entry, tail in zip(table, sf, strict=True):
        np.testing.assert_array_equal(grid <= entry, 1 - grid >= tail)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("poisson", [{"mean": 6.0}]),
        ("poisson", [{"mean": 0.01}, {"mean": 3.0}, {"mean": 400.0}]),
        ("negbin", [{"mean": 2.0, "k": 0.4}, {"mean": 0.0, "k": 1.0}]),
        ("counts", [{"counts": ((0, 1e-13), (3, 5.0), (7, 2.0), (9, 1e-13))}]),
        ("counts", [{"counts": ((2, 1.0), (4, 1e-10), (5, 1e-10), (6, 1.0))}]),
    ],
)
def test_normal_scores_have_the_values_of_their_uniforms(name: str, cells: list[dict[str, Any]]) -> None:
    sampler = family(name).sampler(cells)
    assert isinstance(sampler, IntegerSampler)
    least = 2.0**-53
    at = normal_quantile(np.clip(sampler._locator.cumulative, least, 1 - least))
    around = [at]
    for _ in range(30):  # each score that is one of the 30 next ones below or above a knot
        around = [np.nextafter(around[0], -np.inf), *around, np.nextafter(around[-1], np.inf)]
    far = [shift + at for shift in (-1e-6, -1e-8, -1e-9, 1e-9, 1e-8, 1e-6)]
    z = np.concatenate(
        [np.random.default_rng(7).standard_normal(200_000), *around, *far, [-40.0, -9.0, -8.3, 8.3, 9.0, 40.0]]
    )
    u = np.clip(normal_cdf(z), least, 1 - least)
    cell = np.random.default_rng(8).integers(0, len(cells), len(z), dtype=np.int32)
    asked: list[int] = []

    def uniforms(rows: np.ndarray) -> np.ndarray:
        asked.append(len(rows))
        return u[rows]

    scores = NearScores(z, 0.0, lambda rows: z[rows], uniforms)
    for codes in (cell, *range(len(cells))):
        np.testing.assert_array_equal(sampler.of_near(scores, codes), sampler.quantile(u, codes))
    assert 0 < sum(asked) < 0.2 * len(z) * (1 + len(cells))


def test_scores_of_laws_with_wide_knots_have_no_values_of_their_own() -> None:
    sampler = family("poisson").sampler([{"mean": 9e6}])

    assert isinstance(sampler, IntegerSampler)
    assert not sampler.stepped
