"""Keys: the mutant is a row that was written twice."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import ContractError, Status
from fanwise.validator.contract.load import load_contract, to_dict


def test_unique_keys_pass(shop) -> None:
    assert shop.statuses("key") == dict.fromkeys(
        ["customer.customer_id", "order.order_id", "item.order_id+line_no", "review.review_id"], Status.PASS
    )


def test_a_row_written_twice_is_found(shop) -> None:
    order = shop.frames["order"]
    shop.frames["order"] = pl.concat([order, order[17:18]])
    found = shop.findings("key")["order.order_id"]

    assert found.status is Status.FAIL
    assert found.evidence == {"values": 1, "rows": 2, "sample": ["17"]}


def test_a_composite_key_is_unique_as_a_whole(shop) -> None:
    item = shop.frames["item"]
    shop.frames["item"] = pl.concat([item, item[3:5]])
    found = shop.findings("key")["item.order_id+line_no"]

    assert found.evidence["values"] == 2
    assert found.evidence["rows"] == 4


def test_a_column_declared_unique_is_a_key_of_its_own(shop) -> None:
    shop.contract["tables"]["review"]["columns"]["stars"] = {"type": "int64", "unique": True}

    assert shop.statuses("key")["review.stars"] is Status.FAIL


def test_columns_declared_unique_together_are_looked_at_together(shop) -> None:
    shop.contract["tables"]["review"]["unique"] = [["review_id", "stars"], ["customer_id", "stars"]]
    review = shop.frames["review"]
    shop.frames["review"] = review.with_columns(customer_id=review["customer_id"].fill_null(1), stars=pl.lit(5))
    found = shop.statuses("key")

    assert found["review.review_id+stars"] is Status.PASS
    assert found["review.customer_id+stars"] is Status.FAIL


def test_a_contract_with_columns_that_are_unique_together_is_read_back(shop) -> None:
    shop.contract["tables"]["review"]["unique"] = [["review_id", "stars"]]
    contract = load_contract(shop.contract)

    assert contract.tables["review"].unique == (("review_id", "stars"),)
    assert load_contract(to_dict(contract)) == contract
    shop.contract["tables"]["review"]["unique"] = [["review_id", "starz"]]
    with pytest.raises(ContractError, match=r"did you mean 'stars'"):
        load_contract(shop.contract)


def test_nulls_are_not_equal_to_one_another(shop) -> None:
    shop.contract["tables"]["customer"]["columns"]["nick"] = {"type": "text", "nullable": True, "unique": True}
    shop.frames["customer"] = shop.frames["customer"].with_columns(nick=pl.lit(None, dtype=pl.String))

    assert shop.statuses("key")["customer.nick"] is Status.PASS
