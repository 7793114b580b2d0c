"""Listed defects are undone for all other checks; a listed one that is not in the data fails."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import Status

LISTED = pl.DataFrame(
    {
        "table": ["order", "order", "customer"],
        "key": ["4", "7", "2"],
        "column": ["amount", None, "tier"],
        "defect": ["outlier", "duplicate", "null"],
        "clean": ["", None, ""],
    }
)
KINDS = [{"table": "order", "column": "amount", "name": "outlier"}, {"table": "order", "name": "duplicate"}]
KINDS += [{"table": "customer", "column": "tier", "name": "null"}]


def soiled(shop):
    """Give the shop three defects, and list them."""
    order, customer = shop.frames["order"], shop.frames["customer"]
    amount = order.filter(pl.col("order_id") == 4)["amount"][0]
    tier = customer.filter(pl.col("customer_id") == 2)["tier"][0]
    order = order.with_columns(amount=pl.when(pl.col("order_id") == 4).then(amount * 1e6).otherwise("amount"))
    shop.frames["order"] = pl.concat([order, order.filter(pl.col("order_id") == 7)])
    shop.frames["customer"] = customer.with_columns(tier=pl.when(pl.col("customer_id") != 2).then("tier"))
    clean = pl.Series("clean", [str(amount), None, str(tier)])
    shop.frames["_defects"] = LISTED.with_columns(clean)
    shop.contract["defects"] = KINDS
    return shop


def test_listed_defects_pass_and_change_nothing_else(shop) -> None:
    before = shop.audit()
    after = soiled(shop).audit()

    assert after.status is Status.PASS
    assert after.measured == before.measured
    assert set(shop.statuses("defects").values()) == {Status.PASS}


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_defect_that_is_not_listed_fails_elsewhere(shop, at: int) -> None:
    listed = soiled(shop).frames["_defects"]
    shop.frames["_defects"] = listed.filter(pl.int_range(pl.len()) != at)
    shop.contract["tables"]["order"]["columns"]["amount"] = {"type": "float64", "max": 1e6}

    report = shop.audit()

    assert report.status is Status.FAIL
    assert {finding.check for finding in report.with_status(Status.FAIL)} & {"bounds", "key", "nulls", "segments"}


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_listed_defect_that_is_not_there_fails(shop, at: int) -> None:
    listed = soiled(shop).frames["_defects"]
    key = pl.when(pl.int_range(pl.len()) == at).then(pl.lit("999999")).otherwise("key")
    shop.frames["_defects"] = listed.with_columns(key=key)

    failed = [finding for finding in shop.audit().with_status(Status.FAIL) if finding.check == "defects"]

    assert [finding.evidence["keys"] for finding in failed] == [["999999"]]


def test_a_kind_that_is_not_declared_fails(shop) -> None:
    soiled(shop).contract["defects"] = KINDS[1:]

    failed = [finding.id for finding in shop.audit().with_status(Status.FAIL) if finding.check == "defects"]

    assert failed == ["defects.kinds"]


def test_a_contract_keeps_its_kinds(shop) -> None:
    contract = validator.load_contract({**shop.contract, "defects": KINDS})

    assert validator.load_contract(validator.to_dict(contract)) == contract
    with pytest.raises(validator.ContractError, match="shop"):
        validator.load_contract({**shop.contract, "defects": [{"table": "shop", "name": "null"}]})
