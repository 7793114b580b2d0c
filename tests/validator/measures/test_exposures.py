"""Totals per unit of an exposure: the ratio and its variance by the delta method, and the scatter of counts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fanwise.validator import ContractError
from fanwise.validator.contract.load import load_contract
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.estimates import Scale, estimate
from fanwise.validator.stats.intervals import scattered
from tests.validator.measures.test_estimates import oracle


def exposed(shop, exposure: str = "years") -> None:
    customer = shop.contract["tables"]["customer"]
    customer["columns"]["years"] = {"type": "float64"}
    frame = shop.frames["customer"]
    years = np.random.default_rng(1).gamma(2.0, 1.5, len(frame)) * np.where(frame["tier"] == "VIP", 0.1, 1.0)
    shop.frames["customer"] = frame.with_columns(years=years)
    shop.contract["effects"] = {
        "rate": {
            "kind": "fanout", "table": "order", "axis": "tier", "exposure": exposure,
            "declared": {"VIP": 16.0, "Standard": 1.0, "Casual": 0.6},
        }
    }  # fmt: skip


@pytest.mark.parametrize("tier", ["VIP", "Casual"])
def test_totals_are_divided_by_exposure_with_the_variance_of_their_ratio(shop, tier: str) -> None:
    exposed(shop)
    contract = load_contract(shop.contract)
    path = (("customer_id",),)
    counted = Measure("count", "order", None, None, "customer", "tier", path, exposure="years")
    summed = Measure("mean", "order", "amount", None, None, "tier", path, exposure="customer.years")
    with Warehouse.open(shop.frames, contract) as warehouse:
        counts = estimate(warehouse, contract, counted, Scale(integral=True), weight=2.0**20)[tier]
        sums = estimate(warehouse, contract, summed, Scale(1e4), weight=2.0**20)[tier]
    years = shop.frames["customer"].select("customer_id", "years")
    orders = shop.frames["order"].join(years, on="customer_id")

    per = orders.group_by("customer_id").len()
    own = years.join(per, on="customer_id", how="left").select("customer_id", x="years", y=pl.col("len").fill_null(0))
    each = orders.select("customer_id", x="years", y="amount")
    for found, rows in ((counts, own), (sums, each)):
        ratio, variance, units = oracle(shop, rows, tier)
        assert (found.mean, found.variance) == pytest.approx((ratio, variance), rel=1e-4)
        assert found.units == units
        assert found.as_mean().value * found.weight == pytest.approx(ratio, rel=1e-4)


def test_an_exposure_that_is_not_there_is_refused(shop) -> None:
    exposed(shop, "decades")
    with pytest.raises(ContractError) as refused:
        shop.audit()
    assert "customer has no column 'decades'" in str(refused.value)


def test_the_scatter_of_counts_given_their_exposure() -> None:
    random = np.random.default_rng(5)
    low = 0
    for _ in range(400):
        exposure = random.gamma(0.5, 4.0, 200)
        low += _p(random.poisson(0.4 * exposure), exposure) < 0.05
    exposure = random.gamma(0.5, 4.0, 200)
    mixed = random.poisson(0.4 * exposure * random.gamma(2.0, 0.5, 200))

    assert 6 <= low <= 36
    assert _p(mixed, exposure) < 1e-3
    assert _p(np.round(0.4 * exposure), exposure) < 1e-3


def _p(counts: np.ndarray, exposure: np.ndarray) -> float:
    n, total, sums = len(counts), float(counts.sum()), float(exposure.sum())
    rate = total / sums
    variance = n / (n - 1) * float(((counts - rate * exposure) ** 2).sum()) / sums**2
    return scattered(n, total, rate, variance, sums, float((exposure**2).sum()) / sums)[1]
