"""Real orders, where they are at hand: CDNOW (Fader and Hardie) and a sample of Complete Journey (CC0)."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from fanwise.segmenter.axes import FEATURES
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source

# Read before the fixture of all tests takes such variables away.
FOLDER = Path(os.environ.get("FANWISE_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
CDNOW = FOLDER / "cdnow_master.csv"
JOURNEY = FOLDER / "completejourney_sample.parquet"


@pytest.mark.skipif(not CDNOW.exists(), reason=f"{CDNOW.name} is not in FANWISE_REAL_DATA")
def test_no_customer_is_lost_and_one_order_is_told_apart(tmp_path: Path) -> None:
    with open_source(CDNOW, folder=tmp_path, threads=2) as source:
        table = build_features(source)
    found = pl.read_parquet(table.path)
    orders = pl.read_csv(CDNOW, schema_overrides={"customer_id": pl.String})
    days = (
        orders.group_by("customer_id").agg(pl.col("order_date").n_unique(), pl.col("amount").sum()).sort("customer_id")
    )

    assert source.intake.layout.order_grain == "customer_day"
    assert found["customer_id"].to_list() == days["customer_id"].to_list()
    assert found["orders"].to_list() == days["order_date"].to_list()
    assert found["value"].to_list() == pytest.approx(days["amount"].to_list())
    assert round((found["orders"] == 1).mean() * 100, 1) == 51.1  # type: ignore[operator, arg-type]
    for feature in FEATURES:
        if feature.name in found.columns:
            few = found["orders"] < feature.min_orders
            assert found.filter(few)[feature.name].null_count() == few.sum()
            assert not found[feature.name].is_nan().any()
    for axis in ("purchase_frequency", "purchase_value", "purchase_cadence", "customer_maturity"):
        assert found.select(pl.col(f"^{axis}\\..*$").null_count()).row(0) == (0,) * len(table.states[axis].features)


@pytest.mark.skipif(not JOURNEY.exists(), reason=f"{JOURNEY.name} is not in FANWISE_REAL_DATA")
def test_a_file_of_lines_is_gathered_to_baskets(tmp_path: Path) -> None:
    with open_source(JOURNEY, folder=tmp_path, threads=2) as source:
        table = build_features(source)
    found = pl.read_parquet(table.path)
    lines = pl.read_parquet(JOURNEY)
    expected = (
        lines.group_by("household_id")
        .agg(pl.col("basket_id").n_unique(), pl.col("sales_value").sum(), pl.col("product_id").n_unique())
        .sort("household_id")
    )

    assert found["customer_id"].to_list() == expected["household_id"].to_list()
    assert found["orders"].to_list() == expected["basket_id"].to_list()
    assert found["value"].to_list() == pytest.approx(expected["sales_value"].to_list())
    assert found["category_exploration.products"].to_list() == expected["product_id"].to_list()
