"""Row conditions: every name of the language, nulls, violations and their sample."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from fanwise.validator import Status, audit


@pytest.mark.parametrize(
    "text",
    [
        "order.ordered_at >= customer.signed_up",
        "item.price > 0 and order.amount > 0 and customer.tier in ('VIP', 'Standard', 'Casual')",
        "round(order.amount, 2) = order.amount",
        "review.stars between 1 and 5",
        "case when review.stars > 3 then review.kind is not null else true end",
        "extract(year from order.ordered_at) = 2024 and order.ordered_at < date '2025-01-01'",
        "review.customer_id is null or customer.tier like '%a%' or customer.tier = 'VIP'",
        "lower(review.kind) || '!' <> upper(review.kind) || '!'",
        "cast(order.order_id as text) <> '' and order.order_id::double >= 0.0",
    ],
)
def test_conditions_that_hold_pass(shop, text: str) -> None:
    shop.contract["checks"] = [text]
    (found,) = shop.findings("condition").values()

    assert found.status is Status.PASS


def test_violations_are_counted_and_sampled(shop) -> None:
    shop.contract["checks"] = ["review.stars < 5"]
    (found,) = shop.findings("condition").values()
    fives = shop.frames["review"].filter(pl.col("stars") == 5)

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": fives.height, "sample": [str(i) for i in fives["review_id"].sort()[:5]]}


def test_null_is_no_violation(shop) -> None:
    shop.contract["checks"] = [{"table": "review", "text": "customer_id.tier <> 'nobody'"}]
    (found,) = shop.findings("condition").values()

    assert shop.frames["review"]["customer_id"].null_count() > 0
    assert found.status is Status.PASS


def test_a_condition_reaches_through_two_edges(shop) -> None:
    shop.contract["checks"] = ["item.price > 0 or customer.tier = 'VIP'"]
    shop.frames["item"] = shop.frames["item"].with_columns(price=pl.lit(0.0))
    (found,) = shop.findings("condition").values()
    tiers = (
        shop.frames["item"].join(shop.frames["order"], on="order_id").join(shop.frames["customer"], on="customer_id")
    )

    assert found.evidence["rows"] == tiers.filter(pl.col("tier") != "VIP").height


def test_a_condition_on_a_missing_column_is_skipped(shop) -> None:
    shop.frames["customer"] = shop.frames["customer"].drop("signed_up")

    assert list(shop.statuses("condition").values()) == [Status.SKIPPED]


@pytest.mark.parametrize("text", ["x <= 100", "x < 2", "not (x > 100)", "x = 1", "abs(x) <= 100", "x between 0 and 5"])
def test_a_row_that_only_nan_breaks_is_found_in_every_source(tmp_path: Path, text: str) -> None:
    """DuckDB passes over row groups of Parquet whose smallest and largest value keep a rule; NaN is in neither."""
    frame = pl.DataFrame({"id": range(400), "x": [1.0] * 399 + [float("nan")]})
    for folder in ("parquet", "csv"):
        (tmp_path / folder).mkdir()
    frame.write_parquet(tmp_path / "parquet" / "t.parquet")
    frame.write_csv(tmp_path / "csv" / "t.csv")
    with duckdb.connect(tmp_path / "t.duckdb") as connection:
        connection.sql("CREATE TABLE t AS SELECT * FROM frame")
    columns = {"id": "int64", "x": "float64"}
    contract = {"contract": 1, "name": "c", "tables": {"t": {"key": "id", "columns": columns}}, "checks": [text]}

    found = {
        finding.message
        for source in (str(tmp_path / "parquet"), str(tmp_path / "csv"), str(tmp_path / "t.duckdb"), {"t": frame})
        for finding in audit(source, contract=contract).findings
        if finding.check == "condition"
    }
    assert found == {f"t: {text} does not hold in 1 row, such as id = 399."}
