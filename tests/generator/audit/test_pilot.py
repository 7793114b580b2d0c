"""Pilots: what generated rows show is what the audit measures, and a chance that rests on them is not overstated."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fanwise import validator
from fanwise.generator.api.dataset import Dataset
from fanwise.generator.audit import pilot
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast, forecasts
from fanwise.generator.context import Rows
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator.stats.intervals import compare

SMALL_EFFECT = """
fanwise: 1
name: smalleffect
segments: {tier: {table: customer, share: {VIP: 0.5, Std: 0.5}}}
tables:
  customer: {rows: 1000, key: id, columns: {id: {sequence: {start: 1}}, tier: {segment: tier}}}
  order:
    parent: customer
    fanout: {fixed: 5}
    key: oid
    columns:
      oid: {sequence: {start: 1}}
      cid: {parent: id}
      price: {gamma: {mean: 40, shape: 4}, multiplier: {tier: {VIP: 1.03, Std: 1}}, hidden: true}
      amount: {expr: "round(price * 1.19, 2)"}
audit: {expect: {worth: {mean: order.amount, by: tier, rank: VIP > Std}}}
"""

REVERSED = """
fanwise: 1
name: over
segments: {tier: {table: a, share: {x: 0.5, y: 0.5}}}
tables:
  a:
    rows: 400
    key: id
    columns: {id: {sequence: {}}, tier: {segment: tier}, hot: {expr: "tier = 'x'"}}
audit: {expect: {wrong: {share: a.hot = true, by: tier, rank: y > x}}}
"""

COMPUTED = """
fanwise: 1
name: computed
seed: 3
segments: {tier: {table: customer, share: {VIP: 0.3, Std: 0.7}}, kind: {table: product, share: {hot: 0.4, cold: 0.6}}}
tables:
  customer:
    rows: 500
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      tier: {segment: tier}
      spent: {rollup: {sum: order.amount}}
  product:
    rows: 40
    key: product_id
    columns: {product_id: {sequence: {start: 1}}, kind: {segment: kind}}
  order:
    parent: customer
    fanout: {poisson: {mean: 4}, multiplier: {tier: {VIP: 2, Std: 1}}}
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      product_id: {ref: product, multiplier: {kind: {hot: 3, cold: 1}}, distinct_in: customer, null: 5%}
      base: {gamma: {mean: 30, shape: 3}, multiplier: {tier: {VIP: 1.5, Std: 1}}}
      amount: {expr: "round(base * 1.19, 2)", type: "decimal(10,2)"}
      size: {expr: "CASE WHEN base > 30 THEN 'large' ELSE 'small' END"}
  item:
    parent: order
    fanout: {poisson: {mean: 3}, multiplier: {size: {large: 2, else: 1}}}
    key: [order_id, n]
    columns:
      order_id: {parent: order_id}
      n: {ordinal: {start: 1}}
      price: {expr: "order.amount / 3"}
audit:
  expect:
    spent: {mean: customer.spent, by: tier, rank: VIP > Std}
    amount: {mean: order.amount, by: tier, rank: VIP > Std}
    total: {sum: order.amount, per: customer, by: tier, rank: VIP > Std}
    large: {share: order.size = large, by: tier, rank: VIP > Std}
    items: {count: item, per: order, by: tier, rank: VIP > Std}
    price: {mean: item.price, by: tier, rank: VIP > Std}
    sold: {sum: order.amount, per: product, by: kind, rank: hot > cold}
"""


def planned(text: str, **options: object) -> Plan:
    return compile_plan(load(text), **options)  # type: ignore[arg-type]


def chance(text: str, **options: object) -> float:
    (gate,) = forecast(planned(text, **options)).outlooks
    assert gate.pilot is not None
    assert gate.probability is not None
    return gate.probability


def test_a_pilot_measures_what_the_audit_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw is the data set itself; the audit reads its tables with SQL and finds the same ratios and intervals."""
    monkeypatch.setattr(pilot, "DRAWS", 1)
    plan = planned(COMPUTED)
    contract = compile_contract(plan)
    calls: list[dict[str, validator.Pilot]] = []
    original = pilot.pilots

    def pilots(*given: Any, **options: Any) -> Iterator[tuple[dict[str, validator.Pilot], bool]]:
        for found, last in original(*given, **options):
            calls.append(found)
            yield found, last

    monkeypatch.setattr(pilot, "pilots", pilots)
    forecast(plan, contract)
    asked = calls[0]  # further ones try advice on larger plans
    report = validator.audit(dict(Dataset(plan).items()), contract)
    pairs = {name: pair for each in report.measured for name in each.metrics for pair in each.pairs}

    assert {f"expect.{name}" for name in contract.expectations} <= set(asked)
    for name, found in asked.items():
        high, low = (found.moments[segment].mean(0.0) for segment in (pairs[name].high, pairs[name].low))
        interval = compare(high, low).interval(0.95)
        assert high.value / low.value == pytest.approx(pairs[name].estimate, rel=1e-9), name
        assert interval == pytest.approx((pairs[name].interval.low, pairs[name].interval.high), rel=0.02), name


def test_the_chance_of_a_computed_value_is_that_of_the_formula() -> None:
    """`price` has the same relative spread as `amount`, and known moments."""
    known = SMALL_EFFECT.replace(", hidden: true", "").replace("mean: order.amount", "mean: order.price")
    truth = forecast(planned(known, rows={"customer": 3000})).probability
    found = statistics.mean(chance(SMALL_EFFECT, rows={"customer": 3000}, seed=seed) for seed in range(1, 9))

    assert found == pytest.approx(truth, abs=0.03)


SPENT = SMALL_EFFECT.replace("tier: {segment: tier}}", "tier: {segment: tier}, spent: {rollup: {sum: order.amount}}}")
SPENT = SPENT.replace("fixed: 5", "negbin: {mean: 3, k: 2}").replace("mean: order.amount", "mean: customer.spent")
CHANCES = {
    "expr": (SMALL_EFFECT, (2150, 5150, 10_500)),
    "rollup": (SPENT.replace("1.03", "1.2"), (1050, 2700, 4700)),
    "share": (
        SMALL_EFFECT.replace("round(price * 1.19, 2)", "price > 60")
        .replace("mean: order.amount", "share: order.amount = true")
        .replace("1.03", "1.1"),
        (380, 950, 1700),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 1, 2], ids=["0.5", "0.95", "0.9995"])
@pytest.mark.parametrize("name", CHANCES)
def test_stated_chances_are_those_of_the_audit(name: str, size: int) -> None:
    """Seeds 1 to 100: the mean of the chances stated is at most 2 points above the share of audits that pass.

    Below it may be more: where the pilot is not much larger than the data set, it cannot be as sure as the truth.
    """
    text, rows = CHANCES[name][0], CHANCES[name][1][size]
    stated, passed, seeds = [], [], range(1, 101)
    for seed in seeds:
        plan = planned(text, rows={"customer": rows}, seed=seed)
        stated.append(forecast(plan).probability)
        passed.append(Dataset(plan).audit().exit_code == 0)
    share = statistics.mean(passed)
    error = math.sqrt(max(share * (1 - share), 0.01) / len(seeds))

    assert statistics.mean(stated) <= share + 0.02 + 2 * error
    assert statistics.mean(stated) >= share - 0.05 - 2 * error


def test_the_verdict_says_what_rests_on_a_pilot() -> None:
    found = forecast(planned(SMALL_EFFECT, rows={"customer": 8000}))
    assert found.exit_code == 0
    assert "by a pilot of 8,000 customers, drawn 6 times" in found.verdict

    both = forecast(planned(COMPUTED))
    counts = both.to_dict()
    assert f"; {counts['pilot_gates']} rest on pilots of 500 customers" in both.verdict
    assert counts["forecast_gates"] == len(both.outlooks)
    json.dumps(counts, allow_nan=False)


def test_what_the_values_deny_is_certain_to_fail() -> None:
    found = forecast(planned(REVERSED))

    assert found.exit_code == 1
    assert "share a.hot = true: y/x should be higher, the plan gives 0×" in found.verdict


def test_chance_alone_denies_nothing() -> None:
    """Equal segments lie on either side of one another in a pilot; each of them can pass."""
    equal = SMALL_EFFECT.replace("VIP: 1.03", "VIP: 1")
    for seed in range(1, 9):
        found = forecast(planned(equal, rows={"customer": 200}, seed=seed))
        assert (found.contradictions, found.exit_code) == ((), 3)


@pytest.mark.parametrize(
    "column",
    ["{expr: 'price * 2'}", "{expr: 'CASE WHEN price > 3 THEN price ELSE 0 END'}"],
)
def test_what_is_computed_from_a_value_of_infinite_variance_stays_unknown(column: str) -> None:
    text = SMALL_EFFECT.replace("gamma: {mean: 40, shape: 4}", "pareto: {min: 1, alpha: 1.5}")
    found = forecast(planned(text.replace('{expr: "round(price * 1.19, 2)"}', column)))

    assert (found.probability, found.exit_code) == (None, 0)
    assert "mean order.amount depends on order.price, which has no finite variance" in found.verdict


def test_a_share_and_a_bounded_value_have_a_variance() -> None:
    wild = SMALL_EFFECT.replace("gamma: {mean: 40, shape: 4}", "pareto: {min: 1, alpha: 1.5}")
    bounded = wild.replace("hidden: true", "clamp: [1, 50], hidden: true")
    share = wild.replace("round(price * 1.19, 2)", "price > 3").replace(
        "mean: order.amount", "share: order.amount = true"
    )

    assert 0 < chance(bounded) < 1
    assert 0 < chance(share) < 1


def test_a_large_table_is_sampled_all_over_at_a_bounded_cost() -> None:
    """Every third customer is dear, and the later ones are dearer: a stretch of the table would be biased."""
    text = SMALL_EFFECT.replace("round(price * 1.19, 2)", "price * (1 + cid % 3) * (1 + cid / 300000)")
    found = forecast(planned(text, rows={"customer": 300_000}))
    (gate,) = found.outlooks

    assert gate.pilot == validator.PilotSize("customer", 50_000, 1)
    assert gate.effective == pytest.approx(1.03, abs=0.02)
    assert found.to_dict()["gates"][0]["pilot"] == {"table": "customer", "rows": 50_000, "draws": 1}


def test_a_pilot_is_a_function_of_the_schema_and_the_seed() -> None:
    assert chance(SMALL_EFFECT) == chance(SMALL_EFFECT)
    assert chance(SMALL_EFFECT, seed=5) != chance(SMALL_EFFECT)


def test_rows_counted_by_a_reference_need_the_whole_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pilot, "COST", 1000)
    found = {gate.metric: gate for gate in forecast(planned(COMPUTED)).outlooks}

    assert found["expect.sold"].unknown == "counts rows by a reference, more than a pilot makes"
    assert found["expect.items"].pilot == validator.PilotSize("customer", found["expect.items"].pilot.rows, 1)
    assert found["expect.items"].pilot.rows < 100


def test_no_draw_makes_more_rows_than_a_pilot_may_whatever_it_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    """One customer in 300 has nearly all orders: whether a draw meets it is luck, and so must the cost not be."""
    text = SMALL_EFFECT.replace("{fixed: 5}", "{fixed: {hot: {true: 40000, else: 1}}}")
    text = text.replace("tier: {segment: tier}}", "tier: {segment: tier}, hot: {expr: id % 300 = 7}}", 1)
    monkeypatch.setattr(pilot, "MOST", 30_000)
    made: list[int] = []
    below = Rows.below
    monkeypatch.setattr(Rows, "below", lambda *given: made.append(int(given[-1].sum())) or below(*given))
    plan = planned(text, rows={"customer": 600})
    made.clear()
    (gate,) = forecast(plan).outlooks

    assert gate.unknown == "counts more rows below one row than a pilot makes"
    assert max(made, default=0) <= 30_000


def test_a_small_pilot_knows_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the effect is clear, the chance falls with the size of the pilot, towards 1/2."""
    text = SMALL_EFFECT.replace("1.03", "1.06")
    found = []
    for cost in (1_000_000, 30_000, 6_000):
        monkeypatch.setattr(pilot, "COST", cost)
        found.append(statistics.mean(chance(text, rows={"customer": 2000}, seed=seed) for seed in (1, 2, 3)))

    assert found[0] > found[1] > found[2] > 0.4
    assert not any(math.isnan(each) for each in found)


def test_a_pilot_leaves_given_rows_alone() -> None:
    text = SMALL_EFFECT.replace(
        "tables:\n", "tables:\n  plan: {values: [{code: a, price: 1}, {code: b, price: 2}], key: code, columns: {}}\n"
    )
    assert chance(text) == chance(SMALL_EFFECT)


def test_rows_counted_by_a_reference_are_made_whole_up_to_a_million() -> None:
    text = SMALL_EFFECT.replace("    parent: customer\n    fanout: {fixed: 5}\n", "    rows: 90000\n")
    text = text.replace("cid: {parent: id}", "cid: {ref: customer}").replace("rows: 1000", "rows: 60000")
    (gate,) = forecast(planned(text)).outlooks
    (more,) = forecast(planned(text, rows={"order": 1_100_000})).outlooks

    assert gate.pilot == validator.PilotSize("customer", 60_000, 1)
    assert more.unknown == "counts rows by a reference, more than a pilot makes"


def test_many_values_of_one_customer_do_not_hide_a_mean() -> None:
    """What could hide a difference of means is a huge value, not a customer with a great number of usual ones."""
    rng = np.random.default_rng(1)
    x = np.floor(rng.pareto(1.2, 4000)) + 1
    sums, means = (
        pilot._measured(*each, 1.0, heavy=True) for each in ((np.ones(4000), x), (x, 5 * x + rng.normal(size=4000)))
    )

    assert max(times for _, times in sums.tail) > 50
    assert max(times for _, times in means.tail) < 5


def test_the_draws_of_a_pilot_are_those_of_the_plan_with_their_seed() -> None:
    plan = compile_plan(load(COMPUTED))

    made = [list(generate(other, threads=1)) for other in (plan.reseeded(11), plan.again(seed=11))]

    for quick, slow in zip(*made, strict=True):
        assert quick.keys() == slow.keys()
        assert all(quick[name].equals(slow[name]) for name in slow)


def test_a_draw_binds_no_column_that_nobody_asks_for() -> None:
    """The columns of a further draw are bound one by one, and expected rows are not worked out again."""
    plan = planned(COMPUTED)
    other = plan.reseeded(11)

    assert other.profiles is plan.profiles
    bound = {name: set(table.columns._bound) for name, table in other.tables.items()}  # type: ignore[attr-defined]
    assert not any(bound.values())
    for name, table in plan.tables.items():
        assert list(other.tables[name].columns) == list(table.columns)
        assert len(other.tables[name].columns) == len(table.columns)


@pytest.mark.parametrize("name", ["bank", "clinic"])
def test_a_first_forecast_needs_few_draws_and_has_the_same_verdict(name: str) -> None:
    plan = planned(name)
    contract = compile_contract(plan)

    (early, unsure), (found, last) = forecasts(plan, contract)

    assert (unsure, last) == (False, True)
    assert found == forecast(plan, contract)
    assert early.passes
    assert found.passes
    draws = [
        [gate.pilot.draws for gate in each.outlooks if gate.pilot is not None and not gate.integrity]
        for each in (early, found)
    ]
    assert all(few < all_ for few, all_ in zip(*draws, strict=True))
    assert draws[0]


def test_a_forecast_that_may_turn_out_otherwise_waits_for_all_draws() -> None:
    plan = planned(SMALL_EFFECT)

    ((found, last),) = forecasts(plan, compile_contract(plan))

    assert last
    assert found.by_pilot is not None
    assert found.by_pilot < 0.99
