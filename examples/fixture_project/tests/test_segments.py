"""In ten lines: VIPs order more and spend more than Standard customers, and these more than Casual ones."""

import polars as pl
import pytest


@pytest.mark.gen_dataset("ecommerce", rows={"customer": 1000})
def test_segments_differ(gen_tables):
    orders = gen_tables["order"].join(gen_tables["customer"], on="customer_id")
    customers = pl.col("customer_id").n_unique()
    found = orders.group_by("customer_segment").agg(rate=pl.len() / customers, spend=pl.mean("gross_amount"))
    for metric in ("rate", "spend"):
        assert found.sort(metric, descending=True)["customer_segment"].to_list() == ["VIP", "Standard", "Casual"]
