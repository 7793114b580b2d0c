"""Causes: the pattern of the ratios names the fault."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.system

PATTERNS = [
    ({"fanout": {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}}, "orders", "not applied here, though it is in"),
    ({"fanout": {"VIP": 1 / 1.6, "Standard": 1.0, "Casual": 1 / 0.6}}, "orders", "inverted"),
    ({"fanout": {"VIP": 2.56, "Standard": 1.0, "Casual": 0.36}}, "orders", "applied twice"),
    ({"fanout": {"VIP": 1.25, "Standard": 1.0, "Casual": 0.78}}, "orders", "weaker than declared"),
    ({"review": {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}}, "reviews", "lost through the reference customer_id"),
    ({"price": {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}}, "price", "lost on the way"),
    ({"fanout": {"VIP": 3.0, "Standard": 1.0, "Casual": 0.62}}, "orders", "to some segments only"),
    ({"fanout": {"VIP": 1.0, "Standard": 1.6, "Casual": 0.6}}, "orders", "VIP behaves like Standard"),
]


@pytest.mark.parametrize(("fault", "effect", "words"), PATTERNS)
def test_the_pattern_names_the_fault(make, fault: dict, effect: str, words: str) -> None:
    shop = make(seed=71, customers=3000, **fault)
    shop.contract["effects"][effect]["source"] = {"file": "shop.yaml", "line": 12, "path": f"tables.{effect}"}
    hints = {finding.hint for finding in shop.audit().findings if finding.metric == effect and finding.status == "FAIL"}

    assert any(words in hint for hint in hints), hints
    assert all("shop.yaml:12" in hint for hint in hints)


def test_nothing_applied_anywhere(make) -> None:
    flat = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}
    shop = make(seed=72, customers=3000, fanout=flat, value=flat).only_effects("orders", "amount")
    hints = {finding.hint for finding in shop.audit().findings if finding.status == "FAIL"}

    assert hints == {"the segments do not differ: perhaps the multiplier is not applied, or the labels are mixed up."}
