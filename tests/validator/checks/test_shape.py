"""Shape: χ² of pooled deciles and Cramér's V are told, and decide nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.text.numbers import number
from fanwise.validator import Status

FLAT = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}


def table(shop) -> np.ndarray:
    """Count customers per segment between the deciles of all customers' numbers of orders."""
    own = shop.frames["order"].group_by("customer_id").len()
    rows = shop.frames["customer"].join(own, on="customer_id", how="left").with_columns(pl.col("len").fill_null(0))
    numbers = rows["len"].to_numpy().astype(float)
    edges = np.unique(np.quantile(numbers, np.arange(1, 10) / 10))
    bins = np.searchsorted(edges, numbers, side="left")
    counts = [np.bincount(bins[(rows["tier"] == name).to_numpy()], minlength=edges.size + 1) for name in FLAT]
    return np.array(counts)[:, np.sum(counts, axis=0) > 0]


def test_it_is_cramers_v_of_the_deciles(make) -> None:
    shop = make(customers=3000)
    found = shop.findings("shape")["orders"]
    expected = stats.chi2_contingency(table(shop), correction=False)

    assert found.estimate == pytest.approx(stats.contingency.association(table(shop), "cramer"), rel=1e-9)
    assert f"χ²({expected.dof}) = {number(expected.statistic)}" in found.message
    assert found.status is Status.PASS


def test_flat_segments_have_hardly_any_shape(make) -> None:
    shop = make(fanout=FLAT).only_effects("orders")
    found = shop.findings("shape")["orders"]

    assert found.estimate < 0.2
    assert found.p == pytest.approx(stats.chi2_contingency(table(shop), correction=False).pvalue, rel=1e-9)


def test_few_carriers_have_no_p(make) -> None:
    assert make(customers=40).findings("shape")["orders"].p is None
