"""Rows with common draws: what the audit and the forecast take as independent leaves them out."""

from __future__ import annotations

import pytest

from fanwise.generator.api.dataset import dataset
from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.audit.forecast import moments_of
from fanwise.generator.language import load
from fanwise.generator.moments.dependence import is_shared, is_size_biased
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: healthy
window: {start: 2024-01-01, end: 2025-01-01}
segments: {tier: {table: customer, share: {VIP: 0.4, Basic: 0.6}}}
tables:
  region: {rows: 20, key: id, columns: {id: {sequence: {}}, wealth: {lognormal: {mean: 10, sd: 5}}}}
  customer:
    rows: 600
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      region_id: {ref: region}
      level: {normal: {mean: 0, sd: 1}}
      smoker: {boolean: {p: 0.3}, correlate: {level: 0.5}, multiplier: {tier: {VIP: 0.5, Basic: 1}}}
      income: {gamma: {mean: 120, shape: 30}, correlate: {region_id.wealth: 0.6}}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}, multiplier: {tier: {VIP: 2, Basic: 1}}, correlate: {level: 0.7}}
    key: id
    columns:
      id: {sequence: {}}
      customer_id: {parent: id}
      amount: {lognormal: {mean: 70, sd: 50}, multiplier: {tier: {VIP: 1.3, Basic: 1}}, correlate: {customer.level: 0.5}}
      late: {boolean: {p: 0.2}, alike: {customer: 0.3}, multiplier: {tier: {VIP: 0.5, Basic: 1}}}
      tax: {normal: {mean: 9, sd: 1}, correlate: {amount: 0.5}}
      weight: {normal: {mean: 9, sd: 1}}
  item:
    parent: order
    fanout: {poisson: {mean: 2}, multiplier: {tier: {VIP: 2, Basic: 1}}, alike: {customer: 0.2}}
    columns: {order_id: {parent: id}}
"""


@pytest.mark.parametrize(
    ("table", "column", "shared", "biased"),
    [
        ("customer", "level", False, False),
        ("customer", "smoker", False, False),
        ("customer", "income", True, False),
        ("order", "amount", True, True),
        ("order", "late", True, False),
        ("order", "tax", True, True),
        ("order", "weight", False, False),
    ],
)
def test_rows_that_go_along_with_others(table: str, column: str, *, shared: bool, biased: bool) -> None:
    plan = compile_plan(load(SCHEMA))
    kind = plan.tables[table].columns[column].generator

    assert is_shared(kind) is shared
    assert is_size_biased(plan.tables, table, kind) is biased


def test_the_contract_promises_what_the_data_keep() -> None:
    plan = compile_plan(load(SCHEMA))
    contract = compile_contract(plan)

    tested = {(law.table, law.column) for law in contract.distributions}
    assert {("customer", "smoker"), ("order", None), ("order", "weight")} <= tested
    assert not tested & {("customer", "income"), ("order", "amount"), ("order", "late"), ("item", None)}
    assert contract.effects["value.order.amount.tier"].claim == "direction"
    assert contract.effects["share.order.late.tier"].claim == "ratio"
    assert contract.effects["fanout.order.tier"].dispersion == 1.0
    assert contract.effects["fanout.item.tier"].dispersion is None
    told = [problem.code for problem in warnings(plan)]  # the last one: incomes have the draws of 20 regions in common
    assert told == ["FW-PLAN-ORDER-ONLY", "FW-PLAN-FEW-ROWS"]


def test_the_forecast_uses_no_formula_for_independent_rows() -> None:
    plan = compile_plan(load(SCHEMA))
    unknown: dict[str, str] = {}
    known = moments_of(plan, compile_contract(plan), unknown)

    assert {"share.customer.smoker.tier", "fanout.order.tier"} <= known.keys()
    assert unknown.keys() >= {"value.order.amount.tier", "share.order.late.tier", "fanout.item.tier"}


@pytest.mark.parametrize("seed", [1, 2])
def test_correlated_data_pass_their_audit(seed: int) -> None:
    report = dataset(SCHEMA, seed=seed).audit()

    assert not {finding.status.name for finding in report.findings} & {"FAIL", "WARN", "ERROR"}
