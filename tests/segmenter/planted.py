"""Models made by hand and the features of customers drawn around their segments: what assignment must find is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fanwise.segmenter.axes import AxisState, FeatureTable, Scale
from fanwise.segmenter.model.model import AxisModel, FittedFeature, KScore, Model, SampleDesign, SegmentModel
from fanwise.segmenter.model.scaling import apply

SCALES = (Scale.LOG, Scale.SHARE, Scale.SIGNED, Scale.PLAIN)
AXES = (
    "purchase_frequency", "purchase_value", "category_exploration", "price_sensitivity", "purchase_cadence",
    "customer_maturity", "repurchase_behavior", "return_behavior", "communication_preference",
    "problem_complexity_profile", "loyalty_trajectory", "product_knowledge", "value_sophistication",
)  # fmt: skip


def planted_feature(name: str, scale: Scale) -> FittedFeature:
    """Return a feature whose standardised values in about [-3, 3] are raw values inside its domain."""
    low, high, mean, std, unit = {
        Scale.LOG: (0.0, 8.0, 4.0, 1.0, 0.5),
        Scale.SHARE: (0.0, np.pi, 1.5, 0.5, 1.0),
        Scale.SIGNED: (-4.0, 4.0, 0.25, 1.0, 2.5),
        Scale.PLAIN: (-10.0, 10.0, 0.0, 2.0, 1.0),
    }[scale]
    return FittedFeature(
        name, scale, unit, low, float(high), mean, std, tuple(float(i) for i in range(1, 10)), (0.1,) * 10
    )


def raw_values(standard: Any, feature: FittedFeature) -> Any:
    """Return raw values that have these standardised values (clipped where the feature clips)."""
    value = np.clip(np.asarray(standard) * feature.std + feature.mean, feature.low, feature.high)
    return {
        Scale.LOG: lambda: np.expm1(value) * feature.unit,
        Scale.SHARE: lambda: np.sin(value / 2) ** 2,
        Scale.SIGNED: lambda: np.sinh(value) * feature.unit,
        Scale.PLAIN: lambda: value,
    }[feature.scale]()


def planted_axis(
    name: str, centroids: Any, *, names: tuple[str, ...] = (), shares: tuple[float, ...] = ()
) -> AxisModel:
    """Return an axis of clusters with these centroids (k, p)."""
    centres = np.asarray(centroids, dtype=np.float64)
    k, p = centres.shape
    features = tuple(planted_feature(f"{name}.f{index}", SCALES[index % 4]) for index in range(p))
    segments = tuple(
        SegmentModel(
            index,
            names[index] if names else f"Segment {index}",
            shares[index] if shares else 1 / k,
            tuple(map(float, centre)),
        )
        for index, centre in enumerate(centres)
    )
    scores = (KScore(1, 4.0, 0.0, 0.0, 1.0, 1.0), KScore(k, 0.5, 0.75, 8.5, 0.98, 0.2))
    return AxisModel(
        name, "full", "clusters", features, segments, scores, spread=0.0625, null_quantile=2.1, eligible=1.0
    )


def tier_axis(name: str, cuts: tuple[float, ...], p: int = 2) -> AxisModel:
    """Return an axis without structure, cut into tiers."""
    middles = [cuts[0] - 0.5, *((a + b) / 2 for a, b in pairwise(cuts)), cuts[-1] + 0.5]
    axis = planted_axis(name, [[middle, *[0.0] * (p - 1)] for middle in middles])
    return replace(
        axis, status="partial", structure="tiers", missing=("product",), reason="no structure", spread=1.0, cuts=cuts
    )


def planted_model(axes: int = 3, dims: int = 2, k: int = 3, seed: int = 1) -> Model:
    """Return a model with well separated segments on every axis."""
    rng = np.random.default_rng(seed)
    # Corners of a grid, so that no two centroids are near.
    made = []
    for name in AXES[:axes]:
        corners = np.array(np.meshgrid(*[[-1.5, 0.0, 1.5]] * dims)).reshape(dims, -1).T
        made.append(planted_axis(name, corners[np.sort(rng.choice(len(corners), k, replace=False))]))
    return model_of(*made)


def model_of(*axes: AxisModel, **changed: Any) -> Model:
    """Return a model of these axes."""
    return Model(
        **{
            "program": "fanwise 0.1.0",
            "seed": 7,
            "as_of": "2025-01-01T00:00:00+00:00",
            "source": {"orders": 1000, "mapping": "0f"},
            "sample": SampleDesign("quota", 500, 321.5, (0.0, 50.0), (600, 400), (250, 250)),
            "axes": axes,
            "constants": {"frequency.rate": 0.25},
            **changed,
        }
    )


def planted_labels(model: Model, n: int, seed: int = 2) -> dict[str, Any]:
    """Return for each axis the segments (n,) that customers are drawn around."""
    rng = np.random.default_rng(seed)
    return {axis.axis: rng.integers(0, len(axis.segments), n) for axis in model.axes if axis.segments}


def planted_columns(model: Model, n: int, seed: int = 2, spread: float = 0.2, without: float = 0.05) -> dict[str, Any]:
    """Return columns of features: raw values around the centroids; a share `without` of customers is null on an axis."""
    rng = np.random.default_rng(seed + 1)
    labels = planted_labels(model, n, seed)
    columns: dict[str, Any] = {}
    for axis in model.axes:
        if not axis.segments:
            continue
        centres = np.array([segment.centroid for segment in axis.segments])
        gone = rng.random(n) < without
        for index, feature in enumerate(axis.features):
            values = raw_values(centres[labels[axis.axis], index] + spread * rng.standard_normal(n), feature)
            columns[feature.name] = pl.Series(values).set(pl.Series(gone), None)
    return columns


def write_features(
    path: Path, model: Model, n: int, *, columns: dict[str, Any] | None = None, **drawn: Any
) -> FeatureTable:
    """Write a feature table and return it."""
    columns = planted_columns(model, n, **drawn) if columns is None else columns
    rng = np.random.default_rng(11)
    frame = pl.DataFrame(
        {
            "customer_id": pl.Series([f"c{index:07d}" for index in range(n)], dtype=pl.String),
            "orders": rng.integers(1, 30, n),
            "value": np.round(rng.lognormal(4, 1, n), 2),
            **columns,
        }
    )
    frame.write_parquet(path)
    states = {axis.axis: AxisState("full", tuple(feature.name for feature in axis.features)) for axis in model.axes}
    as_of = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    return FeatureTable(path, states, as_of, n, int(frame["orders"].sum()), {"orders": 1000})


def standard(axis: AxisModel, columns: dict[str, Any]) -> Any:
    """Return standardised values (n, p), NaN for null."""
    raw = np.column_stack([pl.Series(columns[feature.name]).to_numpy() for feature in axis.features])
    return apply(raw, axis.features)
