"""The claims of a contract as plain SQL: they hold on the data of the schema, and fail where an effect is lost."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pytest

import fanwise
from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.validator.exports.claims import claims_of, unheld

SHOP = """\
fanwise: 1
name: shop
segments: {tier: {table: customer, share: {gold: 0.3, basic: 0.7}, rank: gold > basic}}
tables:
  customer: {rows: 600, key: customer_id, columns: {customer_id: {sequence: {}}, tier: {segment: tier}, age: {integer: {min: 18, max: 90}}}}
  purchase:
    parent: customer
    fanout: {poisson: {mean: 6}, multiplier: {tier: {gold: 2, basic: 1}}}
    key: purchase_id
    columns:
      purchase_id: {sequence: {}}
      customer_id: {parent: customer_id}
      amount: {lognormal: {mean: 40, sd: 25}, multiplier: {tier: {gold: 1.5, basic: 1}}, round: 2}
      late: {boolean: {p: 0.1}, multiplier: {tier: {gold: 1, basic: 3}}}
      balance: {expr: "amount - 1000"}
checks: [amount > 0]
audit: {expect: {spent: {sum: purchase.amount, by: tier, rank: gold > basic, ratio: {gold / basic: [2.5, 3.5]}}}}
"""


def broken(contract: validator.Contract, db: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    found = {claim.name: db.execute(claim.sql).fetchall() for claim in claims_of(contract)}
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture(scope="module")
def contract() -> validator.Contract:
    return compile_contract(fanwise.dataset(SHOP).plan)


@pytest.fixture
def db() -> duckdb.DuckDBPyConnection:
    return fanwise.dataset(SHOP).to_duckdb()


def test_every_declared_effect_expectation_share_and_condition_is_a_claim(contract: validator.Contract) -> None:
    assert [claim.name for claim in claims_of(contract)] == [
        "fanout_purchase_tier",
        "value_purchase_amount_tier",
        "share_purchase_late_tier",
        "expect_spent",
        "share_tier",
        "check_purchase_1",
    ]
    assert "columns that are computed from others" in unheld(contract)


def test_they_hold_on_the_data_of_the_schema(contract: validator.Contract, db: duckdb.DuckDBPyConnection) -> None:
    assert broken(contract, db) == {}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("UPDATE purchase SET amount = 40", {"value_purchase_amount_tier", "expect_spent"}),
        ("UPDATE purchase SET late = purchase_id % 4 = 0", {"share_purchase_late_tier"}),
        (
            "DELETE FROM purchase WHERE purchase_id % 2 = 0 AND customer_id IN (SELECT customer_id FROM customer WHERE tier = 'gold')",
            {"fanout_purchase_tier", "expect_spent"},
        ),
        ("UPDATE purchase SET amount = -1 WHERE purchase_id = 7", {"check_purchase_1"}),
        ("UPDATE customer SET tier = 'silver' WHERE customer_id = 7", {"share_tier"}),
        ("DELETE FROM purchase", {"value_purchase_amount_tier", "share_purchase_late_tier", "fanout_purchase_tier", "expect_spent"}),
    ],
)  # fmt: skip
def test_each_fails_where_the_data_contradict_it(
    contract: validator.Contract, db: duckdb.DuckDBPyConnection, change: str, names: set[str]
) -> None:
    db.execute(
        "CREATE TABLE c2 AS FROM customer; CREATE TABLE p2 AS FROM purchase; DROP TABLE purchase; DROP TABLE customer"
    )
    db.execute("ALTER TABLE c2 RENAME TO customer; ALTER TABLE p2 RENAME TO purchase")
    db.execute(change)

    assert set(broken(contract, db)) == names


def test_a_few_rows_contradict_nothing() -> None:
    """10 customers are too few to exclude that the effect is as declared, whatever their order is."""
    ds = fanwise.dataset(SHOP, rows={"customer": 10})

    assert broken(compile_contract(ds.plan), ds.to_duckdb()) == {}


READY: Mapping[str, Mapping[str, int]] = {
    "bank": {"customer": 300}, "buytilldie": {}, "clinic": {"patient": 800}, "crm": {}, "ecommerce": {}, "ecommerce_flat": {},
    "marketplace": {"customer": 400}, "subscriptions": {"account": 400},
}  # fmt: skip


@pytest.mark.system
@pytest.mark.parametrize("name", READY)
def test_the_claims_of_the_ready_datasets_hold(name: str) -> None:
    """Exposures, paths over several tables, composite keys, negative means and ranks without an effect."""
    ds = fanwise.dataset(name, rows=READY[name])

    assert broken(compile_contract(ds.plan), ds.to_duckdb()) == {}


@pytest.mark.slow
def test_correct_data_fail_a_claim_hardly_ever() -> None:
    """100 data sets, 5 claims on segments each. A claim without a band (a share) fails at most once in 1000."""
    failed = 0
    for seed in range(100):
        ds = fanwise.dataset(SHOP, seed=seed, rows={"customer": 150})
        failed += len(broken(compile_contract(ds.plan), ds.to_duckdb()))

    assert failed <= 1
