"""Magnitude: inside the band passes, straddling or outside warns, and never gates."""

from __future__ import annotations

from fanwise.validator import Status


def test_a_precise_shop_lies_within_the_band(make) -> None:
    shop = make(seed=21, customers=6000).only_effects("orders", "amount")

    assert set(shop.statuses("magnitude").values()) == {Status.PASS}


def test_a_small_shop_straddles_and_still_passes(make) -> None:
    shop = make(seed=22, customers=150).only_effects("orders")
    report = shop.audit()

    assert Status.WARN in {f.status for f in report.findings if f.check == "magnitude"}
    assert report.exit_code == 0


def test_equal_means_only_warn(make) -> None:
    shop = make(seed=23, customers=3000, fanout={"VIP": 1.6, "Standard": 1.0, "Casual": 1.2}).only_effects("orders")
    shop.contract["effects"]["orders"]["declared"] = {"VIP": 1.6, "Standard": 1.0, "Casual": 1.0}
    del shop.contract["axes"]["tier"]["rank"]
    found = shop.findings("magnitude")["orders.Standard-vs-Casual"]

    assert found.status is Status.WARN
    assert "outside" in found.message


def test_a_segment_that_ties_with_a_larger_one_is_compared_with_the_next_level_too(make) -> None:
    """Casual ties with Standard; if it behaves like VIP, the pair VIP/Casual fails."""
    shop = make(seed=24, fanout={"VIP": 1.6, "Standard": 1.0, "Casual": 1.6}).only_effects("orders")
    shop.contract["effects"]["orders"]["declared"] = {"VIP": 1.6, "Standard": 1.0, "Casual": 1.0}
    del shop.contract["axes"]["tier"]["rank"]

    assert shop.statuses("direction")["orders.VIP-vs-Casual"] is Status.FAIL
