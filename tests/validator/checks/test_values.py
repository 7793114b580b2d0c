"""Values: a column with listed values has no other one."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import ContractError, Status


def listed(shop, column: str, kind: str, values: list[str]) -> None:
    shop.contract["tables"]["review"]["columns"][column] = {"type": kind, "values": values, "nullable": True}


def test_listed_values_pass(shop) -> None:
    listed(shop, "kind", "text", shop.frames["review"]["kind"].unique().to_list())
    listed(shop, "stars", "int64", [str(star) for star in range(1, 6)])

    assert set(shop.statuses("values").values()) == {Status.PASS}


def test_another_value_is_found_with_its_rows(shop) -> None:
    listed(shop, "kind", "text", shop.frames["review"]["kind"].unique().to_list())
    other = pl.when(pl.col("review_id").is_in([4, 9])).then(pl.lit("it's new")).otherwise("kind")
    shop.frames["review"] = shop.frames["review"].with_columns(kind=other)
    found = shop.findings("values")["review.kind"]

    assert found.status is Status.FAIL
    assert found.evidence == {"rows": 2, "sample": ["4", "9"]}


def test_numbers_are_compared_as_numbers(shop) -> None:
    listed(shop, "stars", "float64", ["1", "2.0", "3", "4", "5e0"])
    shop.frames["review"] = shop.frames["review"].with_columns(pl.col("stars").cast(pl.Float64))
    assert shop.statuses("values") == {"review.stars": Status.PASS}

    shop.frames["review"] = shop.frames["review"].with_columns(stars=pl.col("stars") + 0.5)
    assert shop.statuses("values") == {"review.stars": Status.FAIL}


def test_null_is_not_a_value(shop) -> None:
    listed(shop, "kind", "text", shop.frames["review"]["kind"].unique().to_list())
    shop.frames["review"] = shop.frames["review"].with_columns(kind=pl.lit(None, pl.String))

    assert shop.statuses("values") == {"review.kind": Status.PASS}


def test_a_number_column_lists_numbers(shop) -> None:
    listed(shop, "stars", "int64", ["many"])
    with pytest.raises(ContractError, match="'many' is not a number"):
        shop.audit()
