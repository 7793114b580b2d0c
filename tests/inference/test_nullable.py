"""A reference that may be null: what is inferred through it has values in all rows that had one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

import fanwise


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    """300 customers, a fifth of whose orders lead to nobody."""
    random = np.random.default_rng(1)
    tier = np.where(np.arange(300) % 4 == 0, "gold", "basic")
    since = np.array([dt.date(2023, 1, 1) + dt.timedelta(days=int(day)) for day in random.integers(0, 300, 300)])
    of = random.permutation(np.repeat(np.arange(300), random.poisson(np.where(tier == "gold", 30, 12))))
    gold, rows = tier[of] == "gold", len(of)
    at = [
        dt.datetime.combine(day, dt.time()) + (dt.date(2024, 1, 1) - day) * float(part)
        for day, part in zip(since[of], random.random(rows), strict=True)
    ]
    orders = {
        "order_id": np.arange(1, rows + 1),
        "customer_id": pl.Series(of + 1).set(pl.Series(random.random(rows) < 0.2), None),
        "ordered_at": pl.Series(at),
        "amount": np.round(random.lognormal(3, 0.5, rows) * np.where(gold, 2, 1), 2),
        "paid": random.random(rows) < np.where(gold, 0.8, 0.4),
        "channel": np.where(random.random(rows) < np.where(gold, 0.8, 0.4), "web", "app"),
    }
    customer = pl.DataFrame({"customer_id": np.arange(1, 301), "tier": tier, "signup_date": since.tolist()})
    return {"customer": customer, "orders": pl.DataFrame(orders)}


@pytest.mark.parametrize("kind", [pl.Date, pl.Datetime])
def test_columns_outlive_a_null_reference(real: dict[str, Any], kind: Any) -> None:
    real = {**real, "customer": real["customer"].with_columns(pl.col("signup_date").cast(kind))}
    text = fanwise.infer(real, by="customer.tier")
    made = fanwise.dataset(text)
    orders, customer = made["orders"], made["customer"]

    nulls = orders.null_count().row(0, named=True)
    assert nulls.pop("customer_id") / len(orders) == pytest.approx(0.2, abs=0.04)
    assert set(nulls.values()) == {0}
    assert "ordered_at_from" not in orders.columns
    known = orders.join(customer, on="customer_id")
    assert (known["ordered_at"] >= known["signup_date"].cast(pl.Datetime)).all()
    lost, was = (each.filter(pl.col("customer_id").is_null()) for each in (orders, real["orders"]))
    assert lost["amount"].mean() == pytest.approx(was["amount"].mean(), rel=0.15)
    assert lost["paid"].mean() == pytest.approx(was["paid"].mean(), abs=0.1)
    assert fanwise.audit({"customer": customer, "orders": orders}, like=real, by="customer.tier").exit_code == 0


def test_nulls_that_come_along_are_not_drawn_twice(real: dict[str, Any]) -> None:
    orders = real["orders"].with_columns(
        sent_at=pl.when(pl.col("order_id") % 3 > 0).then(pl.col("ordered_at") + pl.duration(hours=3))
    )
    orders = orders.with_columns(
        paid_at=pl.when(pl.col("order_id") % 2 > 0).then(
            pl.col("sent_at") + pl.duration(minutes=5 + pl.col("order_id") % 90)
        )
    )
    made = fanwise.dataset(fanwise.infer({"customer": real["customer"], "orders": orders}))["orders"]

    for column in ("sent_at", "paid_at"):
        wanted = orders[column].null_count() / len(orders)
        assert made[column].null_count() / len(made) == pytest.approx(wanted, abs=0.05), column
