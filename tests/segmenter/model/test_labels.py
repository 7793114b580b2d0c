"""Names: what an analyst would say, never twice the same, and always the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.segmenter.axes import AXES, FEATURES, Scale
from fanwise.segmenter.model.labels import axis_names, name_segments, unlike
from fanwise.segmenter.model.model import AxisModel, FittedFeature, SegmentModel
from fanwise.segmenter.model.validation import name_fault
from fanwise.segmenter.model.vocabulary import PEOPLE, PHRASES
from tests.segmenter.planted import model_of, tier_axis


def axis_of(name: str, features: list[str], centroids: list[list[float]], **fits: Any) -> AxisModel:
    """Return an axis whose features are ln(1 + x) with mean ln 5 and deviation 1 unless told otherwise."""
    fit = {"scale": Scale.LOG, "unit": 1.0, "low": 0.0, "high": 9.0, "mean": float(np.log(5)), "std": 1.0} | fits
    fitted = tuple(FittedFeature(name=f"{name}.{feature}", deciles=(), **fit) for feature in features)
    segments = tuple(SegmentModel(i, "", 1 / len(centroids), tuple(c)) for i, c in enumerate(centroids))
    return AxisModel(name, "full", "clusters", fitted, segments)


def test_names_that_an_analyst_would_give() -> None:
    frequency = axis_of(
        "purchase_frequency", ["rate", "orders", "recency_days"],
        [[-0.4, -0.9, 0.2], [1.6, 0.8, -0.9], [0.9, 0.2, -0.7], [0.1, 0.2, -0.1]],
    )  # fmt: skip
    value = axis_of("purchase_value", ["total", "mean"], [[-1.2, -0.3], [0.8, 0.2], [2.0, 1.9], [-0.6, -0.4]])

    assert axis_names(frequency) == (
        "One-time buyers",
        "Very frequent, very recent buyers",
        "Frequent, recent buyers",
        "Typical buyers",
    )
    assert axis_names(value) == ("Lowest spenders", "High spenders", "Top, large-basket spenders", "Low spenders")


def test_only_a_centroid_at_one_order_is_called_one_time() -> None:
    few = axis_of("purchase_frequency", ["orders"], [[-0.6], [0.9]])

    assert np.expm1(np.log(5) - 0.6) > 1.25
    assert axis_names(few) == ("Few-order buyers", "Many-order buyers")


def test_tiers_are_called_tiers() -> None:
    assert axis_names(tier_axis("purchase_value", (-0.5, 0.5))) == tuple(
        f"{word} tier by f0" for word in ("Low", "Middle", "High")
    )
    assert axis_names(tier_axis("purchase_value", (0.0,)))[0] == "Lower tier by f0"
    assert axis_names(tier_axis("a", (-1.0, 0.0, 1.0)))[3] == "Tier 4 of 4 by f0"


def test_the_only_segment_is_typical() -> None:
    assert axis_names(axis_of("return_behavior", ["rate"], [[0.0]])) == ("Typical buyers",)
    assert axis_names(AxisModel("return_behavior", "off", "none")) == ()


def test_segments_that_are_alike_are_told_apart_by_what_differs_most() -> None:
    axis = axis_of("purchase_value", ["total", "mean"], [[0.1, -0.4], [0.2, 0.3], [0.0, 0.0]])

    assert axis_names(axis) == (
        "Typical spenders, low mean",
        "Typical spenders, high mean",
        "Typical spenders, middle mean",
    )
    same = axis_of("purchase_value", ["total"], [[0.1], [0.1]])
    assert axis_names(same) == ("Typical spenders", "Typical spenders (2)")


def test_unlike_counts_on() -> None:
    assert unlike(["a", "a", "b", "a (2)"], taken=["b"]) == ("a", "a (2)", "b (2)", "a (2) (2)")


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_has_words(feature: Any) -> None:
    low, high = axis_names(axis_of(feature.axis, [feature.name.partition(".")[2]], [[-1.0], [1.0]]))

    assert feature.name in PHRASES
    assert low != high
    assert low.endswith(PEOPLE[feature.axis])


def test_no_words_for_what_there_is_not() -> None:
    assert set(PHRASES) == {feature.name for feature in FEATURES}
    assert set(PEOPLE) == set(AXES)


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=90)


@given(st.data())
def test_names_are_unlike_printable_and_the_same_again(data: Any) -> None:
    k, dims = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 5))
    known = data.draw(st.booleans())
    if known:
        axis = data.draw(st.sampled_from(AXES))
        own = [feature.name.partition(".")[2] for feature in FEATURES if feature.axis == axis][:dims]
    else:
        axis, own = data.draw(anything), data.draw(st.lists(anything, min_size=dims, max_size=dims))
    values = st.sampled_from([-2.0, -0.5, 0.0, 0.5, 0.51, 2.0]) if data.draw(st.booleans()) else st.floats(-1e9, 1e9)
    places = [data.draw(st.lists(values, min_size=len(own), max_size=len(own))) for _ in range(k)]
    made = axis_of(axis, own, places, scale=data.draw(st.sampled_from(Scale)))
    names = axis_names(made)

    assert len(set(names)) == k
    assert [name_fault(name) for name in names] == [None] * k
    assert names == axis_names(made)


def test_naming_a_model_keeps_all_else() -> None:
    model = model_of(axis_of("purchase_value", ["total"], [[-1.0], [1.0]]), tier_axis("return_behavior", (0.0,)))
    renamed = name_segments(model)

    assert [segment.name for segment in renamed.axes[0].segments] == ["Low spenders", "High spenders"]
    assert replace(renamed, axes=()) == replace(model, axes=())
    assert [segment.centroid for segment in renamed.axes[1].segments] == [
        segment.centroid for segment in model.axes[1].segments
    ]
