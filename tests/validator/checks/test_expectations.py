"""Expectations: all four aggregates; inside passes, wholly outside fails, else inconclusive."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import Status


def expecting(shop, **entry: object):
    shop.contract["expect"] = {"it": {"by": "tier", **entry}}
    return shop.findings("expectation")


def test_the_shop_keeps_its_expectations(shop) -> None:
    assert set(shop.statuses("expectation").values()) == {Status.PASS}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"count": "order", "per": "customer"}, 1.6),
        ({"count": "item", "per": "customer"}, 1.6),
        ({"count": "item", "per": "order"}, 1.0),
        ({"sum": "order.amount", "per": "customer"}, 2.4),
        ({"sum": "item.price", "per": "order"}, 1.5),
        ({"mean": "item.price"}, 1.5),
        ({"share": "review.kind = photo"}, 1.0),
    ],
)
def test_every_aggregate_measures_what_it_says(make, entry: dict, expected: float) -> None:
    shop = make(seed=31, customers=2000)
    found = expecting(shop, **entry, ratio={"VIP/Standard": [expected * 0.9, expected * 1.1]})[
        "expect.it.VIP-vs-Standard.range"
    ]

    assert found.status is Status.PASS
    assert found.estimate == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("bounds", [[2.0, 3.0], [0.5, 1.2]], ids=["below", "above"])
def test_wholly_outside_fails(shop, bounds: list[float]) -> None:
    found = expecting(shop, mean="order.amount", ratio={"VIP/Standard": bounds})

    assert found["expect.it.VIP-vs-Standard.range"].status is Status.FAIL


def test_an_interval_that_reaches_into_the_range_is_inconclusive(shop) -> None:
    found = expecting(shop, mean="order.amount", ratio={"VIP/Standard": [1.55, 3.0]})["expect.it.VIP-vs-Standard.range"]

    assert found.status is Status.INCONCLUSIVE
    assert found.interval.level == 0.999


def test_a_rank_against_the_data_fails(shop) -> None:
    shop.contract["effects"] = {}
    found = expecting(shop, mean="order.amount", rank="Casual > Standard > VIP")

    assert {finding.status for finding in found.values()} == {Status.FAIL}


FLAT = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}


@pytest.mark.parametrize(("floor", "status"), [(None, Status.INCONCLUSIVE), (0.2, Status.FAIL)])
def test_a_rank_without_any_difference_fails_only_against_a_stated_floor(make, floor: float | None, status) -> None:
    shop = make(seed=32, customers=3000, fanout=FLAT)
    shop.contract["effects"] = {}
    if floor is not None:
        shop.contract["thresholds"] = {"min_effect": {"fanout": floor}}
    found = expecting(shop, count="order", per="customer", rank="VIP > Standard > Casual")

    assert {finding.status for finding in found.values()} == {status}
    if floor is not None:
        assert "VIP must be at least 20 % higher." in found["expect.it.VIP-vs-Standard"].message


def test_a_stated_floor_that_is_shown_passes_and_one_that_is_not_never_does(make) -> None:
    shop = make(seed=33, customers=3000)
    shop.contract["effects"] = {}
    statuses = []
    for floor in (0.2, 0.6, 1.0):
        shop.contract["thresholds"] = {"min_effect": {"fanout": floor}}
        found = expecting(shop, count="order", per="customer", rank="VIP > Standard")
        statuses.append(found["expect.it.VIP-vs-Standard"].status)

    assert statuses == [Status.PASS, Status.INCONCLUSIVE, Status.FAIL]


def test_a_declared_ratio_decides_before_a_stated_floor(make) -> None:
    """The effect of 1.6 is declared, so the rank asks for no other size."""
    shop = make(seed=33, customers=3000)
    shop.contract["thresholds"] = {"min_effect": {"fanout": 0.9}}
    found = expecting(shop, count="order", per="customer", rank="VIP > Standard > Casual")

    assert {finding.status for finding in found.values()} == {Status.PASS}


def test_segments_with_a_slash_are_written_out(shop) -> None:
    shop.contract["effects"] = {}
    shop.contract["axes"]["tier"] = {
        "table": "customer",
        "column": "tier",
        "share": {"V/P": 0.2, "Standard": 0.5, "Casual": 0.3},
    }
    shop.frames["customer"] = shop.frames["customer"].with_columns(pl.col("tier").replace({"VIP": "V/P"}))
    found = expecting(shop, mean="order.amount", ratios=[{"of": "V/P", "to": "Standard", "between": [1.2, 1.8]}])

    assert [finding.status for finding in found.values()] == [Status.PASS]


def test_a_range_of_two_negative_means_is_judged(shop) -> None:
    shop.frames["order"] = shop.frames["order"].with_columns(amount=-pl.col("amount"))
    shop.contract["effects"] = {}
    found = expecting(shop, mean="order.amount", ratio={"VIP/Standard": [1.3, 1.7], "Standard/VIP": [1.3, 1.7]})

    assert found["expect.it.VIP-vs-Standard.range"].status is Status.PASS
    assert found["expect.it.VIP-vs-Standard.range"].interval.low > 1
    assert found["expect.it.Standard-vs-VIP.range"].status is Status.FAIL


def test_a_rank_of_values_without_a_declared_effect_is_that_of_the_numbers(shop) -> None:
    """-100 is not higher than -50."""
    shop.frames["order"] = shop.frames["order"].with_columns(amount=-pl.col("amount"))
    shop.contract["effects"] = {}
    found = expecting(shop, mean="order.amount", rank="Standard > VIP")

    assert found["expect.it.Standard-vs-VIP"].status is Status.PASS
