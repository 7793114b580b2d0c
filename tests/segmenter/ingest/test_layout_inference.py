"""Which table and column is what, told by names; what could be several things is asked, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fanwise.segmenter.errors import MappingError
from fanwise.segmenter.ingest.layout_inference import resolve
from fanwise.segmenter.ingest.mapping import Declared, DeclaredTable, Layout, Marked, read_mapping

ECOMMERCE = {
    "customer": {"customer_id": "BIGINT", "customer_segment": "VARCHAR", "full_name": "VARCHAR", "signed_up": "TIMESTAMP"},
    "product": {"product_id": "VARCHAR", "category": "VARCHAR", "price": "DOUBLE"},
    "order": {"order_id": "BIGINT", "customer_id": "BIGINT", "ordered_at": "TIMESTAMP", "gross_amount": "DOUBLE"},
    "order_item": {
        "order_id": "BIGINT", "line_no": "BIGINT", "product_id": "VARCHAR", "quantity": "BIGINT", "unit_price": "DOUBLE",
        "line_amount": "DOUBLE",
    },
}  # fmt: skip


def columns(layout: Layout, role: str) -> dict[str, str]:
    return dict(layout.tables[role].columns)


def refused(tables: dict[str, dict[str, str]], declared: Declared | None = None) -> str:
    with pytest.raises(MappingError) as caught:
        resolve(declared or Declared(), tables, "shop")
    return str(caught.value)


def test_the_ready_dataset_needs_no_mapping() -> None:
    layout, said = resolve(Declared(), ECOMMERCE, "shop")

    assert columns(layout, "customer") == {"id": "customer_id", "created": "signed_up"}
    assert columns(layout, "order") == {
        "id": "order_id",
        "customer": "customer_id",
        "at": "ordered_at",
        "total": "gross_amount",
    }
    assert columns(layout, "order_item") == {
        "order": "order_id", "product": "product_id", "quantity": "quantity", "price": "unit_price", "amount": "line_amount",
    }  # fmt: skip
    assert columns(layout, "product") == {"id": "product_id", "category": "category"}
    assert (layout.flat, layout.order_grain) == (False, "order")
    assert said[1] == "order is order (id = order_id, customer = customer_id, at = ordered_at, total = gross_amount)"


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"Users": "id, created_at", "Purchases": "purchase_id, user_id, purchase_date, amount"}, {"order": "Purchases", "customer": "Users"}),
        ({"invoices": "InvoiceNo, CustomerID, InvoiceDate", "invoice_lines": "InvoiceNo, StockCode, Quantity, UnitPrice"}, {"order": "invoices", "order_item": "invoice_lines"}),
        ({"orders": "id, customer_id, created_at, total", "items": "order_id, sku, qty, price"}, {"order": "orders", "order_item": "items"}),
        ({"orders": "id, customer_id, created_at, total", "items": "item_id, category"}, {"order": "orders", "product": "items"}),
        ({"orders": "id, customer_id, date, total", "refunds": "order_id, amount", "tickets": "customer_id, opened_at"}, {"order": "orders", "return": "refunds", "ticket": "tickets"}),
        ({"orders": "id, customer_id, date, total", "returns": "sku, amount"}, {"order": "orders"}),
    ],
)  # fmt: skip
def test_tables_are_told_by_their_names(tables: dict[str, str], expected: dict[str, str]) -> None:
    layout, _ = resolve(
        Declared(), {name: dict.fromkeys(text.split(", "), "VARCHAR") for name, text in tables.items()}, "shop"
    )

    assert {role: placed.table for role, placed in layout.tables.items()} == expected


def test_one_table_of_lines_is_flat() -> None:
    names = "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country"
    layout, _ = resolve(Declared(), {"retail": dict.fromkeys(names.split(), "VARCHAR")}, "shop")

    assert layout.flat
    assert columns(layout, "order") == {"id": "InvoiceNo", "customer": "CustomerID", "at": "InvoiceDate"}
    assert columns(layout, "order_item") == {"product": "StockCode", "quantity": "Quantity", "price": "UnitPrice"}


def test_beside_lines_an_amount_is_a_lines_unless_it_is_called_an_orders() -> None:
    names = "order_id customer_id order_date product_id amount order_total discount"
    layout, _ = resolve(Declared(), {"export": dict.fromkeys(names.split(), "VARCHAR")}, "shop")

    assert columns(layout, "order")["total"] == "order_total"
    assert columns(layout, "order_item") == {"product": "product_id", "amount": "amount", "discount": "discount"}


def test_a_table_without_order_ids_is_gathered_by_day() -> None:
    layout, _ = resolve(
        Declared(), {"export": dict.fromkeys(["customer_id", "order_date", "amount"], "VARCHAR")}, "shop"
    )

    assert (layout.flat, layout.order_grain) == (False, "customer_day")


def test_the_only_instant_is_that_of_the_order() -> None:
    tables = {"orders": {"order_id": "BIGINT", "customer_id": "BIGINT", "bought": "TIMESTAMP", "amount": "DOUBLE"}}

    assert columns(resolve(Declared(), tables, "shop")[0], "order")["at"] == "bought"


def test_what_could_be_several_columns_is_asked_with_a_mapping_that_works(tmp_path: Path) -> None:
    tables = {
        "orders": dict.fromkeys(["order_id", "customer_id", "user_id", "order_date", "amount", "revenue"], "VARCHAR")
    }
    said = refused(tables)

    assert "order.customer (who bought) could be customer_id or user_id" in said
    assert "order.total (the total of the order) could be amount or revenue" in said
    pasted = tmp_path / "map.yaml"
    line = said[said.index("tables: {") :].partition("; ")[0].removesuffix(".")
    assert "\n" not in line, "an error is one line, so the mapping to paste is one, too"
    pasted.write_text(line)
    assert yaml.safe_load(pasted.read_text())["tables"]["order"]["customer"] == "customer_id"
    assert columns(resolve(read_mapping(pasted), tables, "shop")[0], "order")["total"] == "amount"


def test_what_could_be_several_tables_is_asked() -> None:
    names = dict.fromkeys(["order_id", "customer_id", "order_date", "amount"], "VARCHAR")

    assert "order could be orders or purchases" in refused({"orders": names, "purchases": names})


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"a": ["x"], "b": ["y"]}, "no table of orders was found among a, b"),
        ({"orders": ["order_id", "amount"]}, "order.customer (who bought) was not found among order_id, amount"),
        ({"orders": ["customer_id", "date"], "order_items": ["order_id", "sku"]}, "order_items refers to orders, but orders has no order id"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(tables: dict[str, list[str]], expected: str) -> None:
    assert expected in refused({name: dict.fromkeys(names, "VARCHAR") for name, names in tables.items()})


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (Declared({"order": DeclaredTable("ordr")}), "there is no table ordr. Hint: did you mean 'order'?"),
        (Declared({"order": DeclaredTable("order", {"total": "gross_amout"})}), "did you mean 'gross_amount'?"),
        (Declared(cancelled=Marked("stat", ("void",))), "order has no column stat"),
    ],
)
def test_what_the_mapping_says_must_be_there(declared: Declared, expected: str) -> None:
    assert expected in refused(ECOMMERCE, declared)


def test_what_the_mapping_says_goes_before_names() -> None:
    declared = Declared({"order": DeclaredTable(None, {"total": None}), "product": None})
    layout, _ = resolve(declared, ECOMMERCE, "shop")

    assert "total" not in columns(layout, "order")
    assert "product" not in layout.tables


def test_a_row_is_an_order_where_the_mapping_says_its_total() -> None:
    tables = {"export": dict.fromkeys(["customer_id", "order_date", "quantity", "amount"], "VARCHAR")}
    layout, _ = resolve(Declared({"order": DeclaredTable(None, {"total": "amount"})}), tables, "shop")

    assert not layout.flat


def test_totals_of_lines_cannot_be_added_up_to_days() -> None:
    tables = {"export": dict.fromkeys(["customer_id", "order_date", "sku", "order_total"], "VARCHAR")}

    assert "cannot be added up to customer days" in refused(tables)
