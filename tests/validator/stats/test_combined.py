"""The combined test beside its oracles: Welch's test for one effect, Hotelling's for two segments, simulation for all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fanwise.validator.stats import combined as module
from fanwise.validator.stats.combined import Block, combined, fisher
from fanwise.validator.stats.descriptive import welch_anova
from fanwise.validator.stats.intervals import Mean

SIZES = (0.4, 0.0, -0.3)


def blocks_of(data: list[np.ndarray], slack: float = 0.0) -> list[Block]:
    """Return segments as blocks: each a unit × effect array, whose means are the gaps."""
    found = []
    for at, units in enumerate(data):
        covariance = np.cov(units, rowvar=False).reshape(units.shape[1], -1) / len(units)
        effects = tuple(range(units.shape[1]))
        found.append(
            Block(
                effects,
                tuple(units.mean(axis=0)),
                tuple(np.diag(covariance)),
                (SIZES[at % 3],) * len(effects),
                tuple(map(tuple, np.corrcoef(units, rowvar=False).reshape(len(effects), -1))),
                (slack,) * len(effects),
                len(units),
            )
        )
    return found


def draws(seed: int, effects: int, sizes: tuple[int, ...] = (40, 90, 60), share: float = 0.0) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [
        generator.normal(0, 1 + at, (n, effects)) + share * generator.normal(0, 1 + at, (n, 1))
        for at, n in enumerate(sizes)
    ]


def test_one_effect_is_welchs_test() -> None:
    for seed in range(200):
        data = draws(seed, 1)
        means = [Mean(float(x.mean()), float(x.var(ddof=1)) / len(x), len(x), len(x)) for x in data]
        ours, welch = combined(blocks_of(data)), welch_anova(means)

        assert ours is not None
        assert welch is not None
        assert ours.ratios == 2
        assert ours.apart == pytest.approx(welch.p, rel=1e-9)


def test_two_large_segments_are_hotellings_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHRINK", 0.0)
    for seed in range(20):
        one, other = draws(seed, 3, (4_000, 6_000), share=1.0)
        apart = one.mean(axis=0) - other.mean(axis=0)
        covariance = np.cov(one, rowvar=False) / len(one) + np.cov(other, rowvar=False) / len(other)
        expected = stats.chi2.sf(apart @ np.linalg.solve(covariance, apart), 3)
        ours = combined(blocks_of([one, other]))

        assert ours is not None
        assert ours.apart == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_p_values_are_uniform_where_all_is_right(share: float) -> None:
    found = [combined(blocks_of(draws(seed, 4, share=share))) for seed in range(1_500)]
    for p in ([each.apart for each in found if each], [each.scale for each in found if each and each.scale]):
        assert len(p) == 1_500
        assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.03)
        assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.06)


def test_one_factor_on_all_effects_is_found_and_told() -> None:
    data = draws(1, 6, (300, 300, 300))
    weaker = [units - 0.45 * size for units, size in zip(data, SIZES, strict=True)]
    found = combined(blocks_of(weaker))

    assert found is not None
    assert found.scale is not None
    assert found.scale < 1e-6 < found.apart < 0.05
    assert found.achieved == pytest.approx(0.55, abs=0.15)
    assert found.p == 2 * found.scale


def test_effects_of_one_size_have_no_scale() -> None:
    blocks = [Block((0,), (gap,), (0.01,), (0.0,), ((1.0,),), (0.0,), 50) for gap in (0.1, 0.0, -0.1)]
    found = combined(blocks)

    assert found is not None
    assert found.scale is None
    assert found.p == found.apart


def test_the_tolerance_is_never_enough() -> None:
    """Exact data that deviate by the tolerance alone: no sample is so large that this fails."""
    slack = math.log1p(0.005)
    blocks = [
        Block((0, 1), (gap, -gap), (1e-12, 1e-12), (0.3 * gap, 0.0), ((1.0, 0.0), (0.0, 1.0)), (slack, slack), 10**6)
        for gap in (slack, -slack, slack, -slack)
    ]
    found = combined(blocks)

    assert found is not None
    assert found.p > 1e-3


def test_effects_that_determine_each_other_do_not_count_twice() -> None:
    """Shares of all values of a column add up to 1; their covariance is singular."""
    data = [np.column_stack([x, -x]) for x in (each[:, 0] for each in draws(3, 1))]
    found, alone = combined(blocks_of(data)), combined(blocks_of([x[:, :1] for x in data]))

    assert found is not None
    assert alone is not None
    assert found.apart > alone.apart / 3


def test_segments_without_a_partner_are_not_tested() -> None:
    one = Block((0,), (0.1,), (0.01,), (0.0,), ((1.0,),), (0.0,), 50)

    assert combined([one]) is None
    assert combined([]) is None
    assert combined([one, Block((1,), (0.1,), (0.01,), (0.0,), ((1.0,),), (0.0,), 50)]) is None
    assert combined([Block((0,), (0.1,), (0.0,), (0.0,), ((1.0,),), (0.0,), 50)] * 2) is None


def test_fisher_is_scipys_with_a_floor() -> None:
    p = [0.2, 0.03, 0.7]

    assert fisher(p) == pytest.approx(stats.combine_pvalues(p, "fisher").pvalue, rel=1e-9)
    assert fisher([1e-300, 0.9]) == pytest.approx(fisher([1e-12, 0.9]), rel=1e-9)
