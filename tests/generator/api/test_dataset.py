"""The data set of the Python API: equal to a run, made only as far as asked, refusing what does not fit."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from rich.console import Console

import fanwise
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import OutputError, PlanError, SchemaError, UsageError

ROUTES = Path(__file__).with_name("routes.yaml")
READY = {
    "bank": {"customer": 12, "merchant": 5},
    "buytilldie": {"shopper": 25, "member": 25},
    "clinic": {"patient": 25},
    "crm": {"account": 12},
    "ecommerce": {"customer": 60},
    "ecommerce_flat": {"customer": 60},
    "habits": {"customer": 20},
    "marketplace": {"seller": 4},
    "subscriptions": {"account": 15},
    "tpch": {"supplier": 9, "part": 12, "customer": 15, "orders": 20},
}


def run_of(ds: fanwise.Dataset) -> dict[str, pl.DataFrame]:
    """Return the tables as the engine of `gen run` makes them."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(ds.plan, threads=1, chunk_rows=50):
        for name, frame in frames.items():
            parts.setdefault(name, []).append(frame)
    return {name: pl.concat(found) for name, found in parts.items()}


def test_every_ready_dataset_is_tested_here() -> None:
    assert sorted(READY) == sorted(fanwise.ready_names())


@pytest.mark.parametrize("name", [*READY, "routes"])
def test_tables_equal_those_of_a_run_in_whatever_order_they_are_asked(name: str) -> None:
    ds = fanwise.dataset(ROUTES) if name == "routes" else fanwise.dataset(name, rows=READY[name])
    expected = run_of(ds)

    for table in reversed(ds.tables):
        assert_frame_equal(ds[table], expected[table])


@pytest.mark.parametrize("whole", [0, 2_000_000])
def test_a_large_table_is_made_in_pieces_of_the_same_rows(whole: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanwise.generator.api.dataset._WHOLE", whole)
    monkeypatch.setattr("fanwise.generator.engine.executor.CHUNK_CELLS", 200)
    ds = fanwise.dataset(ROUTES)

    assert_frame_equal(ds["line"], run_of(ds)["line"])


def test_only_the_asked_table_and_what_it_needs_is_made(routes: fanwise.Dataset) -> None:
    routes["order"]
    top = routes._references.whole("customer")

    assert sorted(top._children) == ["address", "order"]  # an order refers to an address of its customer
    assert routes._references.whole("order")._children == {}


@pytest.mark.parametrize("name", list(READY))
@given(data=st.data())
@settings(max_examples=15)
def test_a_subtree_equals_the_same_rows_of_the_whole(name: str, data: st.DataObject) -> None:
    whole = fanwise.dataset(name, rows=READY[name])
    table = data.draw(st.sampled_from(whole.tables))
    row = data.draw(st.integers(0, whole[table].height - 1))

    found = fanwise.dataset(name, rows=READY[name]).subtree(table, row)

    assert_subtree(whole, table, row, found)


@given(row=st.integers(0, 10**6), table=st.sampled_from(["customer", "shop", "address", "order", "line"]))
@settings(max_examples=25)
def test_a_subtree_over_every_kind_of_edge(row: int, table: str) -> None:
    whole = fanwise.dataset(ROUTES)
    row %= whole[table].height

    assert_subtree(whole, table, row, fanwise.dataset(ROUTES).subtree(table, row))


def test_a_data_set_is_a_mapping_that_is_equal_to_itself_alone() -> None:
    shop, other = (fanwise.dataset("ecommerce", rows={"customer": 20}) for _ in range(2))

    assert isinstance(shop, Mapping)
    assert list(shop.keys()) == list(shop.tables)
    assert {name: frame.height for name, frame in shop.items()}["customer"] == 20
    assert shop.get("customer") is shop["customer"]
    assert shop.get("custommer") is None
    assert shop == shop
    assert shop != other
    assert len({shop, other}) == 2


def assert_subtree(whole: fanwise.Dataset, table: str, row: int, found: dict[str, pl.DataFrame]) -> None:
    """Hold each table of a subtree to the rows of the whole that carry the keys of the rows above."""
    expected = {table: whole[table][row : row + 1]}
    for name in whole.plan.tables:
        parent = whole.plan.tables[name].parent
        if parent in expected and name != table:
            key = list(whole.plan.dataset.tables[parent].key)
            columns = whole.plan.dataset.tables[name].columns.values()
            own = {c.generator.params["column"]: c.name for c in columns if c.kind == "parent"}
            keys = expected[parent].select(pl.col(column).alias(own[column]) for column in key)
            expected[name] = whole[name].join(keys, on=keys.columns, how="semi", maintain_order="left")
    assert found.keys() == expected.keys()
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame)


def test_a_subtree_counts_only_what_running_numbers_need() -> None:
    ds = fanwise.dataset("ecommerce", rows={"customer": 40})
    ds.subtree("customer", 7)

    assert ("directory", "order") in ds._references._kept  # order_id runs over all customers
    assert ("directory", "order_item") not in ds._references._kept


def test_chunks_are_the_tables_in_order(routes: fanwise.Dataset) -> None:
    parts = list(routes.iter_chunks(chunk_rows=10))

    assert len(parts) > 3
    assert_frame_equal(pl.concat([part["line"] for part in parts if "line" in part]), routes["line"])


def test_the_same_call_gives_the_same_data_and_another_seed_other_data() -> None:
    one, two = (fanwise.dataset("ecommerce", rows={"customer": 9}, seed=seed) for seed in (3, 4))

    assert_frame_equal(one["order"], fanwise.dataset("ecommerce", rows={"customer": 9}, seed=np.int64(3))["order"])
    assert not one["order"].equals(two["order"])


def test_a_schema_may_be_a_path_a_text_or_a_mapping(tmp_path: Path) -> None:
    text = "fanwise: 1\nname: t\ntables: {a: {rows: 3, columns: {x: {uniform: {min: 0, max: 1}}}}}\n"
    mapping = {
        "fanwise": 1,
        "name": "t",
        "tables": {"a": {"rows": 3, "columns": {"x": {"uniform": {"min": 0, "max": 1}}}}},
    }
    path = tmp_path / "t.yaml"
    path.write_text(text)

    frames = [fanwise.dataset(schema)["a"] for schema in (text, mapping, path, str(path))]

    assert all(frame.equals(frames[0]) for frame in frames)
    path.write_text(text.replace("max: 1", "max: 2"))
    assert not fanwise.dataset(path)["a"].equals(frames[0]), "a changed file is read again"


def test_it_looks_like_what_it_is(routes: fanwise.Dataset) -> None:
    page = io.StringIO()
    Console(file=page, width=100).print(routes)

    assert repr(routes) == (
        "<Dataset routes, seed 5: customer 12, shop 6, address about 24, order about 62, line about 149>"
    )
    assert "order" in page.getvalue()
    assert "customer" in page.getvalue()
    assert routes._repr_html_().startswith("<table><caption>routes, seed 5</caption>")
    assert list(routes) == list(dict(routes)) == list(routes.tables)
    assert "order" in routes
    assert "orders" not in routes
    assert len(routes) == 5


def test_html_is_escaped() -> None:
    column = {"rows": 1, "columns": {"x": {"constant": "<b>"}}}
    page = fanwise.dataset({"fanwise": 1, "name": "t", "tables": {"a": column}})._repr_html_()

    assert "<b>" not in page


def test_the_audit_judges_the_tables_in_memory() -> None:
    assert fanwise.dataset("ecommerce").audit().exit_code == 0
    assert fanwise.dataset("ecommerce_flat").audit().exit_code == 1


def test_write_makes_a_folder_of_ours_and_pins_are_in_it(tmp_path: Path) -> None:
    ds = fanwise.dataset("ecommerce", rows={"customer": 5}).override("customer", row=2, country="FR")

    folder = ds.write(tmp_path / "shop", file_format="csv")

    assert (folder / "manifest.json").is_file()
    assert pl.read_csv(folder / "customer.csv")["country"][2] == "FR"
    with pytest.raises(OutputError, match="--force"):
        ds.write(folder)
    ds.write(folder, force=True)
    assert (folder / "customer.parquet").is_file()
    workers = ds.write(tmp_path / "workers", workers=2)
    for file in folder.iterdir():
        assert (workers / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fanwise.dataset("ecomerce"), ["ecomerce", "did you mean 'ecommerce'?"]),
        (lambda: fanwise.dataset(7), ["a schema is a path"]),
        (lambda: fanwise.dataset("ecommerce", rows={"order": 5}), ["rows", "is a child of 'customer'"]),
        (lambda: fanwise.dataset("ecommerce", rows={"customers": 5}), ["customers", "did you mean 'customer'?"]),
        (lambda: fanwise.dataset("ecommerce", rows={"customer": -1}), ["-1"]),
        (lambda: fanwise.dataset("ecommerce", rows={"customer": 1.5}), ["rows.customer", "1.5"]),
        (lambda: fanwise.dataset("ecommerce", seed="x"), ["seed", "'x'"]),
        (lambda: fanwise.dataset("ecommerce", scale="x"), ["scale", "'x'"]),
        (lambda: fanwise.dataset("ecommerce", scale=0), ["scale"]),
        (
            lambda: fanwise.dataset("ecommerce")["orders"],
            ["ecommerce has no table 'orders'", "did you mean 'order'?"],
        ),
        (lambda: fanwise.dataset("ecommerce").subtree("customer", 1000), ["1,000 rows", "counted from 0"]),
        (lambda: fanwise.dataset("ecommerce").subtree("customer", -1), ["there is no row -1"]),
        (lambda: fanwise.dataset("ecommerce").subtree("customer", "17"), ["row", "whole number"]),
        (lambda: fanwise.dataset("ecommerce").subtree("customers", 1), ["did you mean 'customer'?"]),
        (lambda: fanwise.dataset("ecommerce").iter_chunks(chunk_rows=0), ["chunk_rows", "at least 1"]),
        (lambda: fanwise.dataset("ecommerce").to_duckdb(workers=0), ["workers", "at least 1"]),
        (lambda: fanwise.dataset("ecommerce").explain("order", row=1, column="x"), ["order has no column 'x'"]),
    ],
)
def test_bad_input_names_the_place_and_the_way_out(call, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError) as caught:
        call()

    assert [word for word in words if word not in str(caught.value)] == []


def test_a_broken_schema_keeps_its_own_errors() -> None:
    with pytest.raises(SchemaError, match="unknown key"):
        fanwise.dataset({"fanwise": 1, "name": "t", "tabels": {}})
    with pytest.raises(PlanError):
        fanwise.dataset(
            {
                "fanwise": 1,
                "name": "t",
                "tables": {"a": {"rows": 50, "columns": {"x": {"pattern": "#", "unique": True}}}},
            }
        )
