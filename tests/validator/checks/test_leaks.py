"""Leaks: a difference that nothing declares only warns."""

from __future__ import annotations

import pytest
import yaml

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


def line_of(hint: str) -> str:
    return hint.partition("accept the difference: ")[2].rstrip(".")


def test_the_hint_is_the_line_of_the_contract_that_ends_the_warning(shop) -> None:
    del shop.contract["effects"]["price"]
    hints = {finding.hint for finding in shop.findings("leak").values() if finding.status is Status.WARN}
    place, _, value = line_of(*hints).partition(": ")

    assert place == "axes.tier.unwatched"
    shop.contract["axes"]["tier"]["unwatched"] = yaml.safe_load(value)
    assert list(shop.statuses("leak")) == ["watch.tier.item.order_id.customer_id"]


@pytest.mark.parametrize(("gone", "place"), [("orders", "order.fanout"), ("reviews", "review.columns.customer_id")])
def test_the_hint_is_the_line_of_the_schema_that_the_contract_comes_from(make, gone: str, place: str) -> None:
    shop = make(seed=3)
    shop.contract["origin"] = {"schema": "shop.yaml"}
    shop.contract["expect"] = {}
    del shop.contract["effects"][gone]
    hints = {finding.hint for finding in shop.findings("leak").values() if finding.status is Status.WARN}

    assert {line_of(hint) for hint in hints} == {f"tables.{place}: {{…, claim: {{tier: none}}}}"}


def test_the_number_of_rows_can_be_unwatched(make) -> None:
    shop = make(seed=3)
    shop.contract["expect"] = {}
    del shop.contract["effects"]["orders"]
    assert Status.WARN in shop.statuses("leak").values()
    shop.contract["axes"]["tier"]["unwatched"] = ["order.customer_id"]

    assert list(shop.statuses("leak")) == ["watch.tier.item.order_id.customer_id"]
