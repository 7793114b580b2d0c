"""Practical floor: an axis with a rank and nothing else."""

from __future__ import annotations

from fanwise.validator import Status

FLAT = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}


def bare(shop):
    shop.contract["effects"], shop.contract["expect"] = {}, {}
    return shop


def test_it_judges_every_table_below_and_directly_referring_and_their_continuous_columns(shop) -> None:
    judged = {name.rsplit(".", 1)[0] for name in bare(shop).statuses("floor")}

    assert judged == {
        "floor.tier.order.customer_id",
        "floor.tier.order.customer_id.amount",
        "floor.tier.item.order_id.customer_id",
        "floor.tier.item.order_id.customer_id.price",
        "floor.tier.review.customer_id",
    }


def test_flat_data_fail(make) -> None:
    shop = bare(make(seed=41, customers=2000, fanout=FLAT, value=FLAT, review=FLAT))
    report = shop.audit()

    assert {f.status for f in report.findings if f.check == "floor"} == {Status.FAIL}
    assert report.exit_code == 1


def test_large_differences_pass_and_what_is_flat_among_them_does_not(make) -> None:
    shop = bare(make(seed=42, customers=2000))
    statuses = shop.statuses("floor")

    assert statuses["floor.tier.order.customer_id.VIP-vs-Standard"] is Status.PASS
    assert statuses["floor.tier.order.customer_id.amount.Standard-vs-Casual"] is Status.PASS
    assert statuses["floor.tier.item.order_id.customer_id.VIP-vs-Standard"] is Status.FAIL


def test_a_difference_near_the_floor_is_inconclusive(make) -> None:
    shop = bare(make(seed=43, fanout={"VIP": 1.44, "Standard": 1.2, "Casual": 1.0}))

    assert shop.statuses("floor")["floor.tier.order.customer_id.VIP-vs-Standard"] is Status.INCONCLUSIVE


def test_the_floor_is_the_contracts(make) -> None:
    shop = bare(make(seed=42, customers=2000))
    shop.contract["thresholds"] = {"min_effect": {"fanout": 0.9, "value": 0.1}}

    assert shop.statuses("floor")["floor.tier.order.customer_id.VIP-vs-Standard"] is Status.FAIL


def test_an_axis_with_neither_is_only_described(shop) -> None:
    del bare(shop).contract["axes"]["tier"]["rank"]
    report = shop.audit()

    assert not report.measured
    assert report.populations
    assert report.exit_code == 0
