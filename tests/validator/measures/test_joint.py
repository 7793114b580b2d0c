"""The covariance of several measures of the same units, beside numpy."""

from __future__ import annotations

import copy

import numpy as np
import polars as pl
import pytest

from fanwise.validator import load_contract
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.evidence import Evidence
from tests.validator.shop import CONTRACT, Shop, make_shop


@pytest.fixture(scope="module")
def shop() -> Shop:
    """A shop with an effect at each level and on the customers themselves."""
    made = make_shop(21, 300)
    made.contract = copy.deepcopy(CONTRACT)
    generator = np.random.default_rng(2)
    customers = made.frames["customer"]
    made.frames["customer"] = customers.with_columns(age=pl.Series(generator.gamma(4, 10, len(customers))))
    made.contract["tables"]["customer"]["columns"]["age"] = "float64"
    declared = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.001}
    made.contract["effects"] |= {
        "age": {"kind": "value", "table": "customer", "column": "age", "axis": "tier", "declared": declared},
        "lines": {"kind": "fanout", "table": "item", "per": "order", "axis": "tier", "declared": declared},
    }
    return made


def contributions(shop: Shop) -> dict[str, pl.DataFrame]:
    """Return X and Y of each effect by customer, computed with polars."""
    frames = shop.frames
    items = frames["item"].join(frames["order"].select("order_id", "customer_id"), on="order_id")
    one = frames["customer"].select("customer_id", x=pl.lit(1))
    orders = frames["order"].group_by("customer_id").agg(x=pl.len())
    counted = {
        "orders": (one, frames["order"].group_by("customer_id").agg(y=pl.len())),
        "reviews": (one, frames["review"].group_by("customer_id").agg(y=pl.len())),
        "age": (one, frames["customer"].select("customer_id", y="age")),
        "lines": (orders, items.group_by("customer_id").agg(y=pl.len())),
        "amount": (orders, frames["order"].group_by("customer_id").agg(y=pl.sum("amount"))),
        "price": (items.group_by("customer_id").agg(x=pl.len()), items.group_by("customer_id").agg(y=pl.sum("price"))),
    }
    base = frames["customer"].select("customer_id", "tier")
    return {
        name: base.join(x, on="customer_id", how="left").join(y, on="customer_id", how="left").fill_null(0)
        for name, (x, y) in counted.items()
    }


def test_correlations_are_numpys(shop: Shop) -> None:
    contract = load_contract(shop.contract)
    with Warehouse.open(shop.frames, contract, threads=1) as warehouse:
        evidence = Evidence(warehouse, contract)
        metrics = evidence.claims("tier")
        found = evidence.products(metrics)
    parts = contributions(shop)

    assert found is not None
    assert sorted(metric.id for metric in metrics) == sorted(parts)
    for segment, square in found.items():
        rows = []
        for metric in metrics:
            own = parts[metric.id].filter(pl.col("tier") == segment)
            x, y = own["x"].to_numpy().astype(float), own["y"].to_numpy().astype(float)
            rows.append(y - y.sum() / x.sum() * x)
        products = np.array(rows) @ np.array(rows).T
        expected = products / np.sqrt(np.outer(np.diag(products), np.diag(products)))
        assert np.array(square) == pytest.approx(expected, abs=1e-5)


def test_the_number_of_threads_changes_nothing(shop: Shop) -> None:
    one, two = (
        [check for check in shop.audit(threads=threads).to_dict()["checks"] if check["check"] == "combined"]
        for threads in (1, 2)
    )

    assert len(one) == 1
    assert one == two


def test_more_effects_than_a_covariance_is_measured_of_are_combined_by_fisher(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanwise.validator.measures.evidence.MOST_EFFECTS", 2)
    found = shop.findings("combined")["tier"]

    assert found.p is not None
    assert 1e-3 < found.p < 1
    assert found.achieved is None
