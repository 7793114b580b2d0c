"""Tests of shop_statistics over a small shop that is the same in every session."""

import pytest
from shop_statistics import best_customer, forget_customer, revenue_by_segment

pytestmark = pytest.mark.gen_dataset("ecommerce", rows={"customer": 50}, seed=7)


def test_revenue_covers_every_order(gen_duckdb, gen_tables):
    found = revenue_by_segment(gen_duckdb)

    assert sum(found.values()) == pytest.approx(gen_tables["order"]["gross_amount"].sum())


def test_a_customer_is_forgotten_without_an_orphan(gen_duckdb):
    forget_customer(gen_duckdb, 3)

    assert gen_duckdb.execute("select full_name from customer where customer_id = 3").fetchall() == [(None,)]


def test_the_next_test_sees_nothing_of_it(gen_duckdb):
    assert gen_duckdb.execute("select count(*) from customer where full_name is null").fetchall() == [(0,)]


def test_a_customer_becomes_the_best_one(gen_dataset):
    shop = gen_dataset("ecommerce", rows={"customer": 3}, seed=7)
    order = shop["order"].with_row_index().filter(customer_id=2)["index"][0]

    rich = shop.override("order", row=order, gross_amount=1_000_000)

    with rich.to_duckdb() as db:
        assert best_customer(db) == 2


def test_a_schema_of_our_own(gen_dataset):
    assert gen_dataset("library.yaml")["loan"]["days"].max() <= 60
