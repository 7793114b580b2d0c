"""Archetypes: frequent combinations, with ids that are the same everywhere."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.assignment.archetypes import archetype_axes, archetype_codes, archetype_id, find_archetypes
from fanwise.segmenter.assignment.population import assign
from fanwise.segmenter.errors import MappingError
from fanwise.segmenter.model.io import dump_model, parse_model
from fanwise.segmenter.model.model import AxisModel
from tests.segmenter.planted import model_of, planted_axis, planted_columns, write_features

VALUE = planted_axis("purchase_value", [[-1.5], [1.5]], names=("Low", "High"))
TREND = planted_axis("loyalty_trajectory", [[-1.5], [1.5]], names=("Fading", "Growing"))
CADENCE = planted_axis("purchase_cadence", [[-1.5], [1.5]])
MODEL = model_of(VALUE, TREND, CADENCE, AxisModel("return_behavior", "off", "none", reason="no returns"))


def test_an_id_is_the_hash_of_canonical_json() -> None:
    expected = hashlib.sha256(b'{"loyalty_trajectory":null,"purchase_value":1}').hexdigest()[:10]

    assert archetype_id({"purchase_value": 1, "loyalty_trajectory": None}) == expected
    assert archetype_id({"loyalty_trajectory": None, "purchase_value": 1}) == expected


def test_default_axes_are_those_that_the_model_has() -> None:
    assert archetype_axes(MODEL) == ("purchase_value", "loyalty_trajectory")
    assert archetype_axes(MODEL, ["purchase_cadence", "purchase_value"]) == ("purchase_cadence", "purchase_value")
    assert archetype_axes(model_of(CADENCE)) == ()
    with pytest.raises(
        MappingError, match=r"has no segments in this model: 'return_behavior'. Hint: this model has segments on"
    ):
        archetype_axes(MODEL, ["return_behavior"])


def counted(tmp_path: Path, wanted: dict[tuple[int, int | None], int]) -> Any:
    """Write customers with these combinations of value and trend."""
    pairs = list(itertools.chain.from_iterable([pair] * times for pair, times in wanted.items()))
    columns = planted_columns(MODEL, len(pairs), without=0.0)
    for axis, place in ((VALUE, 0), (TREND, 1)):
        raw = [np.expm1(4.0 + 1.5) * 0.5 if p[place] else np.expm1(4.0 - 1.5) * 0.5 for p in pairs]
        columns[f"{axis.axis}.f0"] = pl.Series(
            [None if p[place] is None else x for p, x in zip(pairs, raw, strict=True)]
        )
    return write_features(tmp_path / "f.parquet", MODEL, len(pairs), columns=columns)


def test_frequent_combinations_are_kept_and_the_rest_is_other(tmp_path: Path) -> None:
    table = counted(tmp_path, {(0, 0): 60, (1, None): 100, (1, 1): 38, (0, 1): 2})
    model = find_archetypes(MODEL, table, min_share=0.02)
    names = [each.name for each in model.archetypes]

    assert names == ["High / insufficient history", "Low / Fading", "High / Growing"]
    assert [each.share for each in model.archetypes] == [0.5, 0.3, 0.19]
    assert assign(model, table)["archetype"].cast(pl.String).value_counts().sort("count")["count"].to_list() == [
        2,
        38,
        60,
        100,
    ]
    assert assign(model, table)["archetype"][-1] == "other"
    assert parse_model(dump_model(model)) == model
    assert [each.share for each in find_archetypes(MODEL, table, min_share=0.01).archetypes][-1] == 0.01


def test_customers_that_cannot_be_assigned_have_no_archetype(tmp_path: Path) -> None:
    table = write_features(tmp_path / "f.parquet", MODEL, 10, columns={})
    model = find_archetypes(MODEL, table)

    assert model.archetypes == ()
    assert archetype_codes((), {"a": np.zeros(3, dtype=np.int8)}).tolist() == [-1, -1, -1]


def test_names_that_would_be_the_same_are_numbered(tmp_path: Path) -> None:
    value = planted_axis("purchase_value", [[-1.5], [1.5]], names=("a", "a / b"))
    trend = planted_axis("loyalty_trajectory", [[-1.5], [1.5]], names=("b / c", "c"))
    model = model_of(value, trend, CADENCE)
    found = find_archetypes(model, counted(tmp_path, {(0, 0): 60, (1, 1): 40}))

    assert [each.name for each in found.archetypes] == ["a / b / c", "a / b / c (2)"]
