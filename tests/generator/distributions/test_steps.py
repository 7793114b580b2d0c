"""Values that rise in steps are those of their uniforms, however rough the scores are."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.generator.distributions import family
from fanwise.generator.distributions.base import Floats, Ints
from fanwise.generator.distributions.knots import IntegerSampler
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.distributions.steps import NearScores, steps_reached
from fanwise.generator.numerics.exactmath import normal_quantile
from fanwise.generator.numerics.normal_cdf import normal_cdf

ERROR = 0.01
LEAST = 2.0**-53


class Counted:
    """Scores off by up to ERROR, some of them not known, and how often exact ones and uniforms were asked for."""

    def __init__(self, z: Floats) -> None:
        rng = np.random.default_rng(3)
        self.z, self.u = z, np.clip(normal_cdf(z), LEAST, 1 - LEAST)
        self.rough = (z + rng.choice([-ERROR, 0.0, ERROR], len(z)) * 0.999).astype(np.float32)
        self.rough[rng.random(len(z)) < 0.01] = np.nan
        self.exact, self.drawn = 0, 0

    def scores(self, rows: Ints | slice) -> Floats:
        found = self.z[rows]
        self.exact += len(found)
        return found

    def uniforms(self, rows: Ints) -> Floats:
        self.drawn += len(rows)
        return self.u[rows]

    @property
    def near(self) -> NearScores:
        return NearScores(self.rough, ERROR, self.scores, self.uniforms)


def around(steps: Floats) -> Floats:
    """Return scores anywhere, at the steps, and just beside them."""
    at = normal_quantile(np.clip(steps.reshape(-1), LEAST, 1 - LEAST))
    beside = [at + shift for shift in (-0.02, -0.01, -1e-3, -1e-8, -1e-9, 0.0, 1e-9, 1e-8, 1e-3, 0.01, 0.02)]
    return np.concatenate([np.random.default_rng(1).standard_normal(300_000), *beside, [-40.0, -8.3, 8.3, 40.0]])


@pytest.mark.parametrize("steps", [[[0.3]], [[0.0, 0.2, 0.9], [0.1, 0.5, 1.0]], [[0.4, 0.4 + 1e-10, 0.400001]]])
def test_rough_scores_reach_the_steps_that_their_uniforms_reach(steps: list[list[float]]) -> None:
    table = np.array(steps)
    given = Counted(around(table))
    cell = np.arange(len(given.z), dtype=np.int32) % len(table)

    def by_uniforms(u: Floats, cell: Ints | int) -> Ints:
        return (u[:, None] >= table[cell]).sum(axis=1)

    for cells in (cell, *range(len(table))):
        given.exact = given.drawn = 0
        found = steps_reached(table, given.near, cells, by_uniforms)

        np.testing.assert_array_equal(found, (given.u[:, None] >= table[cells]).sum(axis=1))
        assert 0.009 * len(given.z) < given.exact < 0.06 * len(given.z)
        assert 0 < given.drawn < 200


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("poisson", [{"mean": 0.5}, {"mean": 6.0}]),
        ("poisson", [{"mean": 300.0}]),
        ("negbin", [{"mean": 4.0, "k": 2.0}]),
        ("counts", [{"counts": ((2, 1.0), (4, 1e-10), (5, 1e-10), (6, 1.0))}]),
        ("bernoulli", [{"p": 0.2}, {"p": 0.0}, {"p": 1.0}]),
    ],
)
def test_rough_scores_have_the_values_of_their_uniforms(name: str, cells: list[dict[str, object]]) -> None:
    sampler = family(name).sampler(cells)
    assert isinstance(sampler, IntegerSampler | Transformed)
    assert sampler.stepped
    given = Counted(around(np.linspace(0.01, 0.99, 99)))
    cell = np.arange(len(given.z), dtype=np.int32) % len(cells)

    for codes in (cell, *range(len(cells))):
        given.exact = 0
        np.testing.assert_array_equal(sampler.of_near(given.near, codes), sampler.quantile(given.u, codes))
        crowded = cells == [{"mean": 300.0}]
        assert given.exact == len(given.z) if crowded else given.exact < 0.2 * len(given.z)
