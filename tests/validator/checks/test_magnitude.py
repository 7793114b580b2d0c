"""Magnitude: how precisely a ratio is known is information; equal segments that differ are a warning of `ratio`."""

from __future__ import annotations

from fanwise.validator import Status
from fanwise.validator.findings import Severity


def test_a_precise_shop_lies_within_the_band(make) -> None:
    found = make(seed=21, customers=6000).only_effects("orders", "amount").findings("magnitude")

    assert found
    assert all(each.evidence["within"] for each in found.values())


def test_a_small_shop_straddles_and_is_no_warning(make) -> None:
    report = make(seed=22, customers=150).only_effects("orders").audit()
    found = [finding for finding in report.findings if finding.check == "magnitude"]

    assert {(each.status, each.severity) for each in found} == {(Status.PASS, Severity.INFO)}
    assert not all(each.evidence["within"] for each in found)
    assert any("not wholly within" in each.message for each in found)
    assert report.exit_code == 0


def test_the_contract_sets_the_band(make) -> None:
    shop = make(seed=22, customers=150).only_effects("orders")
    shop.contract["thresholds"] = {"equivalence": 0.6}

    assert all(each.evidence["within"] for each in shop.findings("magnitude").values())


def test_equal_means_that_differ_are_a_warning(make) -> None:
    shop = make(seed=23, customers=3000, fanout={"VIP": 1.6, "Standard": 1.0, "Casual": 1.2}).only_effects("orders")
    shop.contract["effects"]["orders"]["declared"] = {"VIP": 1.6, "Standard": 1.0, "Casual": 1.0}
    del shop.contract["axes"]["tier"]["rank"]
    found = shop.findings("ratio")["orders.Standard-vs-Casual"]

    assert found.status is Status.WARN
    assert "declared equal" in found.message


def test_equal_means_that_are_equal_pass(make) -> None:
    shop = make(seed=23, customers=3000, fanout={"VIP": 1.6, "Standard": 1.0, "Casual": 1.0}).only_effects("orders")
    shop.contract["effects"]["orders"]["declared"] = {"VIP": 1.6, "Standard": 1.0, "Casual": 1.0}
    del shop.contract["axes"]["tier"]["rank"]

    assert set(shop.statuses("ratio").values()) == {Status.PASS}


def test_a_segment_that_ties_with_a_larger_one_is_compared_with_the_next_level_too(make) -> None:
    """Casual ties with Standard; if it behaves like VIP, the pair VIP/Casual fails."""
    shop = make(seed=24, fanout={"VIP": 1.6, "Standard": 1.0, "Casual": 1.6}).only_effects("orders")
    shop.contract["effects"]["orders"]["declared"] = {"VIP": 1.6, "Standard": 1.0, "Casual": 1.0}
    del shop.contract["axes"]["tier"]["rank"]

    assert shop.statuses("direction")["orders.VIP-vs-Casual"] is Status.FAIL
