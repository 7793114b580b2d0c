"""The CDNOW customers (Fader and Hardie), where they are at hand: what sampling does to real, skewed data."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.clustering.kmeans import fit_clusters, one_thread
from fanwise.segmenter.clustering.kmeans_path import squared_distances
from fanwise.segmenter.clustering.sampling import draw_strata
from fanwise.segmenter.features.table import FeatureFile
from fanwise.segmenter.model.scaling import apply, fit_feature

# Read before the fixture of all tests takes such variables away.
FOLDER = Path(os.environ.get("FANWISE_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
FILE = FOLDER / "cdnow_master.csv"
K = 4
SEEDS = 5

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not in FANWISE_REAL_DATA")


@pytest.fixture(scope="module")
def customers():
    """Return recency in days, days with orders and lifetime value per customer."""
    orders = pl.read_csv(FILE, schema_overrides={"customer_id": pl.String}).with_columns(
        day=pl.col("order_date").str.to_date("%Y-%m-%d")
    )
    last = orders["day"].max()
    found = orders.group_by("customer_id").agg(
        recency=(last - pl.col("day").max()).dt.total_days().cast(pl.Float64),
        frequency=pl.col("day").n_unique().cast(pl.Float64),
        value=pl.col("amount").sum(),
    )
    return found.sort("customer_id")


def fitted(raw, weights, seed=0):
    """Return the features and the centroids of k-means on (weighted) rows."""
    features = [fit_feature("f", Scale.LOG, column, weights) for column in raw.T]
    with one_thread():
        return features, fit_clusters(apply(raw, features), weights, K, seed)


def groups(raw, found):
    features, centroids = found
    return squared_distances(apply(raw, features), centroids).argmin(axis=0)


def judged(raw, found, everybody):
    """Return the excess inertia of a partition, in the scale of everybody, and the largest difference of shares."""
    points = apply(raw, everybody[0])
    inertia, shares = [], []
    for labels in (groups(raw, everybody), groups(raw, found)):
        inertia.append(
            sum(((points[labels == k] - points[labels == k].mean(axis=0)) ** 2).sum() for k in np.unique(labels))
        )
        shares.append(np.bincount(labels, minlength=K) / len(raw))
    return inertia[1] / inertia[0] - 1, np.abs(shares[0] - shares[1]).max()


def test_weights_make_a_sample_as_good_as_everybody(customers, tmp_path):
    """Excess inertia of at most 1 % and shares within 2 points; without the weights, both are far beyond."""
    path = tmp_path / "t.parquet"
    names = ["recency", "frequency", "value"]
    customers.write_parquet(path)
    raw = customers.select(names).to_numpy()
    everybody = fitted(raw, np.ones(len(raw)))
    weighted, unweighted = [], []
    for seed in range(SEEDS):
        file = FeatureFile(path, seed)
        drawing = draw_strata(*file.keys(), 5000, "quota")
        sampled = file.rows(names, drawing.rows)
        weighted.append(judged(raw, fitted(sampled, drawing.weights), everybody))
        unweighted.append(judged(raw, fitted(sampled, np.ones(len(sampled))), everybody))
    (excess, difference), (biased, off) = np.mean(weighted, axis=0), np.mean(unweighted, axis=0)
    print(f"weighted: {excess:+.2%}, {difference:.1%}; unweighted: {biased:+.2%}, {off:.1%}")

    assert len(raw) == 23_570
    assert excess <= 0.01
    assert difference <= 0.02
    assert biased > 0.05
    assert off > 0.08
