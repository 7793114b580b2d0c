"""Expected rows and profiles against enumeration by hand, moments of cells against scipy, totals against rows drawn."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

import fanwise
from fanwise.generator.language import load
from fanwise.generator.language.spec import Covariate, Path, Step
from fanwise.generator.moments.laws import Unknown
from fanwise.generator.moments.propagation import Measured, MomentPropagation
from fanwise.generator.plan import Plan, compile_plan

SHOP = """
fanwise: 1
name: shop
seed: 4
segments: {tier: {table: customer, share: {VIP: 0.25, Std: 0.75}}}
tables:
  place: {rows: 8, key: p, columns: {p: {sequence: {}}, zone: {choice: {north: 3, south: 1}}}}
  customer:
    rows: 4000
    key: id
    columns: {id: {sequence: {}}, tier: {segment: tier}, mood: {choice: {good: {tier: {VIP: 9, Std: 1}}, bad: 1}, null: 10%}}
  order:
    parent: customer
    fanout: {poisson: {mean: 2}, multiplier: {tier: {VIP: 3, Std: 1}, mood: {good: 2, else: 1}}}
    columns:
      id: {parent: id}
      level: {parent: tier}
      copy: {expr: customer.mood}
      at: {ref: place, multiplier: {zone: {north: 1, south: 3}}}
      paid: {normal: {mean: {tier: {VIP: 50, Std: 20}}, sd: 4}, clamp: [15, 60], round: 0, null: 5%}
      odd: {expr: upper(copy)}
"""
TIER: Covariate = ((), "level")
ZONE: Covariate = ((Step("place", "at"),), "zone")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load(SHOP))


def mean_of(tier: str, mood: str | None) -> float:
    return 2.0 * (3.0 if tier == "VIP" else 1.0) * (2.0 if mood == "good" else 1.0)


def share_of(tier: str, mood: str | None) -> float:
    good = 0.9 if tier == "VIP" else 0.5
    share = {"VIP": 0.25, "Std": 0.75}[tier]
    return share * (0.1 if mood is None else 0.9 * (good if mood == "good" else 1 - good))


CASES = [(tier, mood) for tier in ("VIP", "Std") for mood in ("good", "bad", None)]


def test_rows_are_the_sum_over_all_profiles(plan: Plan) -> None:
    expected = 4000 * sum(share_of(*case) * mean_of(*case) for case in CASES)

    assert plan.profiles.rows("order") == pytest.approx(expected, rel=1e-12)


def test_a_profile_of_a_child_is_weighted_by_the_fanout(plan: Plan) -> None:
    found = {profile[TIER]: mass for profile, mass in plan.profiles.of("order", [TIER])}
    for tier in ("VIP", "Std"):
        expected = 4000 * sum(share_of(t, mood) * mean_of(t, mood) for t, mood in CASES if t == tier)
        assert found[tier] == pytest.approx(expected, rel=1e-12)


def test_what_is_behind_a_reference_is_weighted_by_its_multiplier(plan: Plan) -> None:
    found = {profile[ZONE]: mass for profile, mass in plan.profiles.of("order", [ZONE])}

    assert found["south"] / found["north"] == pytest.approx(3 * 1 / (1 * 3))


def test_a_copied_column_is_known_and_a_computed_one_is_not(plan: Plan) -> None:
    assert plan.profiles.knows("order", ((), "copy"))
    assert not plan.profiles.knows("order", ((), "odd"))
    assert plan.profiles.knows("order", ZONE)


@pytest.mark.parametrize(("tier", "mean"), [("VIP", 50.0), ("Std", 20.0)])
def test_moments_heed_bounds_rounding_and_nulls(plan: Plan, tier: str, mean: float) -> None:
    column = plan.tables["order"].columns["paid"]
    (covariate,) = column.covariates
    found = column.moments({covariate: tier})
    whole = np.arange(15, 61)
    edges = stats.norm(mean, 4).cdf(np.concatenate([[-math.inf], whole[:-1] + 0.5, [math.inf]]))
    exact = stats.rv_discrete(values=(whole, np.diff(edges)))

    assert found is not None
    assert found.chance == pytest.approx(0.95)
    assert found.mean == pytest.approx(exact.mean(), rel=1e-4)
    assert found.variance == pytest.approx(exact.var(), rel=0.01)


def test_totals_are_those_of_the_rows(plan: Plan) -> None:
    up = Path("tier", "order", (Step("customer"),), "customer", "tier", "tier")
    found = MomentPropagation(plan.profiles, plan.tables, Measured(up, "paid")).totals(("VIP", "Std"))
    made = fanwise.dataset(SHOP)
    per = made["customer"].join(
        made["order"].group_by("id").agg(n=pl.col("paid").count(), y=pl.col("paid").sum()), on="id", how="left"
    )
    for tier, (carriers, totals, _) in found.items():
        own = per.filter(tier=tier).fill_null(0)
        assert carriers == pytest.approx(len(own), rel=0.01)
        assert own["n"].mean() == pytest.approx(totals.x, abs=5 * math.sqrt(totals.xx / carriers))
        assert own["y"].mean() == pytest.approx(totals.y, abs=5 * math.sqrt(totals.yy / carriers))
        assert own["y"].var() == pytest.approx(totals.yy, rel=0.15)


def test_a_computed_value_has_no_moments(plan: Plan) -> None:
    up = Path("tier", "order", (Step("customer"),), "customer", "tier", "tier")

    with pytest.raises(Unknown):
        MomentPropagation(plan.profiles, plan.tables, Measured(up, "odd")).totals(("VIP",))
