"""Heavy tails: one huge value may hide a difference, so a chance that takes the mean for normal is too high."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator import Forecast, Status
from fanwise.validator.stats.intervals import Mean, compare, steadied
from fanwise.validator.stats.power import power
from tests.validator.statistics.many import frames_of

TEXT = """
fanwise: 1
name: heavy
segments: {tier: {table: c, share: {VIP: 0.5, Std: 0.5}}}
tables:
  c: {rows: ROWS, key: id, columns: {id: {sequence: {}}, tier: {segment: tier}}}
  o:
    parent: c
    fanout: {fixed: 1}
    columns: {id: {parent: id}, v: {LAW, multiplier: {tier: {VIP: RATIO, Std: 1}}, round: 2}}
"""

Draw = Callable[[np.random.Generator, int], np.ndarray]
LAWS: dict[str, tuple[str, Draw]] = {
    "lognormal 2": (
        f"lognormal: {{mean: 50, sd: {50 * math.sqrt(math.exp(4) - 1):.4f}}}",
        lambda rng, n: rng.lognormal(-2, 2, n),
    ),
    "lognormal 1": (
        f"lognormal: {{mean: 50, sd: {50 * math.sqrt(math.e - 1):.4f}}}",
        lambda rng, n: rng.lognormal(-0.5, 1, n),
    ),
    "pareto 3": ("pareto: {min: 10, alpha: 3}", lambda rng, n: (rng.pareto(3, n) + 1) * 2 / 3),
    "pareto 2.1": ("pareto: {min: 10, alpha: 2.1}", lambda rng, n: (rng.pareto(2.1, n) + 1) * 1.1 / 2.1),
    "exponential": ("exponential: {mean: 50}", lambda rng, n: rng.exponential(1, n)),
    "gamma": ("gamma: {mean: 50, shape: 0.3}", lambda rng, n: rng.gamma(0.3, 1 / 0.3, n)),
}

# Law, rows, ratio, and the share of 500 to 2,000 simulated data sets whose direction was shown (see the slow test).
TRUTH = [
    ("lognormal 2", 36_000, 1.65, 0.974),
    ("lognormal 2", 8000, 2.5, 0.965),
    ("lognormal 2", 8000, 4.0, 0.991),
    ("lognormal 2", 36_000, 2.5, 0.996),
    ("lognormal 1", 1000, 1.65, 0.995),
    ("lognormal 1", 120, 4.0, 0.984),
    ("pareto 3", 1000, 1.3, 0.988),
    ("pareto 2.1", 8000, 1.3, 0.983),
    ("pareto 2.1", 36_000, 1.3, 0.996),
    ("exponential", 120, 2.5, 0.957),
    ("exponential", 8000, 1.1, 0.880),
    ("gamma", 1000, 1.65, 0.8745),
]


def stated(law: str, rows: int, ratio: float) -> float:
    text = TEXT.replace("ROWS", str(rows)).replace("RATIO", str(ratio)).replace("LAW", LAWS[law][0])
    (gate,) = forecast(compile_plan(load(text))).outlooks
    return gate.probability


@pytest.mark.parametrize(("law", "rows", "ratio", "truth"), TRUTH)
def test_the_chance_is_that_of_simulated_data(law: str, rows: int, ratio: float, truth: float) -> None:
    assert stated(law, rows, ratio) == pytest.approx(truth, abs=0.02)


def test_a_lognormal_of_sigma_2_is_never_almost_certain_where_it_is_not() -> None:
    """The noncentral t says 0.9995 here, and 250 of 260 data sets (0.962) passed."""
    cv2 = math.exp(4) - 1
    plain = [Mean(mean, cv2 * mean**2 / 18_000, 18_000, 18_000.0) for mean in (1.65, 1.0)]

    assert power(*plain, 1e-3) > 0.999
    assert 0.96 < stated("lognormal 2", 36_000, 1.65) < 0.99


def test_a_chance_that_heavy_tails_make_too_low_is_called_a_lower_bound() -> None:
    def outlook(law: str, ratio: float) -> Forecast:
        text = TEXT.replace("ROWS", "8000").replace("RATIO", str(ratio)).replace("LAW", LAWS[law][0])
        return forecast(compile_plan(load(text)))

    heavy, surer, light = outlook("lognormal 2", 1.45), outlook("lognormal 2", 4.0), outlook("exponential", 1.08)

    assert [each.outlooks[0].heavy for each in (heavy, surer, light)] == [True, False, False]
    assert heavy.exit_code == 3
    assert "mean o.v: heavy tails, a few huge values decide, so this is a lower bound" in heavy.verdict
    assert f"≥ {heavy.outlooks[0].probability:.3f}" in heavy.text()
    assert "heavy" not in surer.verdict + light.verdict


def test_the_report_says_that_a_few_huge_values_are_why_nothing_is_decided() -> None:
    text = TEXT.replace("ROWS", "4000").replace("RATIO", "1.2").replace("LAW", LAWS["lognormal 2"][0])
    plan = compile_plan(load(text), seed=2)
    report = validator.audit(frames_of(plan), compile_contract(plan), threads=1)
    (found,) = (each for each in report.findings if each.check == "direction")

    assert found.status is Status.INCONCLUSIVE
    assert "too little data to decide, as a few huge values make much of the total" in found.message


def test_light_tails_leave_the_chance_alone() -> None:
    text = TEXT.replace("ROWS", "400").replace("RATIO", "1.2").replace("LAW", "normal: {mean: 50, sd: 40}")
    plan = compile_plan(load(text))
    (gate,) = forecast(plan).outlooks
    means = [Mean(mean, 1600 * (mean / 50) ** 2 / 200, 200, 200.0) for mean in (60, 50)]

    assert gate.probability == pytest.approx(power(*steadied(means), 1e-3), abs=1e-3)


def test_a_tail_only_takes_away() -> None:
    tail = tuple((10.0**-k, 10.0 ** (k / 2)) for k in range(1, 12))
    for mean in (1.1, 1.3, 1.6, 3.0):
        high, low = (Mean(value, 4 * value**2 / 500, 500, 500.0) for value in (mean, 1.0))
        heavy = [Mean(m.value, m.variance, m.n, m.total, tail=tail) for m in (high, low)]

        assert 0.0 <= power(*heavy, 1e-3) <= power(high, low, 1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("law", "rows", "ratio", "truth"), TRUTH)
def test_the_truth_is_what_simulations_give(law: str, rows: int, ratio: float, truth: float) -> None:
    """Seed 1: as many data sets as make 20 million values, at most 2,000."""
    rng, draw, each = np.random.default_rng(1), LAWS[law][1], rows // 2
    reps, shown = min(2000, 20_000_000 // rows), 0
    for _ in range(reps):
        samples = draw(rng, each) * ratio, draw(rng, each)
        means = [Mean(float(x.mean()), float(x.var(ddof=1)) / each, each, float(each)) for x in samples]
        shown += compare(*steadied(means)).p_value(1.0, "greater") <= 1e-3

    assert shown / reps == pytest.approx(truth, abs=0.003 + 3 * math.sqrt(truth * (1 - truth) / reps))
