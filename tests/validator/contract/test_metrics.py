"""Metrics: which pairs each one compares, and what is derived from an axis."""

from __future__ import annotations

from fanwise.validator import load_contract, metrics_of
from fanwise.validator.contract.paths import paths_to


def pairs_of(shop, declared: dict[str, float]) -> list[tuple[str, str, float | None]]:
    shop.only_effects("orders").contract["effects"]["orders"]["declared"] = declared
    metric = metrics_of(load_contract(shop.contract))[0]
    return [(pair.high, pair.low, pair.ratio) for pair in metric.pairs()]


def test_neighbours_by_declared_mean(shop) -> None:
    assert pairs_of(shop, {"Casual": 4.0, "VIP": 1.0, "Standard": 2.0}) == [
        ("Casual", "Standard", 2.0),
        ("Standard", "VIP", 2.0),
    ]


def test_each_segment_of_a_level_meets_the_next_level(shop) -> None:
    assert pairs_of(shop, {"VIP": 3.0, "Standard": 1.0, "Casual": 1.0}) == [
        ("Standard", "Casual", 1.0),
        ("VIP", "Standard", 3.0),
        ("VIP", "Casual", 3.0),
    ]
    assert pairs_of(shop, {"VIP": 3.0, "Standard": 3.0, "Casual": 1.0}) == [
        ("Standard", "VIP", 1.0),
        ("Standard", "Casual", 3.0),
        ("VIP", "Casual", 3.0),
    ]


def test_zero_has_no_ratio_and_mixed_signs_have_none_either(shop) -> None:
    assert pairs_of(shop, {"VIP": 3.0, "Standard": 1.0, "Casual": 0.0})[-1] == ("Standard", "Casual", None)
    assert pairs_of(shop, {"VIP": 3.0, "Standard": 1.0, "Casual": -1.0})[-1] == ("Standard", "Casual", None)


def test_negative_means_are_ordered_by_size(shop) -> None:
    assert pairs_of(shop, {"VIP": -3.0, "Standard": -1.5, "Casual": -1.0}) == [
        ("VIP", "Standard", 2.0),
        ("Standard", "Casual", 1.5),
    ]


def test_roles_and_order(shop) -> None:
    found = metrics_of(load_contract(shop.contract))

    assert [(metric.role, metric.label) for metric in found] == [
        ("declared", "order per customer"),
        ("declared", "mean order.amount"),
        ("declared", "mean item.price"),
        ("declared", "review per customer"),
        ("expected", "order per customer"),
        ("watch", "item per order"),
    ]
    assert found[0].measure == found[4].measure


def test_paths_never_visit_a_table_twice(shop) -> None:
    shop.contract["tables"]["customer"]["columns"]["friend"] = {"type": "int64", "nullable": True}
    shop.contract["tables"]["customer"]["refs"] = [{"table": "customer", "columns": "friend", "nullable": True}]
    tables = load_contract(shop.contract).tables

    assert list(paths_to(tables, "item", "customer")) == [(("order_id",), ("customer_id",))]
    assert list(paths_to(tables, "customer", "customer")) == [()]
    assert list(paths_to(tables, "customer", "item")) == []
