"""Profiles: sizes, shares of revenue, means and medians are those of a plain group by."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.assignment.archetypes import find_archetypes
from fanwise.segmenter.assignment.population import assign
from fanwise.segmenter.model.labels import name_segments
from fanwise.segmenter.model.model import AxisModel
from fanwise.segmenter.report.profile import profile
from tests.segmenter.planted import (
    model_of,
    planted_axis,
    planted_columns,
    planted_model,
    raw_values,
    tier_axis,
    write_features,
)


def test_numbers_are_those_of_a_group_by(tmp_path: Path) -> None:
    model = model_of(planted_axis("purchase_value", [[-1.0, 0.5], [1.5, 0.1], [0.0, -1.0]], shares=(0.5, 0.3, 0.2)))
    table = write_features(tmp_path / "f.parquet", model, 900)
    model = find_archetypes(model, table, ["purchase_value"])
    found = profile(model, table, batch_size=100)
    frame = pl.read_parquet(table.path).hstack(assign(model, table).drop("customer_id"))
    axis = found.axes[0]

    assert found.customers == 900
    for segment in axis.segments:
        own = frame.filter(pl.col("purchase_value") == segment.name)
        assert segment.customers == own.height
        assert segment.share == own.height / 900
        assert segment.value_share == pytest.approx(own["value"].sum() / frame["value"].sum())
        for feature in segment.features:
            assert feature.mean == pytest.approx(own[feature.feature].mean())
            assert feature.median == pytest.approx(own[feature.feature].median())
    everybody = (*axis.segments, *axis.without)
    assert sum(segment.share for segment in everybody) == pytest.approx(1)
    assert sum(segment.customers or 0 for segment in everybody) == 900
    assert sum(segment.value_share or 0 for segment in everybody) == pytest.approx(1)
    assert [each.name for each in axis.without] == ["insufficient history"]
    assert sum(each.share for each in found.archetypes) == pytest.approx(1)
    assert sum(each.value_share or 0 for each in found.archetypes) == pytest.approx(1)


def test_columns_are_read_at_once_or_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = planted_model(axes=3)
    table = write_features(tmp_path / "f.parquet", model, 400)
    at_once = profile(model, table)
    monkeypatch.setattr("fanwise.segmenter.report.profile.BATCH_ROWS", 399)

    assert profile(model, table) == at_once


def test_a_model_alone_shows_shares_and_typical_values() -> None:
    model = model_of(
        planted_axis("purchase_value", [[-1.0, 0.5], [1.5, 0.1]], shares=(0.75, 0.25)), tier_axis("a", (0.0,))
    )
    found = profile(model)
    axis = found.axes[0]

    assert found.customers is None
    assert [(segment.share, segment.customers, segment.value_share) for segment in axis.segments] == [
        (0.75, None, None),
        (0.25, None, None),
    ]
    for segment, learned in zip(axis.segments, model.axes[0].segments, strict=True):
        for feature, fitted, place in zip(segment.features, model.axes[0].features, learned.centroid, strict=True):
            assert feature.typical == pytest.approx(float(raw_values(place, fitted)))
    assert "no clusters, 2 tiers" in found.text()
    some = profile(model_of(replace(model.axes[0], eligible=0.4))).axes[0]
    assert [segment.share for segment in (*some.segments, *some.without)] == pytest.approx([0.3, 0.1, 0.6])


def test_key_features_are_those_that_tell_segments_apart() -> None:
    model = model_of(planted_axis("purchase_value", [[0.1, -1.0, 0.3], [-0.1, 1.0, -0.3]]))

    assert profile(model).axes[0].key_features == ("purchase_value.f1", "purchase_value.f2", "purchase_value.f0")


def test_text_is_80_columns_wide_and_the_dict_is_json(tmp_path: Path) -> None:
    model = name_segments(
        model_of(
            *planted_model(axes=13, dims=4, k=4).axes[:12],
            AxisModel(
                "value_sophistication",
                "off",
                "none",
                reason="there are no prices of lines, and so much more is missing that this sentence has to be wrapped",
            ),
        )
    )
    table = write_features(tmp_path / "f.parquet", model, 300)
    model = find_archetypes(model, table)
    for found in (profile(model), profile(model, table)):
        assert max(map(len, found.text().splitlines())) <= 80
        assert re.search(r"value_sophistication +off +there are no prices", found.text())
        json.dumps(found.to_dict(), allow_nan=False)


def test_incomplete_features_give_none_and_never_nan(tmp_path: Path) -> None:
    model = planted_model(axes=2, dims=3)
    columns = planted_columns(model, 40)
    del columns["purchase_value.f2"]
    table = write_features(tmp_path / "f.parquet", model, 40, columns=columns)
    pl.read_parquet(table.path).drop("value").write_parquet(tmp_path / "bare.parquet")
    for path, customers in (
        (tmp_path / "bare.parquet", 40),
        (write_features(tmp_path / "none.parquet", model, 0).path, 0),
    ):
        found = profile(model, path)
        assert found.customers == customers
        assert "nan" not in found.text()
        assert {segment.value_share for segment in found.axes[0].segments} == {None}
        json.dumps(found.to_dict(), allow_nan=False)
    lost = replace(model, axes=(model.axes[0],))
    assert (
        profile(lost, write_features(tmp_path / "other.parquet", lost, 5, columns={})).axes[0].without[0].name
        == "unassigned"
    )


def test_cut_points_of_tiers_are_in_the_units_of_their_feature() -> None:
    model = model_of(tier_axis("loyalty_trajectory", (-0.25, 0.5)), planted_axis("purchase_value", [[-1.0], [1.0]]))
    found = {axis.axis: axis for axis in profile(model).axes}
    tiers, first = found["loyalty_trajectory"], model.axes[0].features[0]

    assert tiers.cut_feature == first.name
    assert tiers.cuts == pytest.approx(raw_values(np.array([-0.25, 0.5]), first).tolist())
    assert (found["purchase_value"].cut_feature, found["purchase_value"].cuts) == ("", ())
    assert re.search(r"The next tiers begin at \w.* and ", profile(model).text())
