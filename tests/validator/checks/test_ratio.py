"""Declared ratio: excluded by the family-wise interval, merely unlikely, or fine."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import Status
from fanwise.validator.findings import Severity


def test_the_declared_ratio_is_not_excluded(shop) -> None:
    assert set(shop.statuses("ratio").values()) == {Status.PASS}


@pytest.mark.parametrize(
    "mutant",
    [
        {"fanout": {"VIP": 1.26, "Standard": 1.0, "Casual": 0.6}},
        {"fanout": {"VIP": 2.56, "Standard": 1.0, "Casual": 0.36}},
        {"value": {"VIP": 1.2, "Standard": 1.0, "Casual": 0.7}, "price": {"VIP": 1.5, "Standard": 1.0, "Casual": 0.7}},
    ],
    ids=["halved", "twice", "weak value"],
)
def test_a_wrong_multiplier_in_the_right_order_fails(make, mutant: dict) -> None:
    shop = make(seed=11, customers=3000, **mutant)
    shop.contract["axes"]["tier"]["assign"] = "random"
    report = shop.audit()

    assert {f.status for f in report.findings if f.check == "direction"} == {Status.PASS}
    assert Status.FAIL in {f.status for f in report.findings if f.check == "ratio"}


def test_an_effect_lost_at_the_second_level_names_where_it_is_there(make) -> None:
    shop = make(seed=12, price={"VIP": 1.0, "Standard": 1.0, "Casual": 1.0})
    found = shop.findings("ratio")["price.VIP-vs-Standard"]

    assert found.status is Status.FAIL
    assert "lost on the way" in found.hint
    assert "order per customer" in found.hint


def test_an_effect_lost_through_a_reference_names_it(make) -> None:
    shop = make(seed=13, review={"VIP": 1.0, "Standard": 1.0, "Casual": 1.0})

    assert "lost through the reference customer_id" in shop.findings("ratio")["reviews.VIP-vs-Standard"].hint


def test_a_clamp_is_named(make) -> None:
    shop = make(seed=14)
    shop.frames["order"] = shop.frames["order"].with_columns(amount=pl.col("amount").clip(upper_bound=60.0))

    assert "clamps" in shop.findings("ratio")["amount.VIP-vs-Standard"].hint


def test_a_segment_declared_zero_has_nothing(shop) -> None:
    shop.only_effects("reviews")
    shop.contract["effects"]["reviews"]["declared"] = {"VIP": 3.0, "Standard": 1.0, "Casual": 0.0}
    casual = shop.frames["customer"].filter(pl.col("tier") == "Casual")["customer_id"]

    assert shop.statuses("ratio")["reviews.Standard-vs-Casual"] is Status.FAIL

    shop.frames["review"] = shop.frames["review"].filter(~pl.col("customer_id").is_in(casual.implode()))

    assert shop.statuses("ratio")["reviews.Standard-vs-Casual"] is Status.PASS


def test_rows_that_when_replaced_do_not_count(shop) -> None:
    """Cancelled orders have amount 0; the declared ratio is that of the others."""
    shop.only_effects("amount")
    shop.contract["tables"]["order"]["columns"]["status"] = "text"
    cancelled = pl.col("order_id") % 3 == 0
    vip = pl.col("customer_id").is_in(shop.frames["customer"].filter(pl.col("tier") == "VIP")["customer_id"].implode())
    shop.frames["order"] = shop.frames["order"].with_columns(
        status=pl.when(cancelled & vip).then(pl.lit("it's off")).otherwise(pl.lit("sent")),
        amount=pl.when(cancelled & vip).then(0.0).otherwise("amount"),
    )

    assert shop.statuses("ratio")["amount.VIP-vs-Standard"] is Status.FAIL

    shop.contract["effects"]["amount"]["without"] = [{"name": "status", "values": ["it's off", "lost"]}]

    assert shop.statuses("ratio")["amount.VIP-vs-Standard"] is Status.PASS


def test_negative_means_are_judged_on_their_mirror_image(shop) -> None:
    shop.only_effects("amount")
    shop.frames["order"] = shop.frames["order"].with_columns(amount=-pl.col("amount"))
    shop.contract["effects"]["amount"]["declared"] = {"VIP": -1.5, "Standard": -1.0, "Casual": -0.7}
    shop.contract["axes"]["tier"]["rank"] = "Casual > Standard > VIP"
    report = shop.audit()

    assert report.exit_code == 0
    assert shop.findings("ratio")["amount.VIP-vs-Standard"].estimate == pytest.approx(1.5, rel=0.1)


def test_factors_on_negative_means_are_ratios_of_their_size(shop) -> None:
    """Debits: the rank speaks of the factors, as the multiplier does."""
    shop.only_effects("amount")
    shop.contract["effects"]["amount"]["negative"] = True
    amounts = shop.frames["order"]["amount"]
    shop.frames["order"] = shop.frames["order"].with_columns(amount=-amounts)
    report = shop.audit()

    assert report.exit_code == 0
    assert shop.findings("ratio")["amount.VIP-vs-Standard"].estimate == pytest.approx(1.5, rel=0.1)
    assert "mean is" in report.text(verbose=True)
    assert "above the smallest, by size" in " ".join(report.text(verbose=True).split())

    shop.frames["order"] = shop.frames["order"].with_columns(amount=amounts)
    assert shop.statuses("direction")["amount.VIP-vs-Standard"] is Status.FAIL
    assert "VIP" in (message := shop.findings("direction")["amount.VIP-vs-Standard"].message)
    assert " above Standard (95 % CI " in message


def test_means_of_opposite_sign_show_their_difference(shop) -> None:
    shop.only_effects("amount")
    shop.contract["effects"]["amount"]["declared"] = {"VIP": 150.0, "Standard": 100.0, "Casual": -50.0}
    tiers = shop.frames["order"].join(shop.frames["customer"], on="customer_id")["tier"]
    amount = pl.when(tiers == "Casual").then(-pl.col("amount")).otherwise(pl.col("amount"))
    shop.frames["order"] = shop.frames["order"].with_columns(amount=amount)
    report = shop.audit()
    found = shop.findings("direction")["amount.Standard-vs-Casual"]

    assert found.status is Status.PASS
    assert " above Casual (95 % CI " in found.message
    text = report.text(verbose=True)
    assert " apart" in text
    assert "Too little data to say" not in text
    assert "They have no ratio" in " ".join(text.split())
    row = next(
        pair for each in report.measured for pair in each.pairs if (pair.high, pair.low) == ("Standard", "Casual")
    )
    assert row.difference_interval is not None
    assert row.difference_interval.low < row.difference < row.difference_interval.high
    assert next(grade.letter for grade in report.grades) == "B"


def test_an_effect_that_only_claims_its_order_has_no_ratio(shop) -> None:
    shop.contract["effects"]["amount"] |= {
        "declared": {"VIP": 9.0, "Standard": 1.0, "Casual": 0.1},
        "claim": "direction",
    }

    assert not [name for name in shop.statuses("ratio") if name.startswith("amount")]
    assert shop.statuses("direction")["amount.VIP-vs-Standard"] is Status.PASS


def test_an_effect_without_claim_is_only_described(shop) -> None:
    shop.contract["effects"]["amount"]["claim"] = "none"
    report = shop.audit()

    assert not [each for each in report.findings if each.metric == "amount" and each.severity is not Severity.INFO]
    assert "mean order.amount" in {measured.label for measured in report.measured}


def test_a_share_per_segment_is_a_metric(shop) -> None:
    shop.contract["effects"] = {
        "photos": {
            "kind": "share",
            "table": "review",
            "column": "kind",
            "value": "photo",
            "axis": "tier",
            "declared": {"VIP": 2.0, "Standard": 1.0, "Casual": 1.0},
        }
    }
    shop.contract["expect"] = {}
    vip = shop.frames["customer"].filter(pl.col("tier") == "VIP")["customer_id"]
    photo = (pl.col("review_id") % 4 == 0) | (
        pl.col("customer_id").is_in(vip.implode()) & (pl.col("review_id") % 4 == 1)
    )
    shop.frames["review"] = shop.frames["review"].with_columns(
        kind=pl.when(photo).then(pl.lit("photo")).otherwise(pl.lit("text"))
    )
    report = shop.audit()
    (measured,) = report.measured

    assert {f.status for f in report.findings if f.check in ("direction", "ratio")} == {Status.PASS}
    assert [row.mean for row in measured.segments] == pytest.approx([0.5, 0.25, 0.25], abs=0.03)
