"""Finite numbers: NaN and infinity are found, and left out of averages."""

from __future__ import annotations

import math

import polars as pl
import pytest

from fanwise.validator import Status


def test_finite_numbers_pass(shop) -> None:
    assert set(shop.statuses("finite").values()) == {Status.PASS}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_odd_numbers_fail_and_do_not_spoil_the_average(shop, odd: float) -> None:
    before = {row.segment: row.mean for measured in shop.audit().measured for row in measured.segments}
    shop.frames["order"] = shop.frames["order"].with_columns(
        amount=pl.when(pl.col("order_id") == 4).then(odd).otherwise("amount")
    )
    report = shop.audit()
    found = {finding.id: finding for finding in report.findings}
    after = {row.segment: row.mean for measured in report.measured for row in measured.segments}

    assert found["finite.order.amount"].status is Status.FAIL
    assert found["finite.order.amount"].evidence == {"rows": 1}
    assert after == pytest.approx(before, rel=0.01)
    assert found["direction.amount.VIP-vs-Standard"].status is Status.PASS
