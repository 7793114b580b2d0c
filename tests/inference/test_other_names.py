"""Foreign keys whose name is not that of the table: found by their values, unless chance may explain these.

And tables whose names say where in a pipeline they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import fanwise
from fanwise import validator
from fanwise.generator.api import dataset as api
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan


def source(keys: Any, column: str, table: str = "customers") -> dict[str, pl.DataFrame]:
    random = np.random.default_rng(1)
    known = np.asarray(keys)
    tier = np.where(np.arange(len(known)) % 3 == 0, "gold", "basic")
    of = np.repeat(known, random.poisson(5, len(known)))
    orders = pl.DataFrame({"id": np.arange(10_001, 10_001 + len(of)), column: random.permutation(of)})
    return {table: pl.DataFrame({"id": known, "tier": tier}), "orders": orders}


@pytest.mark.parametrize(
    ("keys", "column", "table"),
    [
        (range(1, 201), "user_id", "customers"),
        (range(1, 201), "buyer_id", "customers"),
        (range(1, 20_000, 97), "depot_id", "places"),
    ],
)
def test_values_find_a_reference(keys: range, column: str, table: str) -> None:
    schema = load(fanwise.infer(source(list(keys), column, table), by=f"{table}.tier"))

    assert set(schema.tables) == {table, "orders"}
    assert schema.tables["orders"].parent == table


def test_numbers_that_only_lie_in_the_same_range_are_told() -> None:
    text = fanwise.infer(source(range(1, 201), "article_id"), by="customers.tier")

    assert set(load(text).tables) == {"customers", "orders"}
    assert "parent:" not in text
    assert "if it refers to it, write {ref: customers}" in text


def test_two_tables_that_hold_the_values_are_told() -> None:
    data = source(range(1, 201), "user_id")
    text = fanwise.infer({**data, "members": data["customers"].drop("tier")})

    assert set(load(text).tables) == {"customers", "members", "orders"}
    assert "customers.id and members.id" in text


def test_few_of_the_keys_are_no_reference() -> None:
    data = source(range(1, 2_001), "user_id")
    few = data["orders"].filter(pl.col("user_id") <= 40)
    text = fanwise.infer({**data, "orders": few})

    assert "customers.id" not in text


SHOP = """
fanwise: 1
name: shop
window: {start: 2023-01-01, end: 2024-01-01}
curves:
  open: {hour: {6: 0, 7: 4, 8: 4, 22: 0, 23: 0, 0: 0, 1: 0}, weekday: {Sat: 0.3, Sun: 0.3}, month: {Jan: 0.4, Jul: 2}}
tables:
  raw_customers: {rows: 300, key: id, columns: {id: {uuid: {}}, name: {fake: name}}}
  stg_stores:
    rows: 60
    key: id
    columns:
      id: {uuid: {}}
      opened_at: {date: {between: [2023-01-01, 2023-05-01]}}
  raw_products: {rows: 60, key: sku, columns: {sku: {pattern: "P-{seq:04}"}, price: {integer: {min: 3, max: 900}}}}
  raw_orders:
    parent: raw_customers
    fanout: {poisson: {mean: 40}}
    key: id
    columns:
      id: {uuid: {}}
      customer: {parent: id}
      store_id: {ref: stg_stores}
      ordered_at: {timestamp: {between: [stg_stores.opened_at, window.end], curve: open}}
  raw_items:
    parent: raw_orders
    fanout: {poisson: {mean: 1}, min: 1}
    key: id
    columns: {id: {uuid: {}}, order_id: {parent: id}, sku: {ref: raw_products}}
"""


@pytest.fixture(scope="module")
def staged() -> str:
    made = fanwise.dataset(SHOP)
    return fanwise.infer({name: made[name] for name in made.tables})


def test_words_of_pipelines_hide_no_reference(staged: str) -> None:
    found = load(staged).tables

    assert found["raw_orders"].parent == "raw_customers"
    assert found["raw_orders"].columns["customer"].kind == "parent"
    assert found["raw_orders"].columns["store_id"].reference is not None


def test_lines_are_below_their_order_and_not_below_the_smaller_table_of_products(staged: str) -> None:
    found = load(staged).tables["raw_items"]

    assert found.parent == "raw_orders"
    assert found.columns["sku"].reference is not None


def test_hours_that_a_long_lag_would_lose_are_kept(staged: str) -> None:
    """Orders follow the opening of their store, but come at the hours of the shop."""
    line = next(line for line in staged.splitlines() if "ordered_at: {" in line and "timestamp" in line)

    assert "between: [stg_stores.opened_at, window.end], curve: " in line
    made = fanwise.dataset(staged)["raw_orders"]["ordered_at"]
    assert made.dt.hour().is_between(2, 21).all()
    assert 1.6 < made.dt.month().eq(7).sum() / made.dt.month().eq(8).sum() < 2.5


def league() -> dict[str, pl.DataFrame]:
    """Clubs of each year, told apart by year and club, and whom they had: twenty of four hundred people."""
    random = np.random.default_rng(2)
    people = pl.DataFrame({"row_id": range(7000, 7400), "player_id": [f"p-{number:05}" for number in range(400)]})
    clubs = [(1900 + at // 30, f"C{at % 30:02}", f"F{at % 15:02}") for at in range(300)]
    had = [
        (year, club, f"p-{one:05}") for year, club, _ in clubs for one in random.choice(400, 20, replace=False).tolist()
    ]
    return {
        "franchise": pl.DataFrame({"franchise_id": [f"F{at:02}" for at in range(15)]}),
        "people": people,
        "club": pl.DataFrame(clubs, schema=["year_id", "club_id", "franchise_id"], orient="row"),
        "season": pl.DataFrame(had, schema=["year_id", "club_id", "player_id"], orient="row"),
    }


def test_the_column_that_other_tables_have_is_the_key() -> None:
    """A number of its own beside it is not, though its name ends in id and it comes first."""
    found = load(fanwise.infer(league())).tables

    assert found["people"].key == ("player_id",)
    assert found["people"].columns["row_id"].kind == "sequence"
    assert found["season"].columns["player_id"].kind in ("parent", "ref")
    assert set(found) == set(league())


def test_a_key_below_rows_without_a_key_is_given_up() -> None:
    """Clubs of one year and name may repeat once they are made, so their seasons may as well."""
    text = fanwise.infer(league())
    found, plan = load(text).tables, compile_plan(load(text))
    data = api.Dataset(plan)
    report = validator.audit({name: data[name] for name in data.tables}, compile_contract(plan))

    assert found["season"].parent == "club"
    assert (found["club"].key, found["season"].key) == ((), ())
    assert report.exit_code == 0
