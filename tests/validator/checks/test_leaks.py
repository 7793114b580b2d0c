"""Leaks: a difference that nothing declares only warns."""

from __future__ import annotations

from fanwise.validator import Status


def test_what_nothing_multiplies_is_alike(shop) -> None:
    assert set(shop.statuses("leak").values()) == {Status.PASS}
    assert list(shop.statuses("leak")) == ["watch.tier.item.order_id.customer_id"]


def test_an_undeclared_effect_warns_and_does_not_gate(shop) -> None:
    del shop.contract["effects"]["price"]
    report = shop.audit()
    found = [f for f in report.findings if f.check == "leak" and f.status is Status.WARN]

    assert {finding.pair for finding in found} == {("VIP", "Standard"), ("Casual", "Standard")}
    assert all("mean item.price" in finding.message for finding in found)
    assert report.exit_code == 0
