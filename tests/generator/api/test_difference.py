"""`diff`: the rows, cells and segment means that a change of a schema moves, and no others."""

from __future__ import annotations

import polars as pl
import pytest

import fanwise
from fanwise.generator.api.difference import Difference, TableDifference
from fanwise.generator.errors import UsageError

SHOP = """\
fanwise: 1
name: shop
seed: 3
segments:
  tier: {table: customer, share: {VIP: 0.2, Basic: 0.8}}
tables:
  customer: {rows: 200, key: id, columns: {id: {sequence: {}}, tier: {segment: tier}}}
  product: {rows: 10, key: sku, columns: {sku: {sequence: {}}}}
  order:
    parent: customer
    fanout: {poisson: {mean: 4}, multiplier: {tier: {VIP: 1.5, Basic: 1}}}
    key: oid
    columns:
      oid: {sequence: {}}
      id: {parent: id}
      sku: {ref: product}
      gift: {bernoulli: {p: 0.1}}
      amount: {gamma: {mean: 50, shape: 3}, round: 2}
"""


def table(found: Difference, name: str) -> TableDifference:
    return next(each for each in found.tables if each.name == name)


def test_a_schema_does_not_differ_from_itself() -> None:
    found = fanwise.diff(SHOP, SHOP, by="tier")

    assert found.segments == ()
    assert all((each.only_a, each.only_b, each.columns) == (0, 0, ()) for each in found.tables)
    assert table(found, "order").both == fanwise.dataset(SHOP)["order"].height


def test_a_value_multiplier_moves_the_values_of_its_segment_alone() -> None:
    changed = SHOP.replace("shape: 3}, round", "shape: 3}, multiplier: {tier: {VIP: 2, Basic: 1}}, round")
    found = fanwise.diff(SHOP, changed, by="tier")
    order, customer = (fanwise.dataset(SHOP)[name] for name in ("order", "customer"))
    of_vips = order.join(customer.filter(tier="VIP"), on="id", how="semi")

    assert (table(found, "order").only_a, table(found, "order").only_b) == (0, 0)
    assert [(column.name, column.cells) for column in table(found, "order").columns] == [("amount", of_vips.height)]
    assert {(each.what, each.segment): each.a == each.b for each in found.segments} == {
        ("mean of order.amount", "VIP"): False,
        ("mean of order.amount", "Basic"): True,
    }
    by_segment = {each.segment: (each.a, each.b) for each in found.segments}
    (column,) = table(found, "order").columns
    assert column.change == pytest.approx(of_vips["amount"].mean(), rel=1e-3)
    assert len(column.examples) == 3
    for cell in column.examples:
        assert cell.a is not None
        assert cell.b is not None
        assert order.filter(oid=int(cell.row))["amount"].item() == float(cell.a)
        assert float(cell.b) == pytest.approx(2 * float(cell.a), abs=0.011)
    assert by_segment["VIP"][0] == pytest.approx(of_vips["amount"].mean())
    assert by_segment["VIP"][1] == pytest.approx(2 * by_segment["VIP"][0], rel=1e-3)


def test_a_fanout_adds_rows_and_keeps_the_ones_that_were_there() -> None:
    found = fanwise.diff(SHOP, SHOP.replace("VIP: 1.5", "VIP: 3"), by="tier")
    orders = table(found, "order")

    assert orders.only_a == 0
    assert orders.only_b > 0
    assert [column.name for column in orders.columns] == ["oid"]  # the numbers of later rows
    assert (orders.columns[0].mean_a, orders.columns[0].mean_b) == (None, None)  # a key has no mean
    assert orders.rows_a == ()
    assert len(orders.rows_b) == 3
    assert set(orders.rows_b) <= {
        str(key) for key in fanwise.dataset(SHOP.replace("VIP: 1.5", "VIP: 3"))["order"]["oid"]
    }
    rows = {each.segment: (each.a, each.b) for each in found.segments if each.what == "rows of order"}
    assert rows["VIP"][1] - rows["VIP"][0] == orders.only_b
    assert rows["Basic"][0] == rows["Basic"][1]


def test_tables_and_columns_of_one_side_are_named() -> None:
    other = SHOP.replace("      gift: {bernoulli: {p: 0.1}}\n", "      note: {constant: x}\n").replace(
        "product", "item"
    )
    found = fanwise.diff(SHOP, other)

    assert (found.tables_a, found.tables_b) == (("product",), ("item",))
    assert (table(found, "order").columns_a, table(found, "order").columns_b) == (("gift",), ("note",))


def test_a_column_of_another_type_is_compared_as_text() -> None:
    found = fanwise.diff(SHOP, SHOP.replace("{gamma: {mean: 50, shape: 3}, round: 2}", "{constant: none}"))
    (column,) = [each for each in table(found, "order").columns if each.name == "amount"]

    assert column.cells == table(found, "order").both
    assert column.mean_b is None


def test_both_sides_have_the_seed_and_the_sizes_that_are_asked_for() -> None:
    found = fanwise.diff(SHOP, SHOP.replace("seed: 3", "seed: 4"), rows={"customer": 7})

    assert found.seed == 3
    assert table(found, "customer").both == 7
    assert not table(found, "order").columns
    assert fanwise.diff(SHOP, SHOP, seed=9).seed == 9


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fanwise.diff(SHOP, SHOP, by="teir"), ["--by teir", "did you mean 'tier'?"]),
        (lambda: fanwise.diff(SHOP, SHOP.replace("tier", "rank")), []),
        (lambda: fanwise.diff(SHOP, SHOP.replace("tier", "class"), by="tier"), ["not an axis of both"]),
        (lambda: fanwise.diff(SHOP, SHOP, scale=10_000), ["at most 5,000,000", "lower --scale"]),
    ],
)
def test_what_cannot_be_compared_is_an_error(call: object, words: list[str]) -> None:
    assert callable(call)
    if not words:
        assert call().tables
        return
    with pytest.raises(UsageError) as refused:
        call()
    assert [word for word in words if word not in str(refused.value)] == []


def test_the_document_holds_json_values() -> None:
    document = fanwise.diff(SHOP, SHOP.replace("VIP: 1.5", "VIP: 3"), by="tier").to_dict()

    assert document["by"] == "tier"
    assert document["tables"][2]["name"] == "order"
    assert isinstance(document["segments"][0]["a"], int | float)
    assert pl.DataFrame(document["segments"]).columns == ["what", "segment", "a", "b"]
