"""Ids of people that have no table of all of them: they get one, and what is below it keeps its segments."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

import fanwise
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.plan import Plan, compile_plan

SCHEMA = """
fanwise: 1
name: shop
window: {start: 2024-01-01, end: 2025-01-01}
segments: {size: {table: household, share: {large: 0.4, small: 0.6}}}
tables:
  household: {rows: 1500, key: household_id, columns: {household_id: {sequence: {}}, size: {segment: size}}}
  product: {rows: 300, key: product_id, columns: {product_id: {sequence: {}}, price: {lognormal: {median: 9, sigma: 1}, round: 2}}}
  campaign: {rows: 40, key: campaign_id, columns: {campaign_id: {sequence: {}}, kind: {choice: {A: 1, B: 2}}}}
  sent:
    parent: household
    fanout: {poisson: {mean: 2}, multiplier: {size: {large: 1.5, small: 1}}, max: 20}
    key: [household_id, campaign_id]
    columns: {household_id: {parent: household_id}, campaign_id: {ref: campaign, distinct_in: household}}
  basket:
    parent: household
    fanout: {poisson: {mean: 8}, min: 1, multiplier: {size: {large: 1.6, small: 1}}}
    key: basket_id
    columns:
      basket_id: {sequence: {start: 7001}}
      household_id: {parent: household_id}
      paid_at: {timestamp: {between: [window.start, window.end]}}
  line:
    parent: basket
    fanout: {geometric: {mean: 2}, min: 1}
    columns:
      household_id: {parent: household_id}
      basket_id: {parent: basket_id}
      paid_at: {parent: paid_at}
      product_id: {ref: product}
      spent: {lognormal: {median: 20, sigma: 0.7}, multiplier: {size: {large: 1.3, small: 1}}, round: 2}
"""
KNOWN = 700
"""Households of which more is known: fewer than half."""


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    """Return files as shops have them: no table of all households, and none of the baskets."""
    made = fanwise.dataset(SCHEMA)
    demographics = made["household"].sample(KNOWN, seed=1).sort("household_id")
    return {"demographics": demographics, **{name: made[name] for name in ("product", "campaign", "sent", "line")}}


@pytest.fixture(scope="module")
def text(frames: dict[str, pl.DataFrame]) -> str:
    return fanwise.infer(frames, by="demographics.size")


@pytest.fixture(scope="module")
def plan(text: str) -> Plan:
    plan = compile_plan(fanwise.load(text))
    assert forecast(plan).exit_code == 0
    return plan


def test_everything_of_a_household_is_below_it(plan: Plan) -> None:
    parents = {name: table.parent for name, table in plan.tables.items()}

    assert parents == {
        "household": None, "demographics": "household", "sent": "household", "basket": "household", "line": "basket",
        "product": None, "campaign": None,
    }  # fmt: skip


def test_rows_of_some_households_are_below_those_with_their_segment(text: str, plan: Plan) -> None:
    made = fanwise.dataset(text)
    known = made["household"].filter(pl.col("size") != "unknown")

    assert made["demographics"]["household_id"].to_list() == known["household_id"].to_list()
    assert made["demographics"]["size"].to_list() == known["size"].to_list()
    assert abs(known.height / made["household"].height - KNOWN / 1500) < 0.05


def test_effects_reach_the_lines(frames: dict[str, pl.DataFrame], text: str) -> None:
    """The lines of a large household per those of a small one, and what each costs, come back."""
    made = fanwise.dataset(text)

    def measured(tables: dict[str, pl.DataFrame] | fanwise.Data, segments: pl.DataFrame) -> tuple[float, float]:
        own = segments.select("household_id", "size").join(tables["line"], on="household_id", how="left")
        of = own.group_by("size").agg(n=pl.len() / pl.col("household_id").n_unique(), spent=pl.col("spent").mean())
        large, small = (of.row(by_predicate=pl.col("size") == size, named=True) for size in ("large", "small"))
        return large["n"] / small["n"], large["spent"] / small["spent"]

    wanted = measured(frames, frames["demographics"])
    found = measured({"line": made["line"]}, made["household"])
    assert found == pytest.approx(wanted, rel=0.08)


def test_two_tables_of_one_person_share_it(frames: dict[str, pl.DataFrame]) -> None:
    ids = np.repeat(np.arange(1, 401), 3)
    day = dt.date(2024, 1, 1)
    visits = pl.DataFrame({"customer_id": ids, "seen_on": [day + dt.timedelta(days=int(at) % 300) for at in ids * 7]})
    orders = visits.filter(pl.col("customer_id") > 100).with_columns(amount=pl.col("customer_id") * 0.5)
    plan = compile_plan(fanwise.load(fanwise.infer({"visits": visits, "orders": orders})))

    assert plan.tables["customer"].rows == 400
    assert plan.tables["visits"].parent == plan.tables["orders"].parent == "customer"


def test_a_table_of_some_people_is_below_one_of_all() -> None:
    """The cities of the customers that are known reach their orders; the others are unknown."""
    customers = pl.DataFrame({"customer_id": range(1, 201), "city": ["A", "B"] * 100})
    orders = pl.DataFrame({"order_id": range(1, 901), "customer_id": [1 + at % 260 for at in range(900)]})
    plan = compile_plan(fanwise.load(fanwise.infer({"customers": customers, "orders": orders}, by="customers.city")))

    assert {name: table.parent for name, table in plan.tables.items()} == {
        "all_customers": None, "customers": "all_customers", "orders": "all_customers",
    }  # fmt: skip
    assert set(plan.dataset.axes["all_customers_city"].segments) == {"A", "B", "unknown"}


def test_the_only_id_of_a_log_has_the_rows() -> None:
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=at % 360) for at in range(1200)]
    log = pl.DataFrame({"date": days, "id": [at % 300 if at % 2 else at % 30 for at in range(1200)]})
    plan = compile_plan(fanwise.load(fanwise.infer({"log": log})))

    assert plan.tables["log"].parent == "unit"
    assert plan.tables["log"].fanout is not None


def test_a_twin_is_compared_below_the_households(frames: dict[str, pl.DataFrame], text: str) -> None:
    made = fanwise.dataset(text)
    found = fanwise.fidelity(frames, {name: made[name] for name in frames}, by="demographics.size")

    assert {"basket per household", "total line.spent per household"} <= {row.what for row in found.rows}
