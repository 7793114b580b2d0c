"""The chance to be drawn without replacement, beside a simulation, and what a plan says of the ratio."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.language import load
from fanwise.generator.moments.distinct import chance_to_be_drawn
from fanwise.generator.plan import Plan, compile_plan


def plan_of(products: int, fanout: str, more: str = "") -> Plan:
    return compile_plan(
        load(f"""
fanwise: 1
name: distinct
segments: {{mood: {{table: product, share: {{hot: 0.3, cold: 0.7}}}}}}
tables:
  product: {{rows: {products}, key: id, columns: {{id: {{sequence: {{}}}}, mood: {{segment: mood}}}}}}
  basket: {{rows: 500, key: id, columns: {{id: {{sequence: {{}}}}}}}}
  item:
    parent: basket
    fanout: {fanout}
    key: [id, n]
    columns:
      id: {{parent: id}}
      n: {{ordinal: {{}}}}
      product_id: {{ref: product, distinct_in: basket{more}, multiplier: {{mood: {{hot: 4, cold: 1}}}}}}
""")
    )


def simulated(weights: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Return how often each row is drawn, where each group draws rows one after the other without replacement."""
    generator = np.random.default_rng(3)
    drawn = np.zeros(len(weights))
    for size in sizes * 4000:
        # Efraimidis and Spirakis 2006: the largest keys u^(1/w) are a draw without replacement.
        keys = generator.exponential(size=len(weights)) / weights
        drawn[np.argpartition(keys, size - 1)[:size]] += 1
    return drawn / len(sizes) / 4000


@pytest.mark.parametrize(
    ("products", "fanout", "sizes"), [(30, "{fixed: 6}", [6]), (60, "{integer: {min: 2, max: 8}}", list(range(2, 9)))]
)
def test_the_ratio_is_that_of_a_simulation(products: int, fanout: str, sizes: list[int]) -> None:
    plan = plan_of(products, fanout)
    ref = plan.tables["item"].columns["product_id"].generator.reference
    assert ref is not None
    law = chance_to_be_drawn(plan.profiles, plan.tables, "item", ref)
    assert law is not None
    (covariate,) = law.covariates
    hot, cold = (law.mean({covariate: mood}) or 0.0 for mood in ("hot", "cold"))
    part = simulated(np.repeat([4.0, 1.0], [round(0.3 * products), round(0.7 * products)]), sizes)
    edge = round(0.3 * products)

    assert hot / cold == pytest.approx(part[:edge].mean() / part[edge:].mean(), rel=0.02)


def test_a_plan_says_how_a_small_table_bends_the_ratio_and_claims_that_of_a_large_one() -> None:
    small, large = plan_of(30, "{fixed: 6}"), plan_of(3000, "{fixed: 3}")
    told = [str(problem) for problem in warnings(small)]

    assert compile_contract(small).effects["ref.item.product_id.mood"].claim == "direction"
    assert len(told) == 1
    assert "order only: hot/cold declared 4.00×, 3.35× where the rows below one basket differ" in told[0]
    assert compile_contract(large).effects["ref.item.product_id.mood"].claim == "ratio"
    assert not warnings(large)


def test_weights_without_a_formula_leave_the_order() -> None:
    plan = plan_of(30, "{fixed: 2}", ", weight: id")

    assert compile_contract(plan).effects["ref.item.product_id.mood"].claim == "direction"
    assert ["`distinct_in`" in str(problem) for problem in warnings(plan)] == [True]
