"""Mix: shares of categories against their declared ones, in all and per segment."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanwise.validator import Status

HALF = {"text": 0.5, "photo": 0.5}


def declared(shop, column: str = "kind", shares: dict[str, float] | None = None, **law: Any) -> None:
    cells = law.pop("cells", [{"shares": shares or HALF}])
    shop.contract["distributions"] = [{"table": "review", "column": column, "cells": cells, **law}]


def test_declared_shares_pass(shop) -> None:
    declared(shop)

    assert shop.statuses("mix") == {"review.kind": Status.PASS}


@pytest.mark.parametrize(
    ("share", "wanted"), [(0.5, Status.PASS), (0.51, Status.PASS), (0.6, Status.WARN), (0.1, Status.WARN)]
)
def test_another_share_warns_where_it_would_be_noticed(make, share: float, wanted: Status) -> None:
    shop = make(customers=4000)
    declared(shop)
    first = pl.col("review_id") % 100 < round(100 * share)
    kind = pl.when(first).then(pl.lit("text")).otherwise(pl.lit("photo"))
    shop.frames["review"] = shop.frames["review"].with_columns(kind=kind)

    assert shop.statuses("mix") == {"review.kind": wanted}


def test_a_segment_with_other_shares_warns(shop) -> None:
    declared(
        shop, by=["customer_id.tier"], cells=[{"at": [tier], "shares": HALF} for tier in ("VIP", "Standard", "Casual")]
    )
    assert shop.statuses("mix") == {"review.kind": Status.PASS}

    vips = shop.frames["customer"].filter(pl.col("tier") == "VIP")["customer_id"].to_list()
    kind = pl.when(pl.col("customer_id").is_in(vips)).then(pl.lit("photo")).otherwise("kind")
    shop.frames["review"] = shop.frames["review"].with_columns(kind=kind)
    found = shop.findings("mix")

    assert set(found) == {"review.kind.VIP"}
    assert found["review.kind.VIP"].status is Status.WARN
    assert "0.0 %" in found["review.kind.VIP"].message


def test_shares_of_numbers_and_truth_values(shop) -> None:
    declared(shop, "stars", {str(star): 0.2 for star in range(1, 6)})
    assert shop.statuses("mix") == {"review.stars": Status.PASS}

    shop.contract["tables"]["review"]["columns"]["seen"] = "bool"
    shop.frames["review"] = shop.frames["review"].with_columns(seen=pl.col("review_id") % 4 == 0)
    declared(shop, "seen", {"true": 0.25, "false": 0.75})
    assert shop.statuses("mix") == {"review.seen": Status.PASS}

    declared(shop, "seen", {"true": 0.75, "false": 0.25})
    assert shop.statuses("mix") == {"review.seen": Status.WARN}


def test_values_that_are_not_listed_count_as_the_rest(shop) -> None:
    declared(shop, "stars", {"1": 0.2})
    assert shop.statuses("mix") == {"review.stars": Status.PASS}

    declared(shop, "stars", {"1": 0.2, "2": 0.8})
    assert shop.statuses("mix") == {"review.stars": Status.WARN}
