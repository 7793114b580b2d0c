"""A flat log gets a level of what happened at once, with what its lines and the customers above have in common."""

from __future__ import annotations

import re

import polars as pl
import pytest

import fanwise
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.plan import Plan, compile_plan

SCHEMA = """
fanwise: 1
name: shop
tables:
  household: {rows: 500, key: household_id, columns: {household_id: {sequence: {}}}}
  basket:
    parent: household
    fanout: {poisson: {mean: 6}, min: 1}
    key: basket_id
    columns:
      basket_id: {sequence: {start: 5001}}
      household_id: {parent: household_id}
      store_id: {integer: {min: 11, max: 40}}
      paid_at: {timestamp: {between: [2024-01-01, 2026-01-01]}}
  line:
    parent: basket
    fanout: {geometric: {mean: 1}, min: 1}
    columns:
      household_id: {parent: household_id}
      basket_id: {parent: basket_id}
      store_id: {parent: store_id}
      paid_at: {parent: paid_at}
      sku_id: {integer: {min: 1, max: 60}}
      price: {lognormal: {median: 20, sigma: 0.7}, alike: {household: 0.2, basket: 0.5}, round: 2}
"""


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    return fanwise.dataset(SCHEMA)["line"]


@pytest.fixture(scope="module")
def text(lines: pl.DataFrame) -> str:
    return fanwise.infer({"line": lines})


@pytest.fixture(scope="module")
def plan(text: str) -> Plan:
    plan = compile_plan(fanwise.load(text))
    assert forecast(plan).exit_code == 0
    return plan


def test_baskets_are_a_level_between_households_and_lines(plan: Plan, lines: pl.DataFrame) -> None:
    """They repeat seldom: 63 of 100 lines begin one."""
    assert lines["basket_id"].n_unique() > 0.5 * lines.height
    assert (plan.tables["line"].parent, plan.tables["basket"].parent) == ("basket", "household")


def test_made_lines_of_a_basket_have_its_household_store_and_instant(text: str) -> None:
    made = fanwise.dataset(text)["line"]

    assert made.columns == ["household_id", "basket_id", "store_id", "paid_at", "sku_id", "price"]
    apart = made.group_by("basket_id").agg(pl.col("household_id", "store_id", "paid_at").n_unique())
    assert apart.select(pl.max_horizontal(pl.exclude("basket_id").max())).item() == 1


def test_shares_of_both_levels_come_back(text: str) -> None:
    found = re.search(r"price: .*alike: \{household: (.*?), basket: (.*?)\}", text)
    assert found
    assert float(found[1]) == pytest.approx(0.2, abs=0.08)
    assert float(found[2]) == pytest.approx(0.5, abs=0.08)


def test_a_twin_of_a_flat_log_is_compared_level_by_level(text: str, lines: pl.DataFrame) -> None:
    found = fanwise.fidelity({"line": lines}, {"line": fanwise.dataset(text)["line"]})

    assert found.exit_code == 0, found.text()
    assert any("basket per household" in row.what or "basket" in row.what for row in found.rows)


def test_an_id_whose_rows_lie_apart_in_time_is_no_level(lines: pl.DataFrame) -> None:
    text = fanwise.infer({"line": lines.with_columns(paid_at=pl.col("paid_at").shuffle(seed=1))})
    assert not re.search(r"^  line:\n(.*\n)*?    parent: basket$", text, re.MULTILINE)


def test_segments_of_a_household_are_found_through_baskets(lines: pl.DataFrame) -> None:
    tiers = lines.with_columns(tier=pl.when(pl.col("household_id") % 3 == 0).then(pl.lit("a")).otherwise(pl.lit("b")))
    plan = compile_plan(fanwise.load(fanwise.infer({"line": tiers}, by="line.tier")))

    assert [axis.table for axis in plan.dataset.axes.values()] == ["household"]
    assert plan.tables["line"].parent == "basket"
