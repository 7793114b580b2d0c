"""Totals per carrier beside Polars, statistics of a measure, and the plain queries that show the means."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import duckdb
import jsonschema
import polars as pl
import pytest

from fanwise.validator.contract.load import load_contract
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Except
from fanwise.validator.findings import Status
from fanwise.validator.report.json import report_schema
from fanwise.validator.report.sections.effects import effects
from fanwise.validator.report.sections.summary import actions
from fanwise.validator.sql.sample_query import probe_sql

pytestmark = pytest.mark.system

TIERS = ("VIP", "Standard", "Casual")


def per_customer(shop) -> pl.DataFrame:
    own = shop.frames["order"].group_by("customer_id").agg(total=pl.sum("amount"), n=pl.len())
    return (
        shop.frames["customer"].join(own, on="customer_id", how="left").with_columns(pl.col("total", "n").fill_null(0))
    )


@pytest.mark.parametrize("tier", TIERS)
def test_lifetime_value_counts_customers_without_orders(make, tier: str) -> None:
    shop = make(orders=1.5)
    found = next(row for row in shop.audit().lifetimes[0].segments if row.segment == tier)
    own = per_customer(shop).filter(pl.col("tier") == tier)

    assert (own["n"] == 0).sum() == found.spread.zeros > 0
    assert (found.carriers, found.rows) == (own.height, own["n"].sum())
    assert found.rate == pytest.approx(own["n"].mean(), rel=1e-12)
    assert found.mean == pytest.approx(own["total"].mean(), rel=1e-9)
    assert found.total == pytest.approx(own["total"].sum(), rel=1e-12)
    assert found.spread.median == pytest.approx(own["total"].median(), rel=1e-9)
    assert found.spread.high == pytest.approx(own["total"].max(), rel=1e-9)
    assert found.spread.sd == pytest.approx(own["total"].std(), rel=1e-6)
    assert found.interval.low < found.mean < found.interval.high


def test_ratios_refer_to_the_largest_segment(shop) -> None:
    found = shop.audit().lifetimes[0]
    rows = {row.segment: row for row in found.segments}

    assert found.anchor == "Standard"
    assert rows["Standard"].ratio is None
    assert rows["VIP"].ratio == pytest.approx(rows["VIP"].mean / rows["Standard"].mean, rel=1e-9)
    assert rows["VIP"].independent == pytest.approx(1.6 * 1.5)
    assert rows["Casual"].ratio_interval.low < rows["Casual"].independent < rows["Casual"].ratio_interval.high


def test_totals_of_large_values_do_not_overflow(make) -> None:
    shop = make(customers=300, orders=60.0)
    shop.frames["order"] = shop.frames["order"].with_columns(pl.col("amount") * 1e9)
    report = shop.audit()

    assert report.exit_code == 0, report.text()
    assert report.lifetimes[0].segments[0].spread.sd > 1e9


def test_closeness_follows_the_ninety_percent_interval(shop) -> None:
    report = shop.audit()
    contrast = report.measured[0].statistics.contrasts[0]
    magnitude = next(each for each in report.findings if each.id == "magnitude.orders.VIP-vs-Standard")

    assert contrast.closeness == pytest.approx(magnitude.interval.high - 1)
    assert 0.5 < contrast.superiority < 1


MEASURES = [
    Measure("count", "order", None, None, "customer", "tier", (("customer_id",),)),
    Measure("count", "item", None, None, "order", "tier", (("order_id",), ("customer_id",))),
    Measure("sum", "order", "amount", None, "customer", "tier", (("customer_id",),)),
    Measure("mean", "item", "price", None, None, "tier", (("order_id",), ("customer_id",))),
    Measure("share", "review", "kind", "text", None, "tier", (("customer_id",),)),
    Measure("mean", "review", "stars", None, None, "tier", (("customer_id",),), (Except("kind", ("photo", "o'x")),)),
]


@pytest.mark.parametrize("measure", MEASURES, ids=[measure.label for measure in MEASURES])
def test_the_plain_query_gives_the_means_of_the_audit(shop, measure: Measure) -> None:
    from fanwise.validator.data.warehouse import Warehouse
    from fanwise.validator.measures.estimates import Scale, estimate

    contract = load_contract(shop.contract)
    with Warehouse.open(shop.frames, contract) as warehouse:
        expected = estimate(warehouse, contract, measure, Scale(1e4, measure.column == "stars"))
    with duckdb.connect() as connection:
        for name, frame in shop.frames.items():
            connection.register(name, frame.to_arrow())
        found = connection.execute(probe_sql(contract, measure)).fetchall()

    assert {row[0]: row[-1] for row in found} == {
        name: pytest.approx(each.mean, rel=1e-9) for name, each in expected.items() if name is not None
    }


def test_hostile_names_stay_names() -> None:
    name = 'a"; DROP TABLE x; --'
    raw: dict[str, Any] = {
        "contract": 1,
        "name": "x",
        "tables": {
            name: {"key": "id", "columns": {"id": "int64", "t'": "text"}},
            "c": {"columns": {"id": "int64"}, "parent": {"table": name, "columns": "id"}},
        },
        "axes": {"axis": {"table": name, "column": "t'", "share": {"x": 1.0}}},
    }
    contract = load_contract(raw)
    sql = probe_sql(contract, Measure("count", "c", None, None, name, "axis", (("id",),)))

    assert sql.count(";") == 1 + sql.count('"a""; DROP TABLE x; --"') * 2


def test_the_table_of_effects_says_what_is_claimed(make) -> None:
    shop = make(seed=1).only_effects("orders", "amount", "reviews")
    shop.contract["effects"]["amount"]["claim"] = "direction"
    shop.contract["effects"]["reviews"]["claim"] = "none"
    report = shop.audit()
    claims = {each.label: {(pair.claim, pair.status) for pair in each.pairs} for each in report.measured}
    rows = [row for row in effects(report).blocks[0].rows if row[1] == "VIP / Standard"]

    assert [row[2] for row in rows] == ["1.60×", "higher", "no claim"]
    assert {status for _, status in claims["review per customer"]} == {None}
    assert {claim for claim, _ in claims["mean order.amount"]} == {"direction"}
    assert [row[-1] for row in rows][1:] == ["PASS", ""]
    jsonschema.validate(report.to_dict(), report_schema())


def test_the_entries_of_what_to_do_add_up_to_the_verdict(make) -> None:
    report = make(seed=91, price=dict.fromkeys(("VIP", "Standard", "Casual"), 1.0)).audit()
    (entries,) = actions(report).blocks
    counts = Counter()
    for entry in entries.items:
        stands = re.search(r" \((\d+) checks\)$", entry.text)
        counts[entry.status] += int(stands[1]) if stands else 1

    assert counts[Status.FAIL] == report.verdict.counts[Status.FAIL]
    assert counts[Status.WARN] == report.verdict.counts[Status.WARN]
    assert report.verdict.line.startswith(f"{counts[Status.FAIL]} of ")
