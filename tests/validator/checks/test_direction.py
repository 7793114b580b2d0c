"""Direction: shown, excluded, or too little data; the mutants that lose a segment on its way are here."""

from __future__ import annotations

import re

import polars as pl
import pytest

from fanwise.validator import Status
from tests.validator.shop import Shop, make_shop

PAIRS = ("VIP-vs-Standard", "Standard-vs-Casual")


def statuses(shop, metric: str) -> list[Status]:
    found = shop.statuses("direction")
    return [found[f"{metric}.{pair}"] for pair in PAIRS]


@pytest.mark.parametrize("metric", ["orders", "amount", "price", "reviews"])
def test_declared_order_is_shown(shop, metric: str) -> None:
    assert statuses(shop, metric) == [Status.PASS, Status.PASS]


EQUAL = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}


@pytest.mark.parametrize(
    ("metric", "mutant"),
    [
        ("orders", {"fanout": EQUAL}),
        ("orders", {"fanout": {"VIP": 0.6, "Standard": 1.0, "Casual": 1.6}}),
        ("amount", {"value": EQUAL}),
        ("price", {"price": EQUAL}),
        ("reviews", {"review": EQUAL}),
    ],
)
def test_ignored_and_inverted_multipliers_fail(make, metric: str, mutant: dict) -> None:
    shop = make(seed=2, **mutant)

    assert statuses(shop, metric) == [Status.FAIL, Status.FAIL]
    assert shop.audit().exit_code == 1


def test_an_effect_by_row_position_fails(shop) -> None:
    """The multiplier follows the row number instead of the segment: the labels are shuffled against the behaviour."""
    shuffled = shop.frames["customer"]["tier"].sample(fraction=1.0, shuffle=True, seed=3)
    shop.frames["customer"] = shop.frames["customer"].with_columns(tier=shuffled)

    assert statuses(shop, "orders") == [Status.FAIL, Status.FAIL]


def test_swapped_labels_fail(shop) -> None:
    shop.frames["customer"] = shop.frames["customer"].with_columns(
        tier=pl.col("tier").replace({"Standard": "Casual", "Casual": "Standard"})
    )
    found = shop.findings("direction")["orders.Standard-vs-Casual"]

    assert found.status is Status.FAIL
    assert "Casual behaves like Standard" in found.hint


def test_parents_without_children_count(shop) -> None:
    """A join that drops customers without orders would hide that most Casuals have none."""
    shop.only_effects("orders")
    quiet = shop.frames["customer"].filter((pl.col("tier") == "VIP") & (pl.col("customer_id") % 4 > 0))["customer_id"]
    shop.frames["order"] = shop.frames["order"].filter(~pl.col("customer_id").is_in(quiet.implode()))
    shop.frames["item"] = shop.frames["item"].join(shop.frames["order"], on="order_id", how="semi")
    found = shop.findings("direction")["orders.VIP-vs-Standard"]

    assert found.estimate == pytest.approx(1.6 / 4, rel=0.15)
    assert found.status is Status.FAIL


def test_too_little_data_is_inconclusive_and_says_how_much_it_takes(make) -> None:
    shop = make(seed=4, customers=40).only_effects("orders")
    shop.frames["order"] = shop.frames["order"].filter(pl.col("order_id") % 7 == 0)
    shop.frames["item"] = shop.frames["item"].join(shop.frames["order"], on="order_id", how="semi")
    found = shop.findings("direction")["orders.VIP-vs-Standard"]

    assert found.status is Status.INCONCLUSIVE
    assert "VIP has 8 rows of customer; 1.60× in order per customer needs" in found.hint
    assert "raise customer to" in found.hint
    assert shop.audit().exit_code == 3


@pytest.mark.parametrize("customers", [1, 3, 10])
def test_few_customers_are_never_judged(make, customers: int) -> None:
    shop = make(seed=5, customers=customers).only_effects("orders")
    shop.contract["checks"] = []

    assert set(shop.statuses("direction").values()) <= {Status.INCONCLUSIVE}


def test_an_empty_segment_is_named(make) -> None:
    shop = make(seed=6)
    shop.frames["customer"] = shop.frames["customer"].with_columns(pl.col("tier").replace({"Casual": "Standard"}))
    found = shop.findings("direction")["orders.Standard-vs-Casual"]

    assert found.status is Status.INCONCLUSIVE
    assert "Casual has no rows of customer" in found.message


def test_no_children_at_all_is_inconclusive(shop) -> None:
    shop.only_effects("reviews")
    shop.frames["review"] = shop.frames["review"].clear()

    assert statuses(shop, "reviews") == [Status.INCONCLUSIVE, Status.INCONCLUSIVE]


def test_a_segment_without_children_is_still_compared(shop) -> None:
    shop.only_effects("reviews")
    casual = shop.frames["customer"].filter(pl.col("tier") == "Casual")["customer_id"]
    shop.frames["review"] = shop.frames["review"].filter(~pl.col("customer_id").is_in(casual.implode()))
    found = shop.findings("direction")["reviews.Standard-vs-Casual"]

    assert found.status is Status.PASS
    assert shop.statuses("ratio")["reviews.Standard-vs-Casual"] is Status.FAIL


def test_constant_counts_have_no_scatter_and_still_a_direction(shop) -> None:
    shop.only_effects("reviews")
    per = {"VIP": 6, "Standard": 2, "Casual": 1}
    shop.contract["effects"]["reviews"]["declared"] = per
    customer = shop.frames["customer"]
    ids = customer.select("customer_id", n=pl.col("tier").replace_strict(per, return_dtype=pl.Int64))
    ids = ids.select(pl.col("customer_id").repeat_by("n").explode())
    shop.frames["review"] = ids.with_row_index("review_id").select(
        pl.col("review_id").cast(pl.Int64), "customer_id", stars=pl.lit(1, dtype=pl.Int64), kind=pl.lit("text")
    )

    assert statuses(shop, "reviews") == [Status.PASS, Status.PASS]
    assert set(shop.statuses("ratio").values()) == {Status.PASS}


@pytest.fixture(scope="module")
def whale() -> Shop:
    """A shop of 2,000 customers in which one order makes the whole effect of VIP."""
    shop = make_shop(3, 2000, value={"VIP": 1.0, "Standard": 1.0, "Casual": 0.75}).only_effects("orders", "amount")
    shop.contract["effects"]["amount"]["declared"] = {"VIP": 1.4, "Standard": 1.0, "Casual": 0.75}
    orders = shop.frames["order"].join(shop.frames["customer"], on="customer_id")
    vip = orders.filter(pl.col("tier") == "VIP")
    first = pl.col("order_id") == vip["order_id"][0]
    shop.frames["order"] = shop.frames["order"].with_columns(
        amount=pl.when(first).then(0.4 * vip["amount"].sum()).otherwise("amount")
    )
    return shop


def test_a_unit_that_makes_much_of_a_total_is_named(whale: Shop) -> None:
    found = whale.findings("direction")["amount.VIP-vs-Standard"]
    customer = whale.frames["customer"].filter(pl.col("tier") == "VIP")["customer_id"][0]

    assert found.status is Status.INCONCLUSIVE
    assert found.message.endswith(f"; customer {customer} alone makes 29 % of VIP’s total.")


def test_a_whale_leaves_pairs_without_it_to_their_own_scatter(whale: Shop) -> None:
    found = whale.findings("direction")["amount.Standard-vs-Casual"]

    assert found.status is Status.PASS
    assert "alone makes" not in found.message
    assert found.interval is not None
    assert found.interval.high / found.interval.low < 1.1


def test_advice_and_interval_come_from_the_variance_that_decided(whale: Shop) -> None:
    found = whale.findings("direction")["amount.VIP-vs-Standard"]
    (needed,) = (int(text.replace(",", "")) for text in re.findall(r"raise customer to ([\d,]+)", found.hint))

    assert needed > 2_000
    assert found.interval is not None
    assert found.interval.low < 1.0 < 1.4 < found.interval.high
