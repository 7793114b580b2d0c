"""The ready datasets: they load, tell their story, and restate their effects."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from jsonschema import Draft202012Validator

from fanwise.generator.engine.local import generate
from fanwise.generator.language import load, ready_names, ready_text, specialised_schema
from fanwise.generator.language.document.sources import RULES
from fanwise.generator.language.shape.definitions import language_schema
from fanwise.generator.language.spec import Multiplier
from fanwise.generator.plan import compile_plan
from fanwise.io.yaml import read_text


@pytest.mark.parametrize("name", ready_names())
def test_a_ready_dataset_loads_and_opens_with_its_story(name: str) -> None:
    lines = ready_text(name).split("\n")

    assert load(name).name == name
    assert lines[0] == "# yaml-language-server: $schema=dataset.schema.json"
    assert len([line for line in lines[1:20] if line.startswith("# ") and len(line) > 40]) >= 5


@pytest.mark.parametrize("name", ready_names())
def test_the_schema_for_editors_accepts_it(name: str) -> None:
    content = read_text(ready_text(name), name, RULES).content

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
    content = read_text(text.replace(old, new, 1), "f", RULES).content

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
    assert [(s.table, s.column) for s in value.path.steps] == [("customer", "customer_id")]
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


# TPC-H standard specification, revision 3.0.1, clauses 1.4.1 and 4.2.5.
TPCH = {
    "region": (5, "r_regionkey r_name r_comment"),
    "nation": (25, "n_nationkey n_name n_regionkey n_comment"),
    "supplier": (10_000, "s_suppkey s_name s_address s_nationkey s_phone s_acctbal s_comment"),
    "part": (200_000, "p_partkey p_name p_mfgr p_brand p_type p_size p_container p_retailprice p_comment"),
    "partsupp": (800_000, "ps_partkey ps_suppkey ps_availqty ps_supplycost ps_comment"),
    "customer": (150_000, "c_custkey c_name c_address c_nationkey c_phone c_acctbal c_mktsegment c_comment"),
    "orders": (
        1_500_000,
        "o_orderkey o_custkey o_orderstatus o_totalprice o_orderdate o_orderpriority o_clerk o_shippriority o_comment",
    ),
    "lineitem": (
        6_000_000,
        "l_orderkey l_partkey l_suppkey l_linenumber l_quantity l_extendedprice l_discount l_tax l_returnflag l_linestatus "
        "l_shipdate l_commitdate l_receiptdate l_shipinstruct l_shipmode l_comment",
    ),
}


def test_tpch_has_the_tables_columns_and_sizes_of_the_standard() -> None:
    plan = compile_plan(load("tpch"))

    assert {name: " ".join(table.written) for name, table in plan.tables.items()} == {
        t: c for t, (_, c) in TPCH.items()
    }
    assert plan.expected_rows == pytest.approx({table: rows for table, (rows, _) in TPCH.items()}, rel=1e-3)


def test_tpch_hangs_together() -> None:
    """What the standard says of values that follow from others."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(compile_plan(load("tpch"), scale=0.002)):
        for name, frame in frames.items():
            parts.setdefault(name, []).append(frame)
    found = {name: pl.concat(frames) for name, frames in parts.items()}
    line = found["lineitem"].join(found["orders"], left_on="l_orderkey", right_on="o_orderkey")
    line = line.join(found["part"], left_on="l_partkey", right_on="p_partkey")
    order = line.group_by("l_orderkey").agg(
        pl.col("o_totalprice", "o_orderstatus").first(),
        total=(pl.col("l_extendedprice").cast(float) * (1 + pl.col("l_tax").cast(float)) * (1 - pl.col("l_discount").cast(float))).round(2).sum(),
        status=pl.col("l_linestatus").unique().sort().str.join(""),
    )  # fmt: skip
    days = line.select(
        ship=(pl.col("l_shipdate") - pl.col("o_orderdate")).dt.total_days(),
        commit=(pl.col("l_commitdate") - pl.col("o_orderdate")).dt.total_days(),
        receipt=(pl.col("l_receiptdate") - pl.col("l_shipdate")).dt.total_days(),
    )
    keys = ["ps_partkey", "ps_suppkey"]

    assert line.height == found["lineitem"].height
    assert (
        line.select(pl.col("l_partkey").alias(keys[0]), pl.col("l_suppkey").alias(keys[1]))
        .join(found["partsupp"], on=keys, how="anti")
        .is_empty()
    )
    assert (line["l_extendedprice"] == line["l_quantity"] * line["p_retailprice"]).all()
    assert (order["o_totalprice"].cast(float) - order["total"]).abs().max() < 0.05
    assert (order["o_orderstatus"] == order["status"].replace("FO", "P")).all()
    assert days.min().row(0) >= (1, 30, 1)
    assert days.max().row(0) <= (121, 90, 30)
    assert ((line["l_returnflag"] == "N") == (line["l_receiptdate"] > dt.date(1995, 6, 17))).all()
    assert set(found["customer"]["c_custkey"]) - set(found["orders"]["o_custkey"]) >= set(range(3, 300, 3))
    assert found["nation"].filter(n_nationkey=24)["n_name"].item() == "UNITED STATES"
    assert found["nation"].sort("n_nationkey")["n_regionkey"].to_list() == [
        0, 1, 1, 1, 4, 0, 3, 3, 2, 2, 4, 4, 2, 4, 0, 0, 0, 1, 2, 3, 4, 2, 3, 3, 1,
    ]  # fmt: skip


def test_tpch_texts_fit_the_columns_of_the_standard() -> None:
    wide = {"r": 152, "n": 152, "s": 101, "p": 23, "ps": 199, "c": 117, "o": 79, "l": 44}
    frames = [frame for chunk in generate(compile_plan(load("tpch"), scale=0.002)) for frame in chunk.values()]
    longest: dict[str, int] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            if dtype == pl.String and frame.height:
                longest[name] = max(longest.get(name, 0), frame[name].str.len_chars().max() or 0)  # type: ignore[operator,type-var]

    assert {
        name: size for name, size in longest.items() if name.endswith("comment") and size > wide[name.split("_")[0]]
    } == {}
    assert {name: longest[name] for name in ("s_name", "c_name", "o_clerk", "s_phone", "c_phone")} == {
        "s_name": 18, "c_name": 18, "o_clerk": 15, "s_phone": 15, "c_phone": 15,
    }  # fmt: skip
    assert longest["p_name"] <= 55
    assert longest["p_type"] <= 25
    assert longest["s_address"] <= 40
