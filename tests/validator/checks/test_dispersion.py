"""Dispersion: another variance than the declared law's only warns."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanwise.validator import Status


def test_poisson_counts_pass(shop) -> None:
    assert shop.statuses("dispersion") == {"orders": Status.PASS}


def test_overdispersed_counts_warn_and_do_not_gate(make) -> None:
    shop = make(seed=51, customers=2000).only_effects("orders")
    generator = np.random.default_rng(52)
    customer = shop.frames["customer"]
    taste = generator.gamma(4.0, 1 / 4.0, customer.height)
    factor = customer["tier"].replace_strict({"VIP": 1.6, "Standard": 1.0, "Casual": 0.6}).to_numpy()
    owner = np.repeat(np.arange(customer.height), generator.poisson(6 * taste * factor))
    day = shop.frames["order"]["ordered_at"][0]
    shop.frames["order"] = pl.DataFrame(
        {"order_id": np.arange(owner.size), "customer_id": owner, "amount": np.ones(owner.size)}
    ).with_columns(ordered_at=pl.lit(day))
    shop.frames["item"] = shop.frames["item"].clear()
    report = shop.audit()
    found = [finding for finding in report.findings if finding.check == "dispersion"]

    assert {finding.status for finding in found} == {Status.WARN}
    assert len(found) == 3
    assert found[0].estimate > 1.5
    assert report.exit_code == 0
