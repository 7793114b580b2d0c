"""Any difference: Welch and Kruskal–Wallis are told, and decide nothing."""

from __future__ import annotations

import polars as pl
import pytest
from scipy import stats

from fanwise.text.numbers import number
from fanwise.validator import Status
from fanwise.validator.findings import Severity

FLAT = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}


def counts(shop) -> list:
    own = shop.frames["order"].group_by("customer_id").len()
    every = shop.frames["customer"].join(own, on="customer_id", how="left").with_columns(pl.col("len").fill_null(0))
    return [every.filter(pl.col("tier") == name)["len"].to_numpy() for name in FLAT]


def test_it_tells_welchs_f_of_the_counts(shop) -> None:
    found = shop.findings("difference")["orders"]
    expected = stats.f_oneway(*counts(shop), equal_var=False)

    assert found.severity is Severity.INFO
    assert found.estimate == pytest.approx(expected.statistic, rel=1e-9)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert f"H(2) = {number(stats.kruskal(*counts(shop)).statistic)}" in found.message


def test_flat_segments_are_told_and_judged_elsewhere(make) -> None:
    shop = make(fanout=FLAT).only_effects("orders")
    found = shop.findings("difference")["orders"]

    assert found.status is Status.PASS
    assert found.p > 1e-3
    assert Status.FAIL in shop.statuses("direction").values()


def test_information_is_not_counted_in_the_verdict(shop) -> None:
    report = shop.audit()
    judged = [each for each in report.findings if each.severity is not Severity.INFO]

    assert len(judged) < len(report.findings)
    assert sum(report.verdict.counts.values()) == len(judged)


def test_constant_counts_have_no_test(make) -> None:
    shop = make().only_effects("orders")
    one = shop.frames["customer"]["customer_id"]
    shop.frames["order"] = pl.DataFrame({"order_id": one, "customer_id": one, "amount": one.cast(pl.Float64)})
    shop.frames["order"] = shop.frames["order"].with_columns(ordered_at=shop.frames["customer"]["signed_up"])

    assert "Kruskal" not in shop.findings("difference")["orders"].message
