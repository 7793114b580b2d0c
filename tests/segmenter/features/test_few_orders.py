"""Customers with one order, two, or none yet: each is somewhere on every axis, and no number is missing or infinite."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.assignment.customer import assign_one
from fanwise.segmenter.assignment.population import assign
from fanwise.segmenter.axes import FEATURES
from fanwise.segmenter.clustering.fit import fit
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
from fanwise.segmenter.model.validation import INSUFFICIENT
from tests.segmenter.generated import frames_of, written


def with_few_orders(frames: dict[str, pl.DataFrame], most: int) -> dict[str, pl.DataFrame]:
    """Return the shop with one to so many orders of each customer, and of every tenth customer none."""
    order = (
        frames["order"]
        .sort("ordered_at", "order_id")
        .filter(pl.int_range(pl.len()).over("customer_id") <= pl.col("customer_id") % most)
        .filter(pl.col("customer_id") % 10 > 0)
    )
    below = {
        name: frame.join(order.select("order_id"), on="order_id", how="semi")
        for name, frame in frames.items()
        if name in ("order_item", "return")
    }
    return {**frames, "order": order, **below}


@pytest.mark.parametrize("most", [1, 2])
def test_nobody_is_lost_and_no_number_is_nan(tmp_path: Path, most: int) -> None:
    frames = with_few_orders(frames_of("habits", rows={"customer": 300}), most)
    with open_source(written(tmp_path / "shop", frames), folder=tmp_path, threads=1) as source:
        table = build_features(source)
    features = pl.read_parquet(table.path)
    model = fit(table, max_k=3)
    told = assign(model, table)

    assert set(told["customer_id"]) == {str(number) for number in frames["customer"]["customer_id"]}
    assert set(features["orders"]) == {0, *range(1, most + 1)}
    for feature in FEATURES:
        values = features[feature.name]
        assert not values.is_nan().any()
        assert not values.is_infinite().any()
        if feature.min_orders <= most:
            few = values.is_null() & (features["orders"] >= feature.min_orders)
            assert not few.any(), feature.name
    for axis in model.axes:
        if axis.segments:
            assert np.isfinite([segment.centroid for segment in axis.segments]).all()
            assert np.isfinite([segment.share for segment in axis.segments]).all()
            without = told[axis.axis].is_in([INSUFFICIENT])
            assert without.sum() < told.height
            assert told.filter(~without)[f"{axis.axis}.margin"].is_between(0, 1).all()
            assert told.filter(without)[f"{axis.axis}.margin"].null_count() == without.sum()
    assert [axis.axis for axis in model.axes if axis.status == "off" and axis.reason == ""] == []
    for row in features.head(20).iter_rows(named=True):
        alone = assign_one(model, row)
        everybody = told.row(by_predicate=pl.col("customer_id") == row["customer_id"], named=True)
        assert {axis.axis: axis.segment for axis in alone.axes if axis.segment} == {
            axis.axis: everybody[axis.axis] for axis in alone.axes if everybody[axis.axis] != INSUFFICIENT
        }


def test_a_single_customer_has_a_place(tmp_path: Path) -> None:
    order = pl.DataFrame(
        {"order_id": [1], "customer_id": [7], "ordered_at": [dt.datetime(2024, 5, 1, 12)], "total": [19.99]}
    )
    with open_source(written(tmp_path / "shop", {"order": order}), folder=tmp_path, threads=1) as source:
        table = build_features(source)
    model = fit(table)

    assert assign(model, table)["customer_id"].to_list() == ["7"]
    assert all(axis.status == "off" and axis.reason for axis in model.axes)
