"""The ready datasets: they load, tell their story, and restate their effects."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from generator.language import load, ready_names, ready_text, specialised_schema
from generator.language.schema_pass import language_schema
from generator.language.spec import Multiplier
from generator.language.yaml_loader import parse


@pytest.mark.parametrize("name", ready_names())
def test_a_ready_dataset_loads_and_opens_with_its_story(name: str) -> None:
    lines = ready_text(name).split("\n")

    assert load(name).name == name
    assert lines[0] == "# yaml-language-server: $schema=dataset.schema.json"
    assert len([line for line in lines[1:20] if line.startswith("# ") and len(line) > 40]) >= 5


@pytest.mark.parametrize("name", ready_names())
def test_the_schema_for_editors_accepts_it(name: str) -> None:
    content = parse(ready_text(name), name).content

    assert list(Draft202012Validator(language_schema()).iter_errors(content)) == []
    specialised = specialised_schema(load(name))
    Draft202012Validator.check_schema(specialised)
    assert list(Draft202012Validator(specialised).iter_errors(content)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ref: product", "ref: produkt"),
        ("parent: order\n", "parent: ordr\n"),
        ("segment: tier", "segment: tear"),
        ("key: order_id", "key: order_key"),
        ("VIP: 1.4", "Vip: 1.4"),
        ("tier: {VIP: 1.3", "tear: {VIP: 1.3"),
        ("parent: order_id", "parent: order_no"),
        ("curve: retail", "curve: wholesale"),
        ("table: customer ", "table: customers "),
    ],
)
def test_the_specialised_schema_knows_the_names(old: str, new: str) -> None:
    text = ready_text("ecommerce")
    assert old in text
    content = parse(text.replace(old, new, 1), "f").content

    assert list(Draft202012Validator(specialised_schema(load("ecommerce"))).iter_errors(content))


def factors(found: tuple[Multiplier, ...]) -> dict[str, float]:
    return dict(found[0].factors)


def test_ecommerce_is_the_complete_example() -> None:
    dataset = load("ecommerce")
    order = dataset.tables["order"]

    assert list(dataset.tables) == ["customer", "product", "order", "order_item"]
    assert (dataset.seed, dataset.tables["customer"].rows, dataset.tables["product"].rows) == (42, 1000, 500)
    assert dict(dataset.axes["tier"].share) == {"VIP": 0.164, "Standard": 0.482, "Casual": 0.354}
    assert order.fanout is not None
    assert factors(order.fanout.generator.multipliers) == {"VIP": 1.4, "Standard": 1.0, "Casual": 0.8}
    assert factors(order.columns["gross_amount"].generator.multipliers) == {"VIP": 1.3, "Standard": 1.0, "Casual": 0.9}
    assert {"orders_per_customer", "order_value"} == {expect.name for expect in dataset.audit.expect}
    assert dataset.audit.expect[0].ratios == (("VIP", "Standard", 1.3, 1.5),)


def test_ecommerce_flat_is_the_same_without_an_effect() -> None:
    flat, real = load("ecommerce_flat"), load("ecommerce")

    assert {t: list(v.columns) for t, v in flat.tables.items()} == {t: list(v.columns) for t, v in real.tables.items()}
    assert (flat.axes["tier"].share, flat.axes["tier"].rank) == (real.axes["tier"].share, real.axes["tier"].rank)
    assert flat.audit.expect == ()
    assert [
        column.name
        for table in flat.tables.values()
        for column in table.columns.values()
        if column.generator.multipliers
    ] == []
    assert all(not table.fanout.generator.multipliers for table in flat.tables.values() if table.fanout)


def test_marketplace_reaches_the_segment_by_reference() -> None:
    dataset = load("marketplace")
    order, back = dataset.tables["order"], dataset.tables["return"]

    assert order.parent == "shop"
    assert factors(order.columns["customer_id"].generator.multipliers) == {"VIP": 4.0, "Standard": 1.0, "Casual": 0.4}
    value = order.columns["gross_amount"].generator.multipliers[0]
    assert dict(value.factors) == {"VIP": 3.0, "Standard": 1.0, "Casual": 0.6}
    assert [(s.kind, s.table, s.column) for s in value.path.steps] == [("ref", "customer", "customer_id")]
    assert back.fanout is not None
    assert [step.table for step in back.fanout.generator.multipliers[0].path.steps] == ["order", "customer"]
    depth, table = 0, back
    while table.parent is not None:
        depth, table = depth + 1, dataset.tables[table.parent]
    assert depth >= 4


def test_marketplace_restates_every_effect() -> None:
    dataset = load("marketplace")
    expected = {(e.aggregate, e.table, e.column): e.rank for e in dataset.audit.expect}

    assert expected == {
        ("count", "order", None): ("VIP", "Standard", "Casual"),
        ("mean", "order", "gross_amount"): ("VIP", "Standard", "Casual"),
        ("share", "order", "shipping"): ("VIP", "Standard", "Casual"),
        ("count", "return", None): ("Casual", "Standard", "VIP"),
    }
