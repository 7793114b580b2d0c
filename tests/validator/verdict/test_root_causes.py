"""Root causes in the report: each fault has its pattern, and the line of the schema to look at."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanwise.text.blocks import Code, Items, Table
from fanwise.validator.report.document import document_of

pytestmark = pytest.mark.system

FLAT = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}
LINES = {"orders": 31, "amount": 38, "price": 47, "reviews": 55}

FAULTS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("not applied", {"fanout": FLAT, "value": FLAT, "price": FLAT}, dict.fromkeys(("orders", "amount", "price"), "not_applied")),
    ("inverted", {"value": {"VIP": 1 / 1.5, "Standard": 1.0, "Casual": 1 / 0.7}, "price": {"VIP": 1.5, "Standard": 1, "Casual": 0.7}}, {"amount": "inverted"}),
    ("one level only", {"price": FLAT}, {"price": "one_level"}),
    ("lost through a reference", {"review": FLAT}, {"reviews": "lost_reference"}),
    ("applied twice", {"fanout": {"VIP": 2.56, "Standard": 1.0, "Casual": 0.36}}, {"orders": "twice"}),
    ("some segments", {"fanout": {"VIP": 3.0, "Standard": 1.0, "Casual": 0.62}}, {"orders": "some_segments"}),
    ("swapped", {"fanout": {"VIP": 1.0, "Standard": 1.6, "Casual": 0.6}}, {"orders": "swapped"}),
    ("weaker", {"fanout": {"VIP": 1.25, "Standard": 1.0, "Casual": 0.78}}, {"orders": "weaker"}),
]  # fmt: skip


def located(shop):
    """Say where each effect is declared."""
    for name, line in LINES.items():
        shop.contract["effects"][name]["source"] = {"file": "shop.yaml", "line": line, "path": f"tables.{name}"}
    shop.contract["axes"]["tier"]["source"] = {"file": "shop.yaml", "line": 7, "path": "segments.tier"}
    shop.contract["expect"] = {}
    return shop


@pytest.mark.parametrize(("fault", "numbers", "patterns"), FAULTS, ids=[fault for fault, _, _ in FAULTS])
def test_each_fault_has_its_pattern_and_its_line(make, fault: str, numbers: dict, patterns: dict[str, str]) -> None:
    shop = located(make(seed=81, customers=3000, **numbers))
    if "reviews" not in patterns and "not_applied" in patterns.values():
        del shop.contract["effects"]["reviews"]
    found = {cause.metric: cause for cause in shop.audit().causes}

    assert {name: cause.pattern for name, cause in found.items()} == patterns
    for name, cause in found.items():
        assert (cause.source.file, cause.source.line) == ("shop.yaml", LINES[name])
        assert f"shop.yaml:{LINES[name]}" in str(cause)


def test_clamped_values_name_the_bound(make) -> None:
    shop = located(make(seed=82, customers=3000))
    order = shop.frames["order"]
    shop.frames["order"] = order.with_columns(pl.col("amount").clip(upper_bound=80.0))
    found = [cause for cause in shop.audit().causes if cause.metric == "amount"]

    assert [cause.pattern for cause in found] == ["clamped"]
    assert "of VIP at 80" in found[0].text
    assert found[0].source.line == 38


def test_a_lower_bound_of_counts_is_a_clamp_too(make) -> None:
    shop = located(make(seed=83, customers=3000, orders=2.0))
    shop.only_effects("orders")
    orders = shop.frames["order"]
    without = shop.frames["customer"].join(orders, on="customer_id", how="anti").drop("tier")
    extra = without.select(
        pl.int_range(pl.len()).alias("order_id") + orders.height, "customer_id", amount=pl.lit(1.0),
        ordered_at=pl.col("signed_up"),
    )  # fmt: skip
    shop.frames["order"] = pl.concat([orders, extra])
    found = [cause for cause in shop.audit().causes if cause.metric == "orders"]

    assert [cause.pattern for cause in found] == ["clamped"]
    assert "perhaps a lower bound, which is not declared, holds" in found[0].text
    assert "of Casual at 1" in found[0].text


def test_a_bound_that_the_contract_declares_is_no_cause(make) -> None:
    """The planner solves for it, so healthy data have it as well."""
    shop = located(make(seed=82, customers=3000, value={"VIP": 1.2, "Standard": 1.0, "Casual": 0.85}))
    shop.frames["order"] = shop.frames["order"].with_columns(pl.col("amount").clip(20.0, 80.0))
    amount = shop.contract["tables"]["order"]["columns"]["amount"]
    undeclared = {cause.metric: cause for cause in shop.audit().causes}["amount"]
    amount |= {"min": 20, "max": 80}
    declared = {cause.metric: cause for cause in shop.audit().causes}["amount"]

    assert (undeclared.pattern, declared.pattern) == ("clamped", "weaker")
    assert "bound" not in declared.text


def test_what_is_stronger_is_not_called_weaker(make) -> None:
    """Many values lie on a bound here, and the effect is too large all the same."""
    shop = located(make(seed=82, customers=3000, value={"VIP": 2.0, "Standard": 1.0, "Casual": 0.55}))
    shop.frames["order"] = shop.frames["order"].with_columns(pl.col("amount").clip(lower_bound=12.0))
    found = {cause.metric: cause for cause in shop.audit().causes}["amount"]

    assert found.pattern == "stronger"
    assert "perhaps" in found.text


@pytest.mark.parametrize(("share", "said"), [(0.3, True), (0.0, False)])
def test_mixed_labels_are_one_cause_for_the_axis(make, share: float, said: bool) -> None:
    shop = located(make(seed=87, customers=4000))
    customer = shop.frames["customer"]
    mixed = customer["customer_id"].hash(7) % 100 < 100 * share
    moved = customer.filter(mixed)["tier"].shuffle(5)
    tiers = customer["tier"].to_list()
    for place, tier in zip([at for at, flag in enumerate(mixed) if flag], moved, strict=True):
        tiers[place] = tier
    shop.frames["customer"] = customer.with_columns(tier=pl.Series(tiers))
    report = shop.audit()

    assert [(cause.pattern, cause.label) for cause in report.causes] == [("mixed_labels", "labels of tier")] * said
    for cause in report.causes:
        assert "all 4 effects of tier are weaker than declared" in cause.text
        assert cause.text.endswith(": labels are partly mixed up")
        assert cause.source.line == 7


def test_a_cause_is_stated_only_where_the_others_are_excluded(make) -> None:
    """With two segments and one effect, an inverted multiplier and swapped labels look the same."""
    shop = located(make(seed=88, customers=3000, value={"VIP": 1 / 1.5, "Standard": 1.0, "Casual": 1 / 0.7}))
    beside = {cause.metric: cause.text for cause in shop.audit().causes}["amount"]
    alone = {cause.metric: cause.text for cause in shop.only_effects("amount").audit().causes}["amount"]

    assert beside.startswith("the effect is inverted")
    assert alone.startswith("perhaps the effect is inverted, or the labels are swapped")


def test_a_noisy_square_is_a_perhaps(make) -> None:
    twice = {"VIP": 2.56, "Standard": 1.0, "Casual": 0.36}
    clear = located(make(seed=81, customers=3000, fanout=twice)).only_effects("orders").audit().causes
    noisy = located(make(seed=81, customers=60, fanout=twice)).only_effects("orders").audit().causes

    assert [cause.text for cause in clear] == ["the multiplier looks applied twice"]
    assert all("perhaps" in cause.text for cause in noisy)


def test_means_of_the_wrong_sign(make) -> None:
    shop = located(make(seed=89, customers=900)).only_effects("amount")
    shop.frames["order"] = shop.frames["order"].with_columns(amount=-pl.col("amount"))

    assert [(cause.pattern, cause.text) for cause in shop.audit().causes] == [("sign", "the means have the wrong sign")]


def test_shares_off(make) -> None:
    shop = located(make(seed=84, customers=3000))
    shop.contract["axes"]["tier"]["share"] = {"VIP": 0.25, "Standard": 0.45, "Casual": 0.3}
    found = shop.audit().causes

    assert [(cause.pattern, cause.source.line) for cause in found] == [("shares_off", 7)]


def test_healthy_data_have_no_cause(make) -> None:
    report = located(make(seed=85, customers=2000)).audit()

    assert report.causes == ()
    assert document_of(report).section("causes") is None


def test_the_report_says_where_to_look_and_what_to_run(make) -> None:
    document = document_of(located(make(seed=86, customers=2000, price=FLAT)).audit())
    causes = next(block for block in document.section("causes").blocks if isinstance(block, Table))
    steps = document.section("verification").blocks
    todo = next(block for block in steps if isinstance(block, Items))
    queries = [block.text for block in steps if isinstance(block, Code)]

    assert causes.rows[0][2] == "shop.yaml:47 tables.price"
    assert todo.items[0] == "Read shop.yaml:47 tables.price."
    assert any("gen plan shop.yaml" in item for item in todo.items)
    assert len(queries) == 1
    assert 'avg(r0."price")' in queries[0]
