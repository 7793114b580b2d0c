"""Feature tables made by hand: values per axis as wanted, through the inverse of each scale."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

from fanwise.segmenter.axes import FEATURES, AxisState, FeatureTable, Scale

SCALES = {feature.name: feature.scale for feature in FEATURES}


def feature_names(axis, count=None):
    return tuple(feature.name for feature in FEATURES if feature.axis == axis)[:count]


def raw_of(name, hidden):
    """Return raw values whose transform is near a straight line of `hidden`, which should lie in about [-4, 4]."""
    return {
        Scale.LOG: lambda: np.exp(3 * hidden),
        Scale.SHARE: lambda: np.sin(np.clip((hidden + 6) / 12, 0, 1) * np.pi / 2) ** 2,
        Scale.SIGNED: lambda: np.sinh(2 * hidden),
        Scale.PLAIN: lambda: hidden,
    }[SCALES[name]]()


def write_table(path, columns, *, value=None, ids=None, states=None, order=None):
    """Write a feature table of these columns (name to raw values) and return it; order: of the rows in the file."""
    rows = len(next(iter(columns.values())))
    rng = np.random.default_rng(99)
    frame = pl.DataFrame(
        {
            "customer_id": [f"c{number:07d}" for number in range(rows)] if ids is None else ids,
            "orders": np.full(rows, 5),
            "value": rng.lognormal(4, 1, rows).round(2) if value is None else value,
            **{name: pl.Series(values, dtype=pl.Float64, nan_to_null=True) for name, values in columns.items()},
        }
    )
    if order is not None:
        frame = frame[order]
    frame.write_parquet(path)
    axes = dict.fromkeys(name.partition(".")[0] for name in columns)
    live = {axis: AxisState("full", tuple(n for n in columns if n.partition(".")[0] == axis)) for axis in axes}
    as_of = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    return FeatureTable(
        Path(path), {**live, **(states or {})}, as_of, rows, rows * 5, {"orders": rows * 5}, {"prior": 0.5}
    )


def blobs(rng, centres, shares, rows):
    """Return hidden values (rows, p) around centres, and the labels."""
    labels = rng.choice(len(centres), rows, p=shares)
    return np.asarray(centres, dtype=float)[labels] + rng.standard_normal((rows, len(centres[0]))), labels


def axis_columns(axis, hidden):
    names = feature_names(axis, hidden.shape[1])
    return {name: raw_of(name, hidden[:, index]) for index, name in enumerate(names)}
