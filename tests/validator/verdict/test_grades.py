"""Letters: the worst pair decides, integrity caps, too little data has no letter; nothing is averaged."""

from __future__ import annotations

import polars as pl

FLAT = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}


def letter(shop) -> tuple[str | None, str]:
    grade = shop.audit().grades[0]
    return grade.letter, grade.reason


def test_a_for_effects_that_are_known_well(make) -> None:
    assert letter(make(seed=92, customers=20_000).only_effects("orders", "amount"))[0] == "A"


def test_b_where_an_interval_is_wide(make) -> None:
    shop = make(seed=12, customers=200).only_effects("orders")
    shop.contract["effects"]["orders"]["claim"] = "direction"
    found, why = letter(shop)

    assert found == "B"
    assert why == "only the direction of order per customer is claimed"


def test_no_a_where_only_the_direction_is_claimed(make) -> None:
    shop = make(seed=92, customers=20_000).only_effects("orders", "amount")
    shop.contract["effects"]["amount"]["claim"] = "direction"

    assert letter(shop) == ("B", "only the direction of mean order.amount is claimed")


def test_b_where_the_ratio_is_known_too_little(make) -> None:
    found, why = letter(make(seed=1).only_effects("orders"))

    assert found == "B"
    assert "not wholly within" in why


def test_the_band_of_equivalence_decides_on_an_a(make) -> None:
    shop = make(seed=1).only_effects("orders")
    shop.contract["thresholds"] = {"equivalence": 0.3}

    assert letter(shop)[0] == "A"


def test_no_a_where_nothing_but_a_rank_is_claimed(make) -> None:
    shop = make(seed=92, customers=20_000).only_effects("reviews")
    shop.contract["effects"] = {}
    order = {"count": "order", "by": "tier", "rank": "VIP > Standard > Casual"}
    shop.contract["expect"] = {"orders": order}

    assert letter(shop) == ("B", "no ratio is claimed, only directions")


def test_c_where_the_size_is_unlikely(make) -> None:
    shop = make(seed=23, customers=3000, fanout=FLAT | {"Casual": 1.2}).only_effects("orders")
    shop.contract["effects"]["orders"]["declared"] = FLAT
    del shop.contract["axes"]["tier"]["rank"]
    found, why = letter(shop)

    assert found == "C"
    assert "declared equal" in why


def test_d_where_the_size_is_excluded(make) -> None:
    shop = make(seed=13, customers=5000, fanout={"VIP": 1.3, "Standard": 1.0, "Casual": 0.6}).only_effects("orders")
    found, why = letter(shop)

    assert found == "D"
    assert "which the data exclude" in why


def test_f_where_the_order_is_wrong_however_sound_the_rest(make) -> None:
    assert letter(make(seed=14, customers=2000, price=FLAT))[0] == "F"


def test_f_where_integrity_is_broken(make) -> None:
    shop = make(seed=92, customers=4000).only_effects("orders")
    shop.frames["item"] = shop.frames["item"].with_columns(order_id=pl.col("order_id") + 10**6)
    found, why = letter(shop)

    assert found == "F"
    assert why == "1 check of integrity failed"


def test_no_letter_for_too_little_data(make) -> None:
    shop = make(seed=15, customers=40, fanout={"VIP": 1.1, "Standard": 1.0, "Casual": 0.9}).only_effects("orders")
    shop.contract["effects"]["orders"]["declared"] = {"VIP": 1.1, "Standard": 1.0, "Casual": 0.9}

    assert letter(shop)[0] == "–"


def test_nothing_claimed_has_none(make) -> None:
    shop = make(seed=16).only_effects("orders")
    shop.contract["effects"]["orders"]["claim"] = "none"

    assert letter(shop) == (None, "no claims about tier; it is only described")
