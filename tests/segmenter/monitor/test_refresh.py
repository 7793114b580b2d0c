"""Refresh: segments that are still there keep id and name, wherever the new fit puts them; the flow counts everybody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.model.io import dump_model, parse_model
from fanwise.segmenter.model.labels import axis_names
from fanwise.segmenter.model.model import AxisModel
from fanwise.segmenter.monitor.refresh import carry_names, refresh
from fanwise.segmenter.monitor.transitions import flows
from tests.segmenter.planted import AXES, model_of, planted_axis, planted_model, tier_axis, write_features

OLD = planted_axis("purchase_value", [[-1.5, 0.0], [0.0, 1.5], [1.5, -1.0]], names=("Sparsame", "Mittlere", "Beste"))


def test_ids_and_names_follow_the_centroids() -> None:
    fitted = planted_axis("purchase_value", [[1.4, -1.0], [-1.4, 0.1], [0.1, 1.4]], shares=(0.5, 0.3, 0.2))
    model, matchings = carry_names(model_of(OLD), model_of(fitted))

    assert [(each.id, each.name, each.share) for each in model.axes[0].segments] == [
        (0, "Sparsame", 0.3),
        (1, "Mittlere", 0.2),
        (2, "Beste", 0.5),
    ]
    assert [each.centroid for each in model.axes[0].segments] == [(-1.4, 0.1), (0.1, 1.4), (1.4, -1.0)]
    assert [(pair.old, pair.new, pair.sure) for pair in matchings["purchase_value"].pairs] == [
        (0, 0, True),
        (1, 1, True),
        (2, 2, True),
    ]


def test_fresh_segments_come_last_with_a_name_of_their_own() -> None:
    fitted = planted_axis("purchase_value", [[-1.4, -1.4], [1.4, -1.0], [-1.4, 0.1], [0.1, 1.4]])
    by_rule = axis_names(fitted)[0]
    old = replace(OLD, segments=(*OLD.segments[:2], replace(OLD.segments[2], name=by_rule)))
    model, matchings = carry_names(model_of(old), model_of(fitted))
    names = [each.name for each in model.axes[0].segments]

    assert names == ["Sparsame", "Mittlere", by_rule, f"{by_rule} (2)"]
    assert matchings["purchase_value"].fresh == (3,)
    assert model.axes[0].segments[3].centroid == (-1.4, -1.4)
    parse_model(dump_model(model))


def test_lost_segments_and_other_structures() -> None:
    fitted = planted_axis("purchase_value", [[1.4, -1.0], [-1.4, 0.1]])
    model, matchings = carry_names(
        model_of(OLD), model_of(fitted, planted_axis("return_behavior", [[0.0, 1.0], [1.0, 0.0]]))
    )

    assert [each.name for each in model.axes[0].segments] == ["Sparsame", "Beste"]
    assert matchings["purchase_value"].lost == (1,)
    assert matchings["return_behavior"].fresh == (0, 1)
    tiers, found = carry_names(model_of(OLD), model_of(tier_axis("purchase_value", (-0.5, 0.5))))
    assert [each.name for each in tiers.axes[0].segments] == ["Low tier by f0", "Middle tier by f0", "High tier by f0"]
    assert found["purchase_value"].pairs == ()


def test_flow_of_the_same_customers_counts_each_once(tmp_path: Path) -> None:
    old = model_of(OLD)
    moved = model_of(
        replace(
            OLD, segments=tuple(replace(each, centroid=(each.centroid[0], -each.centroid[1])) for each in OLD.segments)
        )
    )
    table = write_features(tmp_path / "f.parquet", old, 500, spread=0.8)
    for flow in (*flows(old, moved, table), *flows(old, moved, table, table, batch_size=60)):
        counts = np.array(flow.counts)
        missing = pl.read_parquet(table.path)["purchase_value.f0"].null_count()
        assert flow.customers == counts.sum() == 500 - missing
        assert counts[-1].sum() == counts[:, -1].sum() == 0
        assert flow.kept == pytest.approx(np.diag(counts)[:3].sum() / counts.sum())
    assert flows(old, moved, table) == flows(old, moved, table, table)


def test_flow_joins_customers_that_are_in_both(tmp_path: Path) -> None:
    old = model_of(OLD)
    first = write_features(tmp_path / "a.parquet", old, 300)
    frame = pl.read_parquet(first.path)
    later = frame[100:].with_columns(
        pl.when(pl.col("customer_id") < "c0000200")
        .then(None)
        .otherwise(pl.col("purchase_value.f1"))
        .alias("purchase_value.f1")
    )
    later.write_parquet(tmp_path / "b.parquet")
    flow = flows(old, old, first, tmp_path / "b.parquet")[0]
    counts = np.array(flow.counts)

    assert counts[:3, :3].sum() == np.trace(counts[:3, :3]) == frame[200:]["purchase_value.f0"].drop_nulls().len()
    assert counts[:3, 3].sum() == frame[100:200]["purchase_value.f0"].drop_nulls().len()
    assert flow.kept == 1.0
    assert flows(old, model_of(planted_axis("return_behavior", [[0.0], [1.0]])), first) == ()


def test_refresh_of_moved_customers_keeps_the_names(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    centres = np.array([[-1.4, -1.4, 0, 0], [0, 1.5, 0.5, 0], [1.5, -0.5, 0, 0.5]])
    axis = planted_axis("purchase_value", centres, names=("Sparsame", "Mittlere", "Beste"))
    features = tuple(
        replace(f, name=f"purchase_value.{n}")
        for f, n in zip(axis.features, ("mean", "total", "median", "largest"), strict=True)
    )
    # Every feature of this axis is fitted on a logarithmic scale, whatever the model that draws the customers says.
    features = tuple(replace(features[0], name=each.name) for each in features)
    axis = replace(axis, features=features)
    old = model_of(axis)
    moved = model_of(
        replace(
            axis,
            segments=tuple(
                replace(s, centroid=tuple(c)) for s, c in zip(axis.segments, (centres + 0.2).tolist(), strict=True)
            ),
        )
    )
    before = write_features(tmp_path / "a.parquet", old, 900, without=0.0)
    after = write_features(tmp_path / "b.parquet", moved, 900, without=0.0)
    result = refresh(old, after, old_features=before)
    flow = result.axes[0].flow

    assert [each.name for each in result.model.axes[0].segments] == ["Sparsame", "Mittlere", "Beste"]
    assert flow is not None
    assert flow.kept == 1.0
    assert flow.customers == 900
    assert "100.0 % of 900 customers stay in their segment" in result.text()
    assert max(map(len, result.text().splitlines())) <= 80
    json.dumps(result.to_dict(), allow_nan=False)
    assert parse_model(dump_model(result.model)) == result.model
    assert refresh(old, after, old_features=before) == result


def test_an_old_axis_without_segments_is_told() -> None:
    off = AxisModel("purchase_value", "off", "none", reason="no amounts")
    model, matchings = carry_names(model_of(off), model_of(OLD))

    assert matchings["purchase_value"].fresh == (0, 1, 2)
    assert len(model.axes[0].segments) == 3
    assert set(AXES) >= {axis.axis for axis in planted_model(axes=13).axes}
