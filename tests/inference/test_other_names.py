"""Foreign keys whose name is not that of the table: found by their values, unless chance may explain these."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import fanwise
from fanwise.generator.language import load


def source(keys: Any, column: str, table: str = "customers") -> dict[str, pl.DataFrame]:
    random = np.random.default_rng(1)
    known = np.asarray(keys)
    tier = np.where(np.arange(len(known)) % 3 == 0, "gold", "basic")
    of = np.repeat(known, random.poisson(5, len(known)))
    orders = pl.DataFrame({"id": np.arange(10_001, 10_001 + len(of)), column: random.permutation(of)})
    return {table: pl.DataFrame({"id": known, "tier": tier}), "orders": orders}


@pytest.mark.parametrize(
    ("keys", "column", "table"),
    [
        (range(1, 201), "user_id", "customers"),
        (range(1, 201), "buyer_id", "customers"),
        (range(1, 20_000, 97), "depot_id", "places"),
    ],
)
def test_values_find_a_reference(keys: range, column: str, table: str) -> None:
    schema = load(fanwise.infer(source(list(keys), column, table), by=f"{table}.tier"))

    assert set(schema.tables) == {table, "orders"}
    assert schema.tables["orders"].parent == table


def test_numbers_that_only_lie_in_the_same_range_are_told() -> None:
    text = fanwise.infer(source(range(1, 201), "article_id"), by="customers.tier")

    assert set(load(text).tables) == {"customers", "orders"}
    assert "parent:" not in text
    assert "if it refers to it, write {ref: customers}" in text


def test_two_tables_that_hold_the_values_are_told() -> None:
    data = source(range(1, 201), "user_id")
    text = fanwise.infer({**data, "members": data["customers"].drop("tier")})

    assert set(load(text).tables) == {"customers", "members", "orders"}
    assert "customers.id and members.id" in text


def test_few_of_the_keys_are_no_reference() -> None:
    data = source(range(1, 2_001), "user_id")
    few = data["orders"].filter(pl.col("user_id") <= 40)
    text = fanwise.infer({**data, "orders": few})

    assert "customers.id" not in text
