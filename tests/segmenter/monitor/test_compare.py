"""A model beside another on the same customers: nothing between equals, the right numbers between others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fanwise.segmenter.model.model import Model
from fanwise.segmenter.monitor.compare import Cost, compare
from tests.segmenter.planted import (
    model_of,
    planted_axis,
    planted_columns,
    planted_model,
    standard,
    tier_axis,
    write_features,
)

CENTRES = [[-1.0, -1.0], [0.0, 1.0], [1.2, 0.0]]


def one_axis(centroids: Any) -> Model:
    return model_of(planted_axis("purchase_value", centroids))


def test_a_model_beside_itself_reordered_differs_in_nothing(tmp_path: Path) -> None:
    model = model_of(*planted_model(axes=2).axes, tier_axis("loyalty_trajectory", (-0.5, 0.5)))
    turned = replace(
        model,
        axes=tuple(
            replace(axis, segments=tuple(replace(each, id=i) for i, each in enumerate(reversed(axis.segments))))
            if axis.structure == "clusters"
            else axis
            for axis in model.axes
        ),
    )
    found = compare(turned, model, write_features(tmp_path / "f.parquet", model, 500), reseeded=turned)

    assert found.passed
    assert len(found.axes) == 3
    for axis in found.axes:
        assert (axis.ari, axis.ceiling, axis.share_difference) == (1.0, 1.0, 0.0)
        assert axis.kl == pytest.approx(0, abs=1e-12)
        assert axis.psi == 0
        assert axis.excess_inertia == (pytest.approx(0, abs=1e-9) if axis.axis != "loyalty_trajectory" else None)
    assert "3 of 3 axes pass" in found.text()
    assert "What fails" not in found.text()


def test_measures_of_moved_centroids_are_those_of_a_direct_calculation(tmp_path: Path) -> None:
    full, sample = one_axis(CENTRES), one_axis([[-0.7, -1.0], [0.3, 0.9], [1.2, 0.3]])
    columns = planted_columns(full, 800, spread=0.6, without=0.1)
    found = compare(sample, full, write_features(tmp_path / "f.parquet", full, 800, columns=columns)).axes[0]
    points = standard(full.axes[0], columns)
    points = points[~np.isnan(points).any(axis=1)]
    of_full, of_sample = (
        ((points[:, None] - np.array([each.centroid for each in model.axes[0].segments])) ** 2).sum(axis=2)
        for model in (full, sample)
    )
    labels = of_full.argmin(axis=1), of_sample.argmin(axis=1)
    sizes = [np.bincount(each, minlength=3) / len(points) for each in labels]

    assert found.customers == len(points)
    assert found.excess_inertia == pytest.approx(of_sample.min(axis=1).sum() / of_full.min(axis=1).sum() - 1, abs=1e-6)
    assert found.share_difference == pytest.approx(abs(sizes[0] - sizes[1]).max())
    metrics = pytest.importorskip("sklearn.metrics")
    assert found.ari == pytest.approx(metrics.adjusted_rand_score(*labels))
    ranked = np.sort(np.sqrt(of_sample), axis=1)
    assert found.silhouettes[0] == pytest.approx((1 - ranked[:, 0] / ranked[:, 1]).mean(), abs=1e-6)
    assert found.ceiling is None
    assert not found.passed
    assert {gate.name: gate.passed for gate in found.gates}["adjusted Rand index"] is None


def test_inertia_is_measured_on_the_scale_of_the_full_model(tmp_path: Path) -> None:
    """The sample's own scale must not matter: the same places in raw units are the same centroids."""
    full = one_axis(CENTRES)
    axis = full.axes[0]
    features = tuple(replace(each, mean=each.mean - 0.5, std=each.std * 2) for each in axis.features)
    segments = tuple(
        replace(
            each,
            centroid=tuple(
                (z * old.std + 0.5) / new.std
                for z, old, new in zip(each.centroid, axis.features, features, strict=True)
            ),
        )
        for each in axis.segments
    )
    sample = model_of(replace(axis, features=features, segments=segments))
    found = compare(sample, full, write_features(tmp_path / "f.parquet", full, 300)).axes[0]

    assert found.excess_inertia == pytest.approx(0, abs=1e-9)
    assert found.silhouettes[0] == pytest.approx(found.silhouettes[1])
    assert found.matching.pairs[2].moved < 1e-9


def test_other_numbers_of_segments_and_missing_axes(tmp_path: Path) -> None:
    full = model_of(planted_axis("purchase_value", CENTRES), planted_axis("return_behavior", [[-1.0], [1.0]]))
    sample = model_of(planted_axis("purchase_value", CENTRES[:2]), tier_axis("return_behavior", (0.0,), p=1))
    features = write_features(tmp_path / "f.parquet", full, 400)
    value, returns = compare(sample, full, features, replicates=[full]).axes

    assert (value.k_sample, value.k_full, value.matching.lost) == (2, 3, (2,))
    assert value.excess_inertia is not None
    assert value.excess_inertia > 1
    assert value.interval == (0, 0)
    assert not value.passed
    assert (returns.excess_inertia, returns.structures) == (None, ("tiers", "clusters"))
    assert not returns.passed
    text = compare(one_axis(CENTRES), full, features).text()
    assert "return_behavior: none in the sample, clusters in the full model." in text
    assert returns.other_features == ()
    assert "return_behavior: only one of the two models uses return_behavior.f0." in text


def test_text_is_80_columns_wide_and_the_dict_is_json(tmp_path: Path) -> None:
    full = planted_model(axes=13)
    moved = replace(
        full,
        axes=tuple(
            replace(a, segments=(replace(a.segments[0], centroid=(9.0, 9.0)), *a.segments[1:])) for a in full.axes
        ),
    )
    costs = {"sample": Cost(1.25, 150_000_000), "full": Cost(12.5)}
    found = compare(moved, full, write_features(tmp_path / "f.parquet", full, 200), costs=costs)

    assert max(map(len, found.text().splitlines())) <= 80
    assert "150 MB" in found.text()
    assert "nan" not in found.text().lower()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["passed"] is False


def test_no_customers_is_no_failure_and_no_nan(tmp_path: Path) -> None:
    model = planted_model(axes=2)
    found = compare(model, model, write_features(tmp_path / "f.parquet", model, 0))

    assert found.customers == 0
    assert found.axes[0].ari is None
    assert found.passed
    json.dumps(found.to_dict(), allow_nan=False)
