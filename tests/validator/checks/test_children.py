"""Children: the fewest and the most rows below one row, by keys alone where that is enough."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import ContractError, Status


def bounded(shop, **bounds: int) -> None:
    shop.contract["tables"]["item"]["parent"] |= bounds


def most(shop) -> int:
    return int(shop.frames["item"].group_by("order_id").len()["len"].max())


def numbered(shop) -> None:
    """Number the items of each order from 1, as generated data do."""
    number = pl.int_range(1, pl.len() + 1).over("order_id")
    shop.frames["item"] = shop.frames["item"].with_columns(line_no=number.cast(pl.Int64))


@pytest.mark.parametrize("by_keys", [True, False])
def test_families_within_their_bounds_pass(shop, by_keys: bool) -> None:
    numbered(shop)
    bounded(shop, min=1, max=most(shop))
    if not by_keys:
        shop.contract["tables"]["item"]["key"] = []
        del shop.contract["tables"]["item"]["key"]

    assert shop.statuses("children") == {"item.order_id": Status.PASS}


def test_an_order_without_items_is_found(shop) -> None:
    numbered(shop)
    bounded(shop, min=1)
    shop.frames["item"] = shop.frames["item"].filter(pl.col("order_id") != 8)
    found = shop.findings("children")["item.order_id"]

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": 1, "sample": ["8"]}
    assert "at least 1" in found.message


def test_an_order_with_too_many_items_is_found(shop) -> None:
    numbered(shop)
    bounded(shop, min=1, max=most(shop))
    extra = shop.frames["item"].filter(pl.col("order_id") == 8).head(1)
    more = [extra.with_columns(line_no=pl.lit(100 + at, pl.Int64)) for at in range(most(shop))]
    shop.frames["item"] = pl.concat([shop.frames["item"], *more])
    found = shop.findings("children")["item.order_id"]

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": 1, "sample": ["8"]}


def test_a_first_number_that_is_missing_is_not_a_missing_family(shop) -> None:
    numbered(shop)
    bounded(shop, min=1)
    two = pl.col("order_id").is_in(shop.frames["item"].filter(pl.col("line_no") == 2)["order_id"].to_list())
    shop.frames["item"] = shop.frames["item"].filter(~(two & (pl.col("line_no") == 1)))

    assert shop.statuses("children") == {"item.order_id": Status.PASS}


def test_bounds_that_exclude_one_another_are_refused(shop) -> None:
    bounded(shop, min=4, max=3)
    with pytest.raises(ContractError, match="min 4 is above max 3"):
        shop.audit()
