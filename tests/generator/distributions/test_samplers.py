"""Samplers that are kept: the same for the same digits, made anew for any others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fanwise.generator.distributions import family
from fanwise.generator.distributions.base import Params
from fanwise.generator.distributions.samplers import sampler_of


def test_the_same_cells_have_one_sampler() -> None:
    gamma = family("gamma")
    first = sampler_of(gamma, [{"mean": 2.0, "shape": 1.5}])

    assert sampler_of(gamma, [{"mean": 2.0, "shape": 1.5}]) is first
    assert sampler_of(gamma, [{"mean": 2.0, "shape": 1.5000001}]) is not first
    assert sampler_of(gamma, [{"mean": 2.0, "shape": 1.5}] * 2) is not first


def test_a_zero_keeps_its_sign() -> None:
    fixed = family("fixed")
    signs = [np.signbit(sampler_of(fixed, [{"value": zero}]).quantile(np.array([0.5]), 0)[0]) for zero in (0.0, -0.0)]

    made = [np.signbit(fixed.sampler([{"value": zero}]).quantile(np.array([0.5]), 0)[0]) for zero in (0.0, -0.0)]
    assert signs == made
    assert sampler_of(fixed, [{"value": 0.0}]) is not sampler_of(fixed, [{"value": -0.0}])


def test_samplers_of_many_cells_are_not_kept() -> None:
    gamma, cells = family("gamma"), [{"mean": 1.0 + n, "shape": 2.0} for n in range(33)]

    assert sampler_of(gamma, cells) is not sampler_of(gamma, cells)


def test_a_family_of_others_that_cannot_be_compared_is_asked_each_time() -> None:
    class Family:
        asked = 0
        __hash__ = None  # type: ignore[assignment]

        def sampler(self, cells: Sequence[Params]) -> int:
            self.asked += 1
            return self.asked

    own: Any = Family()
    assert [sampler_of(own, [{}]), sampler_of(own, [{}])] == [1, 2]
