"""Association: two axes go together or not, in one table and along the way to the parents."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanwise.validator import Status


def two_axes(shop, table: str = "customer", assign: str = "random") -> None:
    rows = shop.frames[table].height
    region = np.random.default_rng(3).choice(["North", "South"], rows)
    shop.frames[table] = shop.frames[table].with_columns(region=pl.Series(region))
    shop.contract["tables"][table]["columns"]["region"] = "text"
    axis = {"table": table, "column": "region", "share": {"North": 0.5, "South": 0.5}, "assign": assign}
    shop.contract["axes"]["region"] = axis


def test_independent_axes_pass(shop) -> None:
    two_axes(shop)

    assert shop.statuses("association") == {"tier.region": Status.PASS}


def test_axes_that_go_together_warn(shop) -> None:
    two_axes(shop)
    tied = pl.when(pl.col("tier") == "VIP").then(pl.lit("North")).otherwise("region")
    shop.frames["customer"] = shop.frames["customer"].with_columns(region=tied)
    found = shop.findings("association")["tier.region"]

    assert found.status is Status.WARN
    assert 0.1 < found.estimate < 1


def test_an_axis_of_a_table_below_is_compared_too(shop) -> None:
    two_axes(shop, "order")
    assert shop.statuses("association") == {"region.tier": Status.PASS}

    vips = shop.frames["customer"].filter(pl.col("tier") == "VIP")["customer_id"].to_list()
    tied = pl.when(pl.col("customer_id").is_in(vips)).then(pl.lit("South")).otherwise("region")
    shop.frames["order"] = shop.frames["order"].with_columns(region=tied)
    assert shop.statuses("association") == {"region.tier": Status.WARN}


def test_axes_that_came_with_the_data_may_go_together(shop) -> None:
    two_axes(shop, assign="unknown")

    assert shop.statuses("association") == {}
