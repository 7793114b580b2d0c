"""Correlated columns keep all laws: chunks, threads, shards, single rows, large tables, and rows added later."""

from __future__ import annotations

from functools import cache

import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.api.dataset import dataset
from tests.invariants.laws import Frames, assert_laws, tables

pytestmark = pytest.mark.system

SCHEMA = """
fanwise: 1
name: correlated
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.4, Basic: 0.6}}
tables:
  region: {rows: 9, key: id, columns: {id: {sequence: {}}, wealth: {lognormal: {mean: 10, sd: 5}}}}
  customer:
    rows: 60
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      region_id: {ref: region, null: 30%}
      level: {normal: {mean: 0, sd: 1}}
      income: {gamma: {mean: 120, shape: 30}, correlate: {level: {tier: {VIP: 0.8, Basic: -0.3}}, region_id.wealth: 0.4}}
  order:
    parent: customer
    fanout: {negbin: {mean: 3, k: 1}, multiplier: {tier: {VIP: 2, Basic: 1}}, correlate: {level: 0.7}}
    key: id
    columns:
      id: {sequence: {}}
      customer_id: {parent: id}
      amount: {lognormal: {mean: 70, sd: 50}, correlate: {customer.income: 0.3}, alike: {customer: 0.4}, round: 2}
      at: {timestamp: {between: [window.start, window.end]}, correlate: {amount: -0.5, customer.region_id.wealth: 0.3}}
      late: {boolean: {p: 0.2}, correlate: {at: 0.9}}
  item:
    parent: order
    fanout: {poisson: {mean: 2}, alike: {customer: 0.3}, correlate: {amount: 0.4}}
    key: id
    columns:
      id: {sequence: {}}
      order_id: {parent: id}
      bought: {ref: order}
      n: {poisson: {mean: 2}, alike: {customer: 0.2, order: 0.5}, correlate: {bought.amount: 0.3}}
"""


@cache
def whole() -> Frames:
    return assert_laws(SCHEMA)


def test_the_laws() -> None:
    assert len(whole()["item"]) > 100


def test_more_customers_leave_the_others_alone() -> None:
    more = tables(SCHEMA, rows={"customer": 90})

    assert_frame_equal(more["customer"][:60], whole()["customer"])
    assert_frame_equal(more["order"].filter(more["order"]["customer_id"] <= 60), whole()["order"])


def test_an_added_column_changes_no_other() -> None:
    more = SCHEMA.replace(
        "      amount:", "      extra: {normal: {mean: 0, sd: 1}, correlate: {amount: 0.5}}\n      amount:"
    )
    found = tables(more)

    assert_frame_equal(found["order"].drop("extra"), whole()["order"])
    assert_frame_equal(found["item"], whole()["item"])


def test_a_subtree_has_the_rows_of_the_whole() -> None:
    found = dataset(SCHEMA).subtree("customer", 7)
    order = whole()["order"].filter(customer_id=whole()["customer"]["id"][7])

    assert_frame_equal(found["customer"], whole()["customer"][7:8])
    assert_frame_equal(found["order"], order)
    assert_frame_equal(found["item"], whole()["item"].filter(whole()["item"]["order_id"].is_in(order["id"].implode())))


def test_a_changed_segment_leaves_the_other_alone() -> None:
    changed = tables(SCHEMA.replace("VIP: 0.8", "VIP: 0.1"))
    for tier, same in (("VIP", False), ("Basic", True)):
        a, b = (each["customer"].filter(tier=tier)["income"] for each in (changed, whole()))
        assert a.equals(b) is same


def test_a_pin_moves_the_value_and_not_the_draw() -> None:
    pinned = dataset(SCHEMA, pin={"customer": {4: {"level": 9.0}}})

    assert pinned["customer"]["level"][4] == 9.0
    assert_frame_equal(pinned["customer"].drop("level"), whole()["customer"].drop("level"))
    assert_frame_equal(pinned["order"], whole()["order"])


def test_an_explanation_tells_the_scores() -> None:
    told = str(dataset(SCHEMA).explain("order", row=0, column="amount"))

    assert "of customer.income" in told
    assert "of customer " in told
    assert "weight" in told
